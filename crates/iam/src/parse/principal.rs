//! The `Principal` element.
//!
//! `"*"`, or an object of `AWS`, `Service` and `Federated`. `CanonicalUser` is Amazon S3's alone and is refused.
//! Source: IAM User Guide, `reference_policies_elements_principal`, `reference_identifiers` ("Unique identifiers").

use super::{Result, form, object, one_or_many};
use crate::arn::is_partition;
use crate::error::{Place, Problem};
use crate::json::Json;
use crate::principal::PrincipalPattern;

pub(super) fn listed(json: &Json, at: &Place<'_>) -> Result<Vec<PrincipalPattern>> {
    if let Json::Text(text) = json {
        return if text == "*" {
            Ok(vec![PrincipalPattern::Everyone])
        } else {
            Err(at.refuse(form("\"*\" or an object")))
        };
    }
    let mut listed = Vec::new();
    for (kind, values) in object(json, at, &["AWS", "Service", "Federated"])? {
        let at = at.member(kind);
        let found = one_or_many(values, &at, |value| {
            let read = match kind.as_str() {
                "AWS" => aws(value),
                "Service" => service(value),
                _ => federated(value),
            };
            read.ok_or_else(|| Problem::Principal {
                kind: kind.clone(),
                value: value.to_owned(),
            })
        })?;
        if found.is_empty() {
            return Err(at.refuse(form("at least one principal")));
        }
        listed.extend(found);
    }
    if listed.is_empty() {
        return Err(at.refuse(form("at least one principal")));
    }
    Ok(listed)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn aws(value: &str) -> Option<PrincipalPattern> {
    if value == "*" {
        return Some(PrincipalPattern::Everyone);
    }
    if is_account(value) {
        return Some(PrincipalPattern::Account(value.to_owned()));
    }
    // Unique ids of users and roles, which stand for them once they are saved.
    let unique = value.starts_with("AIDA") || value.starts_with("AROA");
    if unique && value.len() >= 16 && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Some(PrincipalPattern::Id(value.to_owned()));
    }
    let mut fields = value.splitn(6, ':');
    let mut next = || fields.next();
    let (arn, partition, service) = (next()?, next()?, next()?);
    let (region, account, resource) = (next()?, next()?, next()?);
    let plain = arn == "arn" && is_partition(partition) && region.is_empty() && is_account(account);
    if !plain || value.contains(['*', '?']) || value.contains(char::is_whitespace) {
        return None;
    }
    if (service, resource) == ("iam", "root") {
        return Some(PrincipalPattern::Account(account.to_owned()));
    }
    let (kind, name) = resource.split_once('/')?;
    let known = match service {
        "iam" => matches!(kind, "user" | "role"),
        "sts" => matches!(kind, "assumed-role" | "federated-user"),
        _ => false,
    };
    // Every part of a path is there; a session has its role, and that alone, before it.
    let named = name.split('/').all(|part| !part.is_empty());
    let complete = named && (kind != "assumed-role" || name.split('/').count() == 2);
    (known && complete).then(|| PrincipalPattern::Arn(value.to_owned()))
}

fn service(value: &str) -> Option<PrincipalPattern> {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (value.contains('.') && value.split('.').all(label))
        .then(|| PrincipalPattern::Service(value.to_owned()))
}

fn federated(value: &str) -> Option<PrincipalPattern> {
    let plain =
        !value.is_empty() && !value.contains(['*', '?']) && !value.contains(char::is_whitespace);
    plain.then(|| PrincipalPattern::Federated(value.to_owned()))
}
