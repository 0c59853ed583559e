//! Users, roles and policies: names, quotas, what is in the way of deletion, and whom services admit.

use model::command::*;
use model::iam::*;
use model::limits::*;
use model::rejection::NotFound;
use model::*;

use crate::world::*;

const OWNER: u64 = PROVIDER;

fn user_name(name: &str) -> UserName {
    name.parse().unwrap()
}

fn role_name(name: &str) -> RoleName {
    name.parse().unwrap()
}

pub(crate) fn create_user(name: &str) -> CreateUser {
    CreateUser {
        path: Path::default(),
        name: user_name(name),
        tags: Tags::new(),
    }
}

pub(crate) fn create_role(name: &str) -> CreateRole {
    CreateRole {
        path: Path::default(),
        name: role_name(name),
        description: String::new(),
        trust_policy: "{}".to_owned(),
        max_session_secs: 3600,
        tags: Tags::new(),
    }
}

fn create_policy(name: &str) -> CreatePolicy {
    CreatePolicy {
        path: Path::default(),
        name: name.parse().unwrap(),
        description: String::new(),
        document: "{}".to_owned(),
        tags: Tags::new(),
    }
}

fn policy_arn(name: &str) -> PolicyArn {
    format!("arn:aws:iam::{OWNER}:policy/{name}")
        .parse()
        .unwrap()
}

/// What the owner is told.
fn told(world: &mut World, command: impl Into<Command>) -> String {
    let rejection = world.run(account(OWNER), command).unwrap_err();
    assert!(matches!(rejection, Rejection::Iam(_)), "{rejection:?}");
    rejection.to_string()
}

fn done(world: &mut World, command: impl Into<Command>) -> Reply {
    world.run(account(OWNER), command).unwrap()
}

