//! Patterns against a plain reference, and filters over a small kind of resource.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

#[derive(Debug)]
struct Thing {
    vpc_id: &'static str,
    state: &'static str,
    subnets: Vec<&'static str>,
    tags: Tags,
}

impl Filterable for Thing {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("vpc-id", |thing, values| values.text(thing.vpc_id)),
            FilterSpec::any_case("state", |thing, values| values.text(thing.state)),
            FilterSpec::exact("subnet-id", |thing, values| {
                thing.subnets.iter().for_each(|subnet| values.text(subnet));
            }),
            FilterSpec::exact("subnet-count", |thing, values| {
                values.display(thing.subnets.len())
            }),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.tags)
    }
}

fn thing() -> Thing {
    let tags = [("Name", "web one"), ("env", "")];
    let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Thing {
        vpc_id: "vpc-1",
        state: "pendingAcceptance",
        subnets: vec!["subnet-a", "subnet-b"],
        tags: Tags::from_pairs(tags).unwrap(),
    }
}

fn filter(name: &str, values: &[&str]) -> Filter {
    Filter {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

#[test]
fn filters_match_all_names_and_one_value_of_each() {
    for (filters, expected) in [
        (vec![], true),
        (vec![filter("vpc-id", &["vpc-1"])], true),
        (vec![filter("vpc-id", &["vpc-2", "vpc-1"])], true),
        (vec![filter("vpc-id", &["vpc-2"])], false),
        (vec![filter("vpc-id", &["VPC-1"])], false),
        (vec![filter("vpc-id", &[])], false),
        (
            vec![
                filter("vpc-id", &["vpc-?"]),
                filter("state", &["available"]),
            ],
            false,
        ),
        (vec![filter("state", &["PendingAcceptance"])], true),
        (vec![filter("state", &["PENDING*"])], true),
        (vec![filter("subnet-id", &["subnet-b"])], true),
        (vec![filter("subnet-id", &["subnet-c"])], false),
        (vec![filter("subnet-count", &["2"])], true),
        (vec![filter("tag:Name", &["web one"])], true),
        (vec![filter("tag:name", &["web one"])], false),
        (vec![filter("tag:Name", &["web*"])], true),
        (vec![filter("tag:env", &[""])], true),
        (vec![filter("tag:absent", &["*"])], false),
        (vec![filter("tag-key", &["env"])], true),
        (vec![filter("tag-key", &["e?"])], false),
    ] {
        let matcher = Matcher::<Thing>::new(&filters).unwrap();
        assert_eq!(matcher.matches(&thing()), expected, "{filters:?}");
    }
}

#[test]
fn unknown_filters_are_an_error() {
    for name in ["vpc_id", "", "tag", "tag-value", "VPC-ID"] {
        let error = Matcher::<Thing>::new(&[filter(name, &["x"])]).unwrap_err();
        assert_eq!(error.code(), "InvalidParameterValue");
        assert_eq!(error.message(), format!("The filter '{name}' is invalid"));
    }

    #[derive(Debug)]
    struct Untagged;
    impl Filterable for Untagged {
        const TAGGED: bool = false;
        fn filters() -> Vec<FilterSpec<Self>> {
            Vec::new()
        }
    }
    assert!(Matcher::<Untagged>::new(&[filter("tag:Name", &["x"])]).is_err());
    assert!(Matcher::<Untagged>::new(&[filter("tag-key", &["x"])]).is_err());
}

#[test]
fn wildcards_and_escapes() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("?", "", false),
        ("?", "é", true),
        ("??", "a", false),
        ("a*c", "abbbc", true),
        ("a*c", "abbb", false),
        ("*a*b*", "xxaxxbxx", true),
        ("**?**", "a", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("\\?\\\\*", "?\\x", true),
        ("\\a", "\\a", true),
        ("a\\", "a\\", true),
        (
            "com.amazonaws.vpce.*",
            "com.amazonaws.vpce.us-east-1.vpce-svc-1",
            true,
        ),
    ] {
        let pattern = Pattern::new(pattern, Case::Exact).unwrap();
        assert_eq!(pattern.matches(text), expected, "{pattern:?} {text}");
    }
}

#[test]
fn a_pattern_may_be_long_only_without_wildcards() {
    let long = "x".repeat(5000);
    assert!(Pattern::new(&long, Case::Exact).unwrap().matches(&long));
    assert_eq!(Pattern::new(&format!("{long}*"), Case::Exact), None);
    let longest = format!("{}*", "x".repeat(PATTERN_CHARS_MAX - 1));
    assert!(
        Pattern::new(&longest, Case::Exact)
            .unwrap()
            .matches(&"x".repeat(1000))
    );
    let error = Matcher::<Thing>::new(&[filter("vpc-id", &[&format!("{long}*")])]).unwrap_err();
    assert_eq!(error.code(), "InvalidParameterValue");
}

#[test]
fn a_hostile_pattern_is_as_fast_as_any() {
    let pattern = Pattern::new(&"*a".repeat(127), Case::Exact).unwrap();
    let text = "a".repeat(100_000) + "b";
    let start = Instant::now();
    assert!(!pattern.matches(&text));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

/// The textbook definition, exponential and evidently right.
fn reference(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) if reference(rest, text) => true,
        (['*', ..], [_, text @ ..]) => reference(pattern, text),
        (['\\', escaped @ ('*' | '?' | '\\'), rest @ ..], [c, text @ ..]) if c == escaped => {
            reference(rest, text)
        }
        (['\\', '*' | '?' | '\\', ..], _) => false,
        (['?', rest @ ..], [_, text @ ..]) => reference(rest, text),
        ([c, rest @ ..], [d, text @ ..]) if c == d && *c != '*' => reference(rest, text),
        _ => false,
    }
}

proptest! {
    #[test]
    fn patterns_match_as_defined(pattern in r"[ab*?\\]{0,9}", text in r"[ab*?\\]{0,9}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(
            Pattern::new(&pattern, Case::Exact).unwrap().matches(&text),
            reference(&chars(&pattern), &chars(&text))
        );
    }

    #[test]
    fn long_patterns_match_across_word_boundaries(
        parts in proptest::collection::vec(("[ab?]{20,40}", any::<bool>()), 1..5),
        wrong in any::<bool>(),
    ) {
        let mut pattern = String::new();
        let mut text = String::new();
        for (part, star) in &parts {
            pattern.push_str(part);
            text.push_str(&part.replace('?', "c"));
            if *star {
                pattern.push('*');
                text.push_str("zzz");
            }
        }
        pattern.push('?');
        text.push_str(if wrong { "" } else { "q" });
        let ends_in_star = parts.last().unwrap().1;
        let expected = !wrong || ends_in_star;
        prop_assert_eq!(Pattern::new(&pattern, Case::Ignored).unwrap().matches(&text.to_uppercase()), expected);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        crate::fuzz::filter(&bytes);
    }
}
