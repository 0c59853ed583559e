//! Forms generated from declarations, and from nothing at all.

use proptest::prelude::*;

use super::*;
use crate::service::Dialect;

/// Forms made from a declaration: every parameter of it, with values that are often right.
fn forms(
    spec: MembersSpec,
    dialect: Dialect,
    prefix: String,
) -> BoxedStrategy<Vec<(String, String)>> {
    let mut all = Just(Vec::new()).boxed();
    for param in spec.iter() {
        let name = format!("{prefix}{}", param.wire_name);
        let places = match (param.presence, dialect) {
            (Presence::List, Dialect::Ec2) => vec![format!("{name}.1"), format!("{name}.4")],
            (Presence::List, Dialect::Query | Dialect::Sns) => vec![format!("{name}.member.2")],
            (Presence::Map, _) => vec![format!("{name}.entry.2")],
            (Presence::Required | Presence::Optional, _) => vec![name],
        };
        for place in places {
            let one = if let Kind::Structure(members) = param.kind {
                forms(*members, dialect, format!("{place}."))
            } else {
                values(param.kind)
                    .prop_map(move |value| vec![(place.clone(), value)])
                    .boxed()
            };
            let one = proptest::option::weighted(0.9, one);
            all = (all, one)
                .prop_map(|(mut all, one)| {
                    all.extend(one.into_iter().flatten());
                    all
                })
                .boxed();
        }
    }
    all
}

fn values(kind: Kind) -> BoxedStrategy<String> {
    let right = match kind {
        Kind::Arn(_) => Just(ARN.to_owned()).boxed(),
        Kind::Blob => "[A-Za-z0-9]{4}".boxed(),
        Kind::Boolean => "true|false".boxed(),
        Kind::Enumeration(texts) => proptest::sample::select(texts)
            .prop_map(str::to_owned)
            .boxed(),
        Kind::Id(prefix) => "[0-9a-f]{17}"
            .prop_map(move |digits| format!("{prefix}{digits}"))
            .boxed(),
        Kind::Integer => (1u32..100).prop_map(|number| number.to_string()).boxed(),
        Kind::Ipv4Address => any::<Ipv4Addr>()
            .prop_map(|address| address.to_string())
            .boxed(),
        Kind::Ipv4Cidr => Just("10.0.0.0/16".to_owned()).boxed(),
        Kind::String | Kind::Structure(_) => "[ -~]{0,6}".boxed(),
    };
    prop_oneof![9 => right, 1 => "[ -~é]{0,8}"].boxed()
}

fn encode(pairs: &[(String, String)]) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    pairs
        .iter()
        .map(|(name, value)| format!("{}={}&", encoded(name), encoded(value)))
        .collect()
}

proptest! {
    #[test]
    fn declared_parameters_are_never_unknown(
        ec2 in forms(CreateThing::ACTION.params, Dialect::Ec2, String::new()),
        query in forms(RegisterTargets::ACTION.params, Dialect::Query, String::new()),
    ) {
        for error in [
            decode::<CreateThing>(&encode(&ec2)).err(),
            decode::<RegisterTargets>(&encode(&query)).err(),
        ] {
            prop_assert_ne!(error.as_ref().map(ApiError::code), Some("UnknownParameter"));
        }
    }

    #[test]
    fn undeclared_parameters_are_never_accepted(name in "[A-Z][a-zA-Z.0-9]{0,12}", value in "[ -~]{0,8}") {
        let declared = DescribeThings::ACTION.params;
        let first = name.split('.').next().unwrap();
        prop_assume!(declared.member(first).is_none());
        let form = encode(&[("VpcId.1".to_owned(), "vpc-0123456789abcdef0".to_owned()), (name, value)]);
        prop_assert!(decode::<DescribeThings>(&form).is_err());
    }

    #[test]
    fn lists_come_back_in_the_order_of_their_numbers(
        numbers in proptest::collection::btree_map(1u32..2000, "[a-z]{1,4}", 0..30),
    ) {
        let mut pairs: Vec<_> = numbers
            .iter()
            .map(|(number, text)| (format!("Names.member.{number}"), text.clone()))
            .collect();
        pairs.reverse();
        pairs.push(("Targets.member.1.Id".to_owned(), "i-1".to_owned()));
        let request = register(&encode(&pairs)).unwrap();
        prop_assert_eq!(request.names, numbers.into_values().collect::<Vec<_>>());
    }

    #[test]
    fn encoded_text_comes_back(texts in proptest::collection::vec("[^\\p{Cc}]{1,20}", 1..5)) {
        let pairs: Vec<_> = (1..).zip(&texts).map(|(n, text)| (format!("a.{n}"), text.clone())).collect();
        match Params::parse(b"", encode(&pairs).as_bytes()) {
            Ok(params) => {
                let list = &params.members["a"].members;
                for (n, text) in (1..).zip(&texts) {
                    prop_assert_eq!(list[&format!("{n}")].value.as_ref(), Some(text));
                }
            }
            Err(error) => prop_assert_eq!(error, FormError::Character),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        crate::fuzz::query(&bytes);
        crate::fuzz::request::<CreateThing>(&bytes);
        crate::fuzz::request::<RegisterTargets>(&bytes);
    }

    #[test]
    fn no_form_makes_it_panic(form in "((VpcId|SubnetId|IpPermissions|Filter|DryRun|Tag|member|[0-9]{1,3}|IpRanges)[.=&]){0,12}") {
        let _ = create(&form);
        let _ = register(&form);
        let _ = decode::<DescribeThings>(&form);
    }
}