#[test]
fn unique_ids_and_arns_read_what_they_write() {
    let id = UserId::from_bits(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
    let text = id.to_string();
    assert!(text.starts_with("AIDA") && text.len() == 21, "{text}");
    assert_eq!(text.parse(), Ok(id));
    for text in [
        "",
        "AIDA",
        "AIDA1",
        "AROAAAAAAAAAAAAAAAAAA",
        "AIDAaAAAAAAAAAAAAAAAA",
    ] {
        assert!(text.parse::<UserId>().is_err(), "{text}");
    }
    for text in [
        "arn:aws:iam::111111111111:policy/x",
        "arn:aws:iam::111111111111:policy/a/b/x",
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ] {
        let arn: PolicyArn = text.parse().unwrap();
        assert_eq!(arn.to_string(), text);
    }
    for text in [
        "x",
        "arn:aws:iam::1:policy/x",
        "arn:aws:iam::111111111111:user/x",
    ] {
        assert!(text.parse::<PolicyArn>().is_err(), "{text}");
    }
    assert_eq!("v7".parse(), Ok(VersionId(7)));
    for text in ["7", "v", "v0", "v07", "v-1", "v99999999999"] {
        assert!(text.parse::<VersionId>().is_err(), "{text}");
    }
}

#[test]
fn names_have_aws_s_characters_and_lengths() {
    let longest = "x".repeat(USER_NAME_CHARS_MAX);
    for name in ["a", "A+=,.@_-9", &longest] {
        assert!(name.parse::<UserName>().is_ok(), "{name}");
    }
    for name in ["", "a b", "a/b", "ä", &format!("{longest}x")] {
        assert!(name.parse::<UserName>().is_err(), "{name}");
    }
    for path in ["/", "/a/", "/a/b!/"] {
        assert!(path.parse::<Path>().is_ok(), "{path}");
    }
    let long = format!("/{}/", "x".repeat(IAM_PATH_CHARS_MAX - 1));
    for path in ["", "a", "/a", "a/", "/a b/", &long] {
        assert!(path.parse::<Path>().is_err(), "{path}");
    }
}

#[test]
fn names_are_unique_whatever_their_case_and_per_account() {
    let mut world = World::new();
    done(&mut world, create_user("Alice"));
    let text = told(&mut world, create_user("alice"));
    assert_eq!(text, "User with name alice already exists.");
    world.run(account(CONSUMER), create_user("alice")).unwrap();
    done(&mut world, create_role("alice"));
    let text = told(&mut world, create_role("ALICE"));
    assert_eq!(text, "Role with name ALICE already exists.");
    done(&mut world, create_policy("alice"));
    assert!(told(&mut world, create_policy("Alice")).contains("Alice already exists"));
    let rename = |user: &str, to: &str| UpdateUser {
        user: user_name(user),
        new_path: None,
        new_name: Some(user_name(to)),
    };
    done(&mut world, create_user("bob"));
    assert!(told(&mut world, rename("bob", "ALICE")).contains("already exists"));
    // Only the case of its own name is another.
    done(&mut world, rename("alice", "aLiCe"));
    let found = world.state.user_named(account(OWNER), &user_name("alice"));
    assert_eq!(found.unwrap().name.as_str(), "aLiCe");
}

#[test]
fn a_user_has_two_keys_at_most_and_deletes_none_of_another_s() {
    let mut world = World::new();
    done(&mut world, create_user("alice"));
    done(&mut world, create_user("bob"));
    let create = CreateAccessKey {
        user: user_name("alice"),
    };
    let Reply::AccessKey(key) = done(&mut world, create.clone()) else {
        panic!("no key")
    };
    done(&mut world, create.clone());
    let text = told(&mut world, create);
    assert_eq!(text, "Cannot exceed quota for AccessKeysPerUser: 2");
    let delete = |user: &str| DeleteAccessKey {
        user: user_name(user),
        key: key.clone(),
    };
    let text = told(&mut world, delete("bob"));
    assert_eq!(
        text,
        format!("The Access Key with id {key} cannot be found.")
    );
    let update = UpdateAccessKey {
        user: user_name("alice"),
        key: key.clone(),
        status: AccessKeyStatus::Inactive,
    };
    done(&mut world, update);
    let user = world.state.user_of_access_key(&key).unwrap();
    assert_eq!(user.access_keys[&key].status, AccessKeyStatus::Inactive);
    assert!(!format!("{user:?}").contains(&user.access_keys[&key].secret));
    done(&mut world, delete("alice"));
    assert!(world.state.user_of_access_key(&key).is_none());
}

#[test]
fn what_a_user_or_role_holds_is_in_the_way_of_its_deletion() {
    let mut world = World::new();
    done(&mut world, create_user("alice"));
    done(&mut world, create_role("deploy"));
    done(&mut world, create_policy("read"));
    let (alice, deploy) = (user_name("alice"), role_name("deploy"));
    let identities = [
        IdentityName::User(alice.clone()),
        IdentityName::Role(deploy.clone()),
    ];
    for identity in identities.clone() {
        let policy = policy_arn("read");
        done(&mut world, AttachPolicy { identity, policy });
    }
    let delete_policy = DeletePolicy {
        policy: policy_arn("read"),
    };
    let text = told(&mut world, delete_policy.clone());
    assert_eq!(text, "Cannot delete a policy attached to entities.");
    let deletions: [Command; 2] = [
        DeleteUser { user: alice }.into(),
        DeleteRole { role: deploy }.into(),
    ];
    for (identity, delete) in identities.into_iter().zip(deletions) {
        let text = told(&mut world, delete.clone());
        assert_eq!(
            text,
            "Cannot delete entity, must detach all policies first."
        );
        let (policy, name) = (policy_arn("read"), "own".parse().unwrap());
        let document = "{}".to_owned();
        let put = PutInlinePolicy {
            identity: identity.clone(),
            name,
            document,
        };
        let name = put.name.clone();
        done(&mut world, put);
        let detach = DetachPolicy {
            identity: identity.clone(),
            policy,
        };
        done(&mut world, detach.clone());
        assert!(told(&mut world, detach).contains("was not found"));
        let text = told(&mut world, delete.clone());
        assert_eq!(text, "Cannot delete entity, must delete policies first.");
        done(&mut world, DeleteInlinePolicy { identity, name });
        done(&mut world, delete);
    }
    done(&mut world, delete_policy);
}

#[test]
fn a_policy_has_five_versions_at_most_and_numbers_are_not_used_again() {
    let mut world = World::new();
    done(&mut world, create_policy("read"));
    let create = |set_as_default| CreatePolicyVersion {
        policy: policy_arn("read"),
        document: "{ }".to_owned(),
        set_as_default,
    };
    let delete = |version| DeletePolicyVersion {
        policy: policy_arn("read"),
        version: VersionId(version),
    };
    for version in 2..=POLICY_VERSIONS_MAX {
        let version = VersionId(u32::try_from(version).unwrap());
        assert_eq!(
            done(&mut world, create(false)),
            Reply::PolicyVersion(version)
        );
    }
    assert!(told(&mut world, create(false)).contains("up to 5 versions"));
    done(&mut world, delete(5));
    assert_eq!(
        done(&mut world, create(true)),
        Reply::PolicyVersion(VersionId(6))
    );
    let text = told(&mut world, delete(6));
    assert_eq!(text, "Cannot delete the default version of a policy.");
    assert!(told(&mut world, delete(5)).contains("version v5 does not exist"));
    let set = SetDefaultPolicyVersion {
        policy: policy_arn("read"),
        version: VersionId(1),
    };
    done(&mut world, set);
    let policy = policy_arn("read");
    let found = world.state.policy_of_arn(&policy).unwrap();
    assert_eq!(found.document(), Some("{}"));
    assert!(told(&mut world, DeletePolicy { policy }).contains("more than one version"));
}

#[test]
fn white_space_of_documents_is_bounded_too() {
    let mut world = World::new();
    done(&mut world, create_user("alice"));
    let document = |chars: usize| format!("{{{}}}", " ".repeat(chars - 2));
    let put = |name: &str, chars| PutInlinePolicy {
        identity: IdentityName::User(user_name("alice")),
        name: name.parse().unwrap(),
        document: document(chars),
    };
    let of_user = POLICY_WHITE_SPACE_FACTOR * USER_POLICY_CHARS_MAX;
    done(&mut world, put("one", of_user - 10));
    done(&mut world, put("two", 10));
    assert_eq!(
        told(&mut world, put("two", 11)),
        "Maximum policy size of 8192 characters, white space included, exceeded for user alice"
    );
    let of_policy = POLICY_WHITE_SPACE_FACTOR * MANAGED_POLICY_CHARS_MAX;
    let mut policy = create_policy("large");
    policy.document = document(of_policy + 1);
    assert!(told(&mut world, policy.clone()).contains("24576"));
    policy.document = document(of_policy);
    done(&mut world, policy);
    let mut role = create_role("deploy");
    role.trust_policy = document(POLICY_WHITE_SPACE_FACTOR * TRUST_POLICY_CHARS_MAX + 1);
    assert!(told(&mut world, role).contains("8192"));
}

#[test]
fn documents_fit_their_quotas_without_white_space() {
    let mut world = World::new();
    done(&mut world, create_user("alice"));
    let document = |chars: usize| format!("{{ \n{}}}", "x".repeat(chars - 2));
    let put = |name: &str, chars| PutInlinePolicy {
        identity: IdentityName::User(user_name("alice")),
        name: name.parse().unwrap(),
        document: document(chars),
    };
    done(&mut world, put("one", USER_POLICY_CHARS_MAX - 10));
    done(&mut world, put("two", 10));
    let text = told(&mut world, put("two", 11));
    assert_eq!(
        text,
        "Maximum policy size of 2048 bytes exceeded for user alice"
    );
    let mut policy = create_policy("large");
    policy.document = document(MANAGED_POLICY_CHARS_MAX + 1);
    assert_eq!(
        told(&mut world, policy.clone()),
        "Cannot exceed quota for PolicySize: 6144"
    );
    policy.document = document(MANAGED_POLICY_CHARS_MAX);
    done(&mut world, policy);
    let mut role = create_role("deploy");
    role.trust_policy = document(TRUST_POLICY_CHARS_MAX + 1);
    assert_eq!(
        told(&mut world, role.clone()),
        "Cannot exceed quota for ACLSizePerRole: 2048"
    );
    role.trust_policy = document(TRUST_POLICY_CHARS_MAX);
    done(&mut world, role);
}

#[test]
fn ten_policies_can_be_attached() {
    let mut world = World::new();
    done(&mut world, create_user("alice"));
    let attach = |number: usize| AttachPolicy {
        identity: IdentityName::User(user_name("alice")),
        policy: policy_arn(&format!("p{number}")),
    };
    for number in 0..=ATTACHED_POLICIES_MAX {
        done(&mut world, create_policy(&format!("p{number}")));
    }
    for number in 0..ATTACHED_POLICIES_MAX {
        done(&mut world, attach(number));
    }
    done(&mut world, attach(0));
    let text = told(&mut world, attach(ATTACHED_POLICIES_MAX));
    assert_eq!(text, "Cannot exceed quota for PoliciesPerUser: 10");
}

/// Makes one after another until the model refuses, without the checks of a world, which take long; how many there are.
fn fill(world: &mut World, what: impl Fn(usize) -> Command) -> (usize, String) {
    for count in 0.. {
        let mut context = Context {
            caller: account(OWNER).into(),
            now: world.now,
            ids: &mut world.ids,
        };
        match apply(&world.state, what(count), &mut context) {
            Ok(outcome) => {
                for change in &outcome.changes {
                    world.state.apply_change(change);
                }
            }
            Err(rejection) => return (count, rejection.to_string()),
        }
    }
    panic!("there is no quota")
}

#[test]
fn an_account_has_so_many_users_roles_and_policies() {
    let mut world = World::new();
    let full = |count, name: &str| (count, format!("Cannot exceed quota for {name}: {count}"));
    let users = fill(&mut world, |n| create_user(&format!("u{n}")).into());
    assert_eq!(users, full(USERS_MAX, "UsersPerAccount"));
    let roles = fill(&mut world, |n| create_role(&format!("r{n}")).into());
    assert_eq!(roles, full(ROLES_MAX, "RolesPerAccount"));
    let policies = fill(&mut world, |n| create_policy(&format!("p{n}")).into());
    assert_eq!(policies, full(MANAGED_POLICIES_MAX, "PoliciesPerAccount"));
    // Another account has its own.
    world.run(account(CONSUMER), create_user("carol")).unwrap();
}

#[test]
fn a_user_takes_fifty_tags() {
    let mut world = World::new();
    let Reply::User(id) = done(&mut world, create_user("alice")) else {
        panic!("no user")
    };
    let tag = |key: String| CreateTags {
        resources: vec![id.into()],
        tags: Tags::from_pairs([(key, String::new())]).unwrap(),
    };
    for number in 0..TAGS_MAX {
        done(&mut world, tag(format!("k{number}")));
    }
    let text = told(&mut world, tag("more".to_owned()));
    assert_eq!(text, "Cannot exceed quota for TagsPerResource: 50");
    let user = user_name("alice");
    done(&mut world, DeleteUser { user });
    assert!(told(&mut world, tag("late".to_owned())).contains("cannot be found"));
}

#[test]
fn another_account_s_users_and_policies_do_not_exist() {
    let mut world = World::new();
    done(&mut world, create_user("alice"));
    done(&mut world, create_policy("read"));
    let stranger = account(CONSUMER);
    let create = CreateAccessKey {
        user: user_name("alice"),
    };
    assert!(world.run(stranger, create).is_err());
    world.run(stranger, create_user("carol")).unwrap();
    let attach = AttachPolicy {
        identity: IdentityName::User(user_name("carol")),
        policy: policy_arn("read"),
    };
    assert!(world.run(stranger, attach).is_err());
}

#[test]
fn a_service_is_there_for_those_alone_whom_it_admits() {
    let mut link = Link::new(true);
    let (provider, consumer, service) = (link.provider, link.consumer, link.service);
    let (request, name) = (link.request(), link.service_name());
    let world = &mut link.world;
    let permissions = |add: &[&String], remove: &[&String]| {
        let parse = |texts: &[&String]| texts.iter().map(|text| text.parse().unwrap()).collect();
        ModifyVpcEndpointServicePermissions {
            service,
            add: parse(add),
            remove: parse(remove),
        }
    };
    let everyone = format!("arn:aws:iam::{consumer}:root");
    world.run(provider, permissions(&[], &[&everyone])).unwrap();
    let Ok(Reply::User(alice)) = world.run(consumer, create_user("alice")) else {
        panic!("no user")
    };
    let mut nested = create_user("nested");
    nested.path = "/team/".parse().unwrap();
    let Ok(Reply::User(nested)) = world.run(consumer, nested) else {
        panic!("no user")
    };
    let Ok(Reply::Role(deploy)) = world.run(consumer, create_role("deploy")) else {
        panic!("no role")
    };
    let who = |identity| Caller {
        account: consumer,
        identity,
    };
    let callers = [
        Identity::Root,
        Identity::User(alice),
        Identity::User(nested),
        Identity::Role(deploy),
    ];
    let all = [true; 4];
    for (principal, admitted) in [
        ("*".to_owned(), all),
        (format!("arn:aws:iam::{consumer}:root"), all),
        (format!("arn:aws:iam::{provider}:root"), [false; 4]),
        (
            format!("arn:aws:iam::{consumer}:user/alice"),
            [false, true, false, false],
        ),
        (format!("arn:aws:iam::{provider}:user/alice"), [false; 4]),
        (format!("arn:aws:iam::{consumer}:user/nested"), [false; 4]),
        (
            format!("arn:aws:iam::{consumer}:role/deploy"),
            [false, false, false, true],
        ),
        ("ec2.amazonaws.com".to_owned(), [false; 4]),
    ] {
        world
            .run(provider, permissions(&[&principal], &[]))
            .unwrap();
        for (identity, admitted) in callers.into_iter().zip(admitted) {
            let invisible = Err(NotFound::ServiceName(name.clone()).into());
            let got = world.run(who(identity), request.clone());
            assert_eq!(got != invisible, admitted, "{principal} {identity:?}");
        }
        world
            .run(provider, permissions(&[], &[&principal]))
            .unwrap();
    }
}
