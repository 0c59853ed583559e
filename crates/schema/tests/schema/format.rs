//! The format, pinned. A difference here is a change that older and newer releases will meet.

use std::fmt::Write as _;

use schema::{encode, encode_key, encode_report};

use crate::examples::{KINDS, REPORTS, Source};

#[test]
fn the_format_of_version_1_does_not_change() {
    let mut text = String::new();
    for kind in 0..KINDS {
        // Several seeds each, so that most cases of most enums are seen.
        for seed in 0..4 {
            let resource = Source(seed).resource(kind);
            let key = String::from_utf8(encode_key(&resource.key())).unwrap();
            let value = String::from_utf8(encode(&resource)).unwrap();
            writeln!(text, "{key}\n    {value}").unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_format_of_reports_does_not_change() {
    let mut text = String::new();
    for kind in 0..REPORTS {
        for seed in 0..4 {
            let report = encode_report(&Source(seed).report(kind)).unwrap();
            writeln!(text, "{}", String::from_utf8(report).unwrap()).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}
