//! The policy language as AWS documents it: one table per operator and rule, each with the page it is from.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod conditions;
mod documents;
mod evaluation;
mod keys;
mod known_wrong;
mod principals;
mod properties;
mod statements;
mod work;

use iam::{
    Context, Decision, Limits, Named, Policies, Policy, PolicyKind, Principal, Request, Resource,
    ResourcePolicy, evaluate,
};

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const VPC: &str = "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1";

fn parse(kind: PolicyKind, text: &str) -> Policy {
    match Policy::parse(text, kind, Limits::characters(20_480)) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}: {text}"),
    }
}

fn identity(text: &str) -> Policy {
    parse(PolicyKind::Identity, text)
}

/// One statement of a 2012 identity policy.
fn one(statement: &str) -> Policy {
    identity(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#
    ))
}

fn user() -> Principal {
    Principal::User {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/team/david"),
        account: ACCOUNT.to_owned(),
        id: "AIDAEXAMPLEEXAMPLE01".to_owned(),
    }
}

fn role_session() -> Principal {
    Principal::RoleSession {
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/admin/shift"),
        role: format!("arn:aws:iam::{ACCOUNT}:role/ops/admin"),
        account: ACCOUNT.to_owned(),
        role_id: "AROAEXAMPLEEXAMPLE01".to_owned(),
        session: "shift".to_owned(),
    }
}

fn federated_user() -> Principal {
    Principal::FederatedUser {
        arn: format!("arn:aws:sts::{ACCOUNT}:federated-user/eve"),
        user: format!("arn:aws:iam::{ACCOUNT}:user/team/david"),
        account: ACCOUNT.to_owned(),
        name: "eve".to_owned(),
    }
}

fn root() -> Principal {
    Principal::Root {
        arn: format!("arn:aws:iam::{ACCOUNT}:root"),
        account: ACCOUNT.to_owned(),
    }
}

fn service() -> Principal {
    Principal::Service {
        name: "vpce.amazonaws.com".to_owned(),
    }
}

/// Whether an identity policy alone lets the user do `action` on `arn`.
fn allows(policy: &Policy, action: &str, arn: &str, context: &Context) -> bool {
    let principal = user();
    let named = [Named { name: "p", policy }];
    let request = Request {
        principal: &principal,
        action,
        resources: &[Resource::own(arn)],
        context,
    };
    let policies = Policies {
        identity: &named,
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}
