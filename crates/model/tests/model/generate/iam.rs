//! Users, roles and policies.

use model::account::AccessKeyId;
use model::command::*;
use model::iam::{AccessKeyStatus, IdentityName, Path, PolicyArn, VersionId, aws_policies};
use model::*;

use super::{Dice, tags};

fn document(dice: &mut Dice) -> String {
    "x".repeat(dice.below(1500) + 1)
}

fn path(dice: &mut Dice) -> Path {
    ["/", "/team/"][dice.below(2)].parse().unwrap()
}

/// Somebody that policies are put on.
fn identity(state: &State, dice: &mut Dice) -> Option<(AccountId, IdentityName)> {
    if dice.chance(50) {
        let user = dice.pick(state.tables().users.iter())?;
        return Some((user.owner, IdentityName::User(user.name.clone())));
    }
    let role = dice.pick(state.tables().roles.iter())?;
    Some((role.owner, IdentityName::Role(role.name.clone())))
}

pub(super) fn iam(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    match dice.below(6) {
        0 | 1 => users(state, dice),
        2 => roles(state, dice),
        3 => managed_policies(state, dice),
        _ => policies(state, dice),
    }
}

fn users(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let user = dice.pick(state.tables().users.iter()).cloned();
    let name = dice.name();
    let owned = |user: std::sync::Arc<User>, command: Command| Some((user.owner, command));
    match dice.below(8) {
        0 | 1 => {
            let (path, name, tags) = (path(dice), name.parse().unwrap(), tags(dice));
            Some((dice.account(), CreateUser { path, name, tags }.into()))
        }
        2 => {
            let user = user?;
            let update = UpdateUser {
                user: user.name.clone(),
                new_path: dice.chance(50).then(|| path(dice)),
                new_name: dice.chance(50).then(|| name.parse().unwrap()),
            };
            owned(user, update.into())
        }
        3 => {
            let user = user?;
            let delete = DeleteUser {
                user: user.name.clone(),
            };
            owned(user, delete.into())
        }
        4 | 5 => {
            let user = user?;
            let create = CreateAccessKey {
                user: user.name.clone(),
            };
            owned(user, create.into())
        }
        _ => {
            let user = user?;
            let key = dice.pick(user.access_keys.keys().cloned());
            let key = key.unwrap_or(AccessKeyId("AKIA".to_owned()));
            let name = user.name.clone();
            let status = AccessKeyStatus::Inactive;
            let command = if dice.chance(50) {
                let user = name;
                UpdateAccessKey { user, key, status }.into()
            } else {
                DeleteAccessKey { user: name, key }.into()
            };
            owned(user, command)
        }
    }
}

fn roles(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let role = dice.pick(state.tables().roles.iter()).cloned();
    let name = dice.name();
    match dice.below(4) {
        0 => {
            let create = CreateRole {
                path: path(dice),
                name: name.parse().unwrap(),
                description: name,
                trust_policy: document(dice),
                max_session_secs: 3600,
                tags: tags(dice),
            };
            Some((dice.account(), create.into()))
        }
        1 => {
            let role = role?;
            let update = UpdateRole {
                role: role.name.clone(),
                description: Some(name),
                max_session_secs: Some(7200),
            };
            Some((role.owner, update.into()))
        }
        2 => {
            let role = role?;
            let update = UpdateAssumeRolePolicy {
                role: role.name.clone(),
                trust_policy: document(dice),
            };
            Some((role.owner, update.into()))
        }
        _ => {
            let role = role?;
            let delete = DeleteRole {
                role: role.name.clone(),
            };
            Some((role.owner, delete.into()))
        }
    }
}

fn managed_policies(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let known = dice.pick(state.tables().managed_policies.iter()).cloned();
    if dice.chance(30) || known.is_none() {
        let create = CreatePolicy {
            path: path(dice),
            name: dice.name().parse().unwrap(),
            description: dice.name(),
            document: document(dice),
            tags: tags(dice),
        };
        return Some((dice.account(), create.into()));
    }
    let known = known?;
    let policy = known.arn(state.settings());
    let version = dice.pick(known.versions.keys().copied());
    let version = version.unwrap_or(VersionId::FIRST);
    let command = match dice.below(6) {
        0..=2 => {
            let (document, set_as_default) = (document(dice), dice.chance(30));
            CreatePolicyVersion {
                policy,
                document,
                set_as_default,
            }
            .into()
        }
        3 => DeletePolicyVersion { policy, version }.into(),
        4 => SetDefaultPolicyVersion { policy, version }.into(),
        _ => DeletePolicy { policy }.into(),
    };
    Some((known.owner?, command))
}

fn policies(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let (owner, identity) = identity(state, dice)?;
    let managed = state.tables().managed_policies.iter();
    let managed = managed.map(AsRef::as_ref).chain(aws_policies().take(3));
    let policy = dice.pick(managed.map(|policy| policy.arn(state.settings())));
    let own = |arn: &PolicyArn| arn.account.is_none_or(|account| account == owner);
    let name = dice.name().parse().unwrap();
    let command = match dice.below(5) {
        0 => {
            let document = document(dice);
            PutInlinePolicy {
                identity,
                name,
                document,
            }
            .into()
        }
        1 => DeleteInlinePolicy { identity, name }.into(),
        2 | 3 => {
            let policy = policy.filter(|arn| own(arn) || dice.chance(10))?;
            AttachPolicy { identity, policy }.into()
        }
        _ => {
            let policy = policy?;
            DetachPolicy { identity, policy }.into()
        }
    };
    Some((owner, command))
}
