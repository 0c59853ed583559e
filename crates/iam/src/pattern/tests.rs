//! Tests: wildcards against a naive matcher, variables, and the time that hard patterns take.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::context::{Context, Value};

const ALL: Syntax = Syntax {
    wildcards: true,
    variables: true,
};

fn matches(pattern: &str, text: &str) -> bool {
    with(pattern, text, &Context::new())
}

fn with(pattern: &str, text: &str, context: &Context) -> bool {
    let work = Work::default();
    let scope = Scope::of(context, &work);
    Pattern::parse(pattern, ALL).unwrap().matches(text, scope)
}

/// The definition, with all its backtracking.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], rest) => rest.is_empty(),
        (['*', more @ ..], rest) => (0..=rest.len()).any(|skip| naive(more, &rest[skip..])),
        (['?', more @ ..], [_, rest @ ..]) => naive(more, rest),
        ([wanted, more @ ..], [found, rest @ ..]) => wanted == found && naive(more, rest),
        (_, []) => false,
    }
}

// reference_policies_elements_resource: "Any combination of characters (*)", "Any single character (?)".
#[test]
fn wildcards_stand_for_any_run_and_for_one_character() {
    let table = [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("*", "a:b/c", true),
        ("?", "", false),
        ("?", "é", true),
        ("??", "é", false),
        ("a*", "a", true),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("*a?c*", "xxabcyy", true),
        ("a**b", "ab", true),
        ("*.example.com", "a.b.example.com", true),
        ("*.example.com", "example.com", false),
        ("*ab*ab", "ab", false),
        ("*ab*ab", "abxab", true),
        ("?*?", "x", false),
        ("key1*", "Key1", false),
    ];
    for (pattern, text, wanted) in table {
        assert_eq!(matches(pattern, text), wanted, "{pattern} on {text}");
    }
}

// reference_policies_variables: "Special characters", "Specifying default values", "Policy variables with no value".
#[test]
fn variables_are_text_of_the_request() {
    let context: Context = [
        ("aws:username", Value::from("david")),
        ("aws:PrincipalTag/team", "a*".into()),
        ("aws:PrincipalTag/empty", "".into()),
        ("aws:TagKeys", vec!["one".to_owned()].into()),
    ]
    .into_iter()
    .collect();
    let table = [
        ("home/${aws:username}/*", "home/david/x", true),
        ("home/${AWS:UserName}/*", "home/david/x", true),
        ("home/${ aws:username }/*", "home/david/x", true),
        ("home/${aws:username}/*", "home/anna/x", false),
        // A value is never a pattern.
        ("${aws:PrincipalTag/team}", "a*", true),
        ("${aws:PrincipalTag/team}", "ab", false),
        ("${aws:principaltag/Team}x", "a*x", true),
        ("x${aws:PrincipalTag/empty}y", "xy", true),
        // Without a value, with several possible ones, or with a default.
        ("${aws:userid}", "", false),
        ("${aws:userid}*", "anything", false),
        ("${aws:TagKeys}", "one", false),
        ("${aws:userid, 'anonymous'}", "anonymous", true),
        ("${aws:userid,'anonymous'}", "anonymous", true),
        ("${aws:userid, '*'}", "x", false),
        ("${aws:userid, ''}", "", true),
        ("${aws:username, 'nobody'}", "david", true),
        ("${aws:username, 'nobody'}", "nobody", false),
        ("${aws:userid, 'a}b'}", "a}b", true),
        // Characters that have a meaning.
        ("a${*}b", "a*b", true),
        ("a${*}b", "axb", false),
        ("a${?}b", "a?b", true),
        ("a${?}b", "axb", false),
        ("a${$}{b}", "a${b}", true),
        ("$x{}", "$x{}", true),
    ];
    for (pattern, text, wanted) in table {
        assert_eq!(with(pattern, text, &context), wanted, "{pattern} on {text}");
    }
}

#[test]
fn what_begins_like_a_variable_must_be_one() {
    for text in [
        "${",
        "${}",
        "${ }",
        "${a",
        "x${a:${b}}",
        "${a, 'b}",
        "${a 'b'}",
        "${a, 'b' c}",
        "${a*}",
        "${a,b}",
    ] {
        let refused = Pattern::parse(text, ALL);
        assert!(matches!(refused, Err(Problem::Variable(_))), "{text}");
        let literal = Syntax {
            wildcards: false,
            variables: false,
        };
        assert_eq!(Pattern::parse(text, literal).unwrap().text(), Some(text));
    }
}

