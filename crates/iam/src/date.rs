//! Points in time as policies and condition keys write them.
//!
//! W3C's profile of ISO 8601 (a year, a month, a day, or a day and a time with a zone), or seconds since 1970. What is
//! left out is the earliest possible; four digits alone are a year.
//! Source: IAM User Guide, `reference_policies_elements_condition_operators`, "Date condition operators"; W3C
//! NOTE-datetime.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Longest text that is looked at, bytes: a date and time with nanoseconds and a zone has 35.
const MAX: usize = 64;

pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if text.len() > MAX {
        return None;
    }
    if text.len() != 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    // Without a time of day: in UTC. jiff's own extensions (zone names in brackets, spaces) are not W3C's.
    match text.len() {
        4 => midnight(text, "01", "01"),
        7 => {
            let (year, month) = text.split_once('-')?;
            midnight(year, month, "01")
        }
        10 => {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            midnight(year, month, day)
        }
        _ if text.get(10..11) == Some("T") && !text.contains('[') => text.parse().ok(),
        _ => None,
    }
}

fn midnight(year: &str, month: &str, day: &str) -> Option<Timestamp> {
    let number = |text: &str, width: usize| {
        let digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<i16>().ok()).flatten()
    };
    let month = i8::try_from(number(month, 2)?).ok()?;
    let day = i8::try_from(number(day, 2)?).ok()?;
    let date = Date::new(number(year, 4)?, month, day).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn w3c_dates_and_seconds_since_1970_are_read() {
        let table = [
            ("2013", 1_356_998_400),
            ("2013-07", 1_372_636_800),
            ("2013-07-01", 1_372_636_800),
            ("2013-07-01T00:00Z", 1_372_636_800),
            ("2013-07-01T00:00:00Z", 1_372_636_800),
            ("2013-07-01T00:00:00.000Z", 1_372_636_800),
            ("2013-07-01T02:00:00+02:00", 1_372_636_800),
            ("2013-06-30T19:00-05:00", 1_372_636_800),
            ("1372636800", 1_372_636_800),
            ("0", 0),
        ];
        for (text, seconds) in table {
            assert_eq!(parse(text), Timestamp::from_second(seconds).ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "now",
            "2013-13",
            "2013-02-30",
            "2013-7-1",
            "20130701",
            "2013-07-01 00:00:00Z",
            "2013-07-01T00:00:00",
            "2013-07-01T00:00:00Z[UTC]",
            "2013-07-01T25:00:00Z",
            "-1",
            "*",
            "2013-07-01T*",
            "99999999999999999999",
        ] {
            // Eight digits are seconds, not a day.
            let wanted = (text == "20130701").then(|| Timestamp::from_second(20_130_701).unwrap());
            assert_eq!(parse(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,70}") {
            parse(&text);
        }

        #[test]
        fn no_text_of_digits_and_dashes_makes_it_panic(text in "[0-9T:Z.+-]{0,40}") {
            parse(&text);
        }
    }
}
