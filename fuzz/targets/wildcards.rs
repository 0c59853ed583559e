//! A pattern and a text of any kind: matching is linear in both, whatever they are.
#![no_main]

use iam::{Context, Limits, Named, Policies, Policy, PolicyKind, Principal, Request, Resource, evaluate};
use std::time::{Duration, Instant};

/// A policy of nested wildcards takes under a millisecond; instrumentation slows it down several times.
const PATIENCE: Duration = Duration::from_millis(20);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let plain = |byte: &u8| matches!(byte, b'a' | b'b' | b'*' | b'?' | b':' | b'/' | b'\n');
    let text: String = bytes.iter().filter(|byte| plain(byte)).map(|byte| char::from(*byte)).collect();
    let (pattern, name) = text.split_once('\n').unwrap_or((&text, "a"));
    let (pattern, name) = (pattern.replace('\n', ""), name.replace('\n', ""));
    let document = format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ec2:*:*:{pattern}"}}]}}"#
    );
    let Ok(policy) = Policy::parse(&document, PolicyKind::Identity, Limits::characters(20_480)) else {
        return;
    };
    let principal =
        Principal::Root { arn: "arn:aws:iam::111122223333:root".to_owned(), account: "111122223333".to_owned() };
    let arn = format!("arn:aws:ec2:us-east-1:111122223333:{name}");
    let context = Context::new();
    let identity = [Named { name: "fuzzed", policy: &policy }];
    let request =
        Request { principal: &principal, action: "ec2:DescribeVpcs", resources: &[Resource::own(&arn)], context: &context };
    let policies = Policies { identity: &identity, ..Policies::default() };
    // The best of a few: other work may run beside.
    let took = (0..5).map(|_| {
        let began = Instant::now();
        let _ = evaluate(&request, &policies);
        began.elapsed()
    });
    assert!(took.min() < Some(PATIENCE));
});