#[test]
fn case_is_ignored_beyond_ascii() {
    let context = Context::from_iter([("aws:username", "ÄGIR")]);
    let work = Work::default();
    let scope = Scope::of(&context, &work);
    let pattern = Pattern::parse("x-${aws:username}", ALL).unwrap();
    assert!(pattern.equals_ignoring_case("X-ägir", scope));
    assert!(!pattern.equals_ignoring_case("X-agir", scope));
}

/// The best of a few, since other work may run beside.
fn best_time(pattern: &str, text: &str) -> Duration {
    let pattern = Pattern::parse(pattern, ALL).unwrap();
    let context = Context::new();
    let work = Work::default();
    let scope = Scope::of(&context, &work);
    let times = (0..9).map(|_| {
        let start = Instant::now();
        assert!(!pattern.matches(text, scope));
        start.elapsed()
    });
    times.min().unwrap()
}

#[test]
fn nested_wildcards_on_long_texts_take_under_a_millisecond() {
    let text = "a".repeat(2_048);
    let nested = format!("{}b", "*a".repeat(1_000));
    let long = format!("*{}b*", "a".repeat(1_000));
    let spread = format!("*{}*b*", "a*".repeat(500));
    for pattern in [nested, long, spread] {
        let took = best_time(&pattern, &text);
        assert!(took < Duration::from_millis(1), "{took:?} for {pattern}");
    }
}

#[test]
fn question_marks_between_wildcards_cost_a_64th_of_the_product_of_the_lengths() {
    let text = "a".repeat(8_192);
    let hard = format!("*{}b*", "?a".repeat(2_048));
    let took = best_time(&hard, &text);
    // A few milliseconds without optimisation; the plain way takes hundreds.
    assert!(took < Duration::from_millis(25), "{took:?}");
}

#[test]
fn chunks_of_very_many_characters_are_found_too() {
    let many: String = (0x4e00..0x5e00).filter_map(char::from_u32).collect();
    assert!(matches(&format!("*{many}?x*"), &format!("一{many}?xy")));
    assert!(!matches(&format!("*{many}?x*"), &format!("一{many}x")));
}

proptest! {
    #[test]
    fn wildcards_match_as_their_definition(pattern in "[ab*?]{0,7}", text in "[abé]{0,8}") {
        let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        prop_assert_eq!(matches(&pattern, &text), naive(&p, &t));
    }

    #[test]
    fn long_runs_with_question_marks_are_found_as_by_their_definition(
        chunk in "[ab?]{60,140}",
        before in "[ab]{0,80}",
        after in "[ab]{0,80}",
        filler in "[ab]",
    ) {
        let pattern = format!("*{chunk}*");
        let inside = format!("{before}{}{after}", chunk.replace('?', &filler));
        prop_assert!(matches(&pattern, &inside));
        let elsewhere = format!("{after}{}{before}", chunk.replace('?', "").replace('a', &filler));
        let (p, t): (Vec<char>, Vec<char>) = (chunk.chars().collect(), elsewhere.chars().collect());
        let found = t.windows(p.len()).any(|run| run.iter().zip(&p).all(|(c, w)| *w == '?' || c == w));
        prop_assert_eq!(matches(&pattern, &elsewhere), found);
    }

    #[test]
    fn values_of_variables_match_themselves_alone(value in "[ab*?]{0,5}", text in "[ab*?]{0,5}") {
        let context = Context::from_iter([("k:v", value.as_str())]);
        prop_assert_eq!(with("${k:v}", &text, &context), value == text);
        prop_assert_eq!(with("<${k:v}>", &format!("<{value}>"), &context), true);
    }

    #[test]
    fn no_pattern_and_no_text_make_it_panic(pattern in "\\PC{0,30}", text in "\\PC{0,30}") {
        if let Ok(pattern) = Pattern::parse(&pattern, ALL) {
            let context = Context::new();
            let work = Work::default();
            let scope = Scope::of(&context, &work);
            pattern.matches(&text, scope);
            pattern.equals_ignoring_case(&text, scope);
        }
    }
}
