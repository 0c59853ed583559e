//! Policy documents, read as of each kind and evaluated. The first line is who and what; the rest is the document.
#![no_main]

use iam::{Context, Limits, Named, Policies, Policy, PolicyKind, Principal, Request, Resource, evaluate};

const ACCOUNT: &str = "111122223333";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (first, document) = text.split_once('\n').unwrap_or(("", &text));
    let mut words = first.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (action, arn) = (word(), word());
    let context: Context = [("aws:SourceIp", word()), ("aws:CurrentTime", word()), ("aws:RequestTag/x", word())]
        .into_iter()
        .collect();
    for kind in [PolicyKind::Identity, PolicyKind::Endpoint, PolicyKind::Resource, PolicyKind::Trust] {
        let Ok(policy) = Policy::parse(document, kind, Limits::characters(20_480)) else {
            continue;
        };
        let principal = Principal::User {
            arn: format!("arn:aws:iam::{ACCOUNT}:user/david"),
            account: ACCOUNT.to_owned(),
            id: "AIDAEXAMPLEEXAMPLE01".to_owned(),
        };
        let identity = [Named { name: "fuzzed", policy: &policy }];
        let request =
            Request { principal: &principal, action, resources: &[Resource::own(arn)], context: &context };
        let _ = evaluate(&request, &Policies { identity: &identity, ..Policies::default() });
    }
});
