//! Decimal numbers as text, compared exactly.
//!
//! Digits with an optional sign and fraction; no exponent, no grouping. Any length, without rounding.
//! Source: IAM User Guide, `reference_policies_elements_condition_operators`, "Numeric condition operators".

use std::cmp::Ordering;

/// A number that borrows its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    /// Without leading zeros.
    integer: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(integer) || !all_digits(fraction) {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        Some(Self {
            negative: negative && !(integer.is_empty() && fraction.is_empty()),
            integer,
            fraction,
        })
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        let size = |a: Self, b: Self| {
            (a.integer.len(), a.integer, a.fraction).cmp(&(b.integer.len(), b.integer, b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimal_numbers_are_numbers() {
        for text in [
            "", "-", ".", "1.", ".5", "1e3", "0x10", "1,000", " 1", "--1", "1.2.3", "NaN", "٣",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        for text in [
            "0",
            "-0",
            "+7",
            "007",
            "3.1400",
            "123456789012345678901234567890.5",
        ] {
            assert!(Decimal::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_value_and_not_by_spelling() {
        let ascending = [
            "-10",
            "-9.5",
            "-9",
            "-0.1",
            "0",
            "0.05",
            "0.1",
            "0.11",
            "9",
            "10",
            "18446744073709551616",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                let (a, b) = (Decimal::parse(a).unwrap(), Decimal::parse(b).unwrap());
                assert_eq!(a.compare(b), i.cmp(&j));
            }
        }
        for same in [("1", "1.0"), ("-0", "0"), ("010", "10"), ("+2", "2.00")] {
            let (a, b) = (
                Decimal::parse(same.0).unwrap(),
                Decimal::parse(same.1).unwrap(),
            );
            assert_eq!(a.compare(b), Ordering::Equal);
        }
    }

    proptest! {
        #[test]
        fn integers_compare_as_integers(a: i64, b: i64) {
            let (x, y) = (a.to_string(), b.to_string());
            let (x, y) = (Decimal::parse(&x).unwrap(), Decimal::parse(&y).unwrap());
            prop_assert_eq!(x.compare(y), a.cmp(&b));
        }
    }
}
