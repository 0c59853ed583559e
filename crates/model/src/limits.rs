//! Every limit of the model, each with its source. Counts unless the name says otherwise.
//!
//! [`Quotas`] are what AWS raises on request, so the operator may set them; the constants are fixed.

/// Largest number of rules of one group in one direction that the data plane holds.
pub const SECURITY_GROUP_RULES_MAX: usize = 120;
/// Largest number of security groups of one network interface that the data plane holds; also the most that AWS grants
/// (VPC quotas).
pub const SECURITY_GROUPS_PER_INTERFACE_MAX: usize = 16;
/// Tags of one resource (EC2 tag restrictions).
pub const TAGS_MAX: usize = 50;
/// Length of a tag's key, in characters.
pub const TAG_KEY_CHARS_MAX: usize = 128;
/// Length of a tag's value, in characters.
pub const TAG_VALUE_CHARS_MAX: usize = 256;
/// Length of a group's name and of a group's or rule's description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 255;
/// Instance user data before base64, in bytes (EC2 user guide).
pub const USER_DATA_BYTES_MAX: usize = 16 * 1024;
/// An endpoint policy, in characters with white space (PrivateLink quotas).
pub const POLICY_CHARS_MAX: usize = 20_480;
/// A client token, in characters (EC2 API reference, "Ensuring idempotency").
pub const CLIENT_TOKEN_CHARS_MAX: usize = 64;
/// Free addresses a subnet must have to receive a load balancer node (Network Load Balancer guide).
pub const LOAD_BALANCER_FREE_ADDRESSES_MIN: usize = 8;
/// Addresses at the start of a subnet that nobody gets: network, router, resolver, reserved (VPC user guide).
pub const SUBNET_RESERVED_HEAD: u32 = 4;
/// The shortest and longest prefix of a VPC or subnet (VPC user guide).
pub const CIDR_PREFIX_LENGTHS: std::ops::RangeInclusive<u8> = 16..=28;
/// How long a terminated instance is still listed, in seconds ("for a short while, usually one hour").
pub const TERMINATED_INSTANCE_SECS: u64 = 3600;
/// How long a deleted endpoint is still listed, in seconds. AWS keeps listing it "for a period" and documents none; this is
/// long enough to be seen, and short for clients that wait until it is not found (Terraform waits for ten minutes).
pub const DELETED_ENDPOINT_SECS: u64 = 60;
/// How long a client token is remembered, in seconds (EC2: "at least 24 hours").
pub const CLIENT_TOKEN_SECS: u64 = 24 * 3600;
/// How long an endpoint waits for acceptance before it expires unless the operator says otherwise, in seconds. AWS documents
/// the state `expired` but not the time; this is the 168 hours of an unaccepted VPC peering connection.
pub const ACCEPTANCE_SECS: u64 = 168 * 3600;
/// How long the record that proves whose a domain is is looked for unless the operator says otherwise, in seconds. AWS says
/// that a record may take 48 hours to be seen; other verifications of AWS's give up after 72 hours.
pub const VERIFICATION_SECS: u64 = 72 * 3600;
/// Longest that an operator can let anybody wait, in seconds: a year.
pub const WAIT_SECS_MAX: u64 = 366 * 24 * 3600;
/// Length of a DNS name, in bytes (RFC 1035 less the dot at the end; AWS says 255 for the form on the wire).
pub const DNS_NAME_BYTES_MAX: usize = 253;
/// Length of a label of a DNS name, in bytes (RFC 1035).
pub const DNS_LABEL_BYTES_MAX: usize = 63;
/// Domains that are searched for the record of one private name: its own and those above.
pub const VERIFIED_DOMAINS_MAX: usize = 4;
/// Users of an account (IAM and STS quotas; likewise what follows).
pub const USERS_MAX: usize = 5000;
/// Roles of an account.
pub const ROLES_MAX: usize = 1000;
/// Managed policies of an account.
pub const MANAGED_POLICIES_MAX: usize = 1500;
/// Access keys of a user.
pub const ACCESS_KEYS_PER_USER_MAX: usize = 2;
/// Managed policies that are attached to one user or role.
pub const ATTACHED_POLICIES_MAX: usize = 10;
/// Versions of a managed policy.
pub const POLICY_VERSIONS_MAX: usize = 5;
/// All inline policies of a user together, in characters without white space.
pub const USER_POLICY_CHARS_MAX: usize = 2048;
/// All inline policies of a role together, in characters without white space.
pub const ROLE_POLICY_CHARS_MAX: usize = 10_240;
/// A version of a managed policy, in characters without white space.
pub const MANAGED_POLICY_CHARS_MAX: usize = 6144;
/// A role's trust policy, in characters without white space.
pub const TRUST_POLICY_CHARS_MAX: usize = 2048;
/// How many times longer than without white space each of these may be with it, at the limit. AWS has no such limit but
/// 131,072 characters for each document; a document that people indent is about twice as long.
pub const POLICY_WHITE_SPACE_FACTOR: usize = 4;
/// Name of a user or role, in characters.
pub const USER_NAME_CHARS_MAX: usize = 64;
/// Name of a policy, in characters.
pub const POLICY_NAME_CHARS_MAX: usize = 128;
/// Path of a user, role or policy, in characters.
pub const IAM_PATH_CHARS_MAX: usize = 512;
/// How long a subscription can be confirmed, in seconds (Amazon SNS: tokens are valid for two days).
pub const CONFIRMATION_SECS: u64 = 2 * 24 * 3600;
/// A topic's display name, in characters (Amazon SNS API reference, `SetTopicAttributes`).
pub const TOPIC_DISPLAY_NAME_CHARS_MAX: usize = 100;
/// A topic's policy, in characters (Amazon SNS: 30 KB).
pub const TOPIC_POLICY_CHARS_MAX: usize = 30_720;
/// A message with its attributes, in bytes (Amazon SNS API reference, `Publish`).
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// A message's subject has fewer characters (Amazon SNS API reference, `Publish`).
pub const SUBJECT_CHARS_MAX: usize = 100;
/// The URL of a subscription's endpoint, in characters. AWS documents none; this is what HTTP servers take.
pub const SUBSCRIPTION_ENDPOINT_CHARS_MAX: usize = 2048;
/// Events of connections of one account that wait to be published. They wait for moments; more are counted as lost.
pub const WAITING_EVENTS_MAX: usize = 1000;
/// Records that one housekeeping command cleans up at most, so that no command is unbounded.
pub const HOUSEKEEPING_BATCH_MAX: usize = 1000;

/// Declares every quota once: its field, its default and the name that an operator sets it by.
macro_rules! quotas {
    ($($(#[$doc:meta])* $field:ident: $default:literal,)*) => {
        /// How many of each an account may have. Defaults are AWS's, from the service quota pages as of 2026.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct Quotas {
            $($(#[$doc])* pub $field: u32,)*
        }

        impl Default for Quotas {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl Quotas {
            /// Names of all quotas, as [`Quotas::set`] takes them.
            pub const NAMES: &[&str] = &[$(stringify!($field),)*];

            /// Sets one quota by its name; `-` may stand for `_`.
            ///
            /// # Errors
            /// There is none of that name.
            pub fn set(&mut self, name: &str, value: u32) -> Result<(), UnknownQuota> {
                match name.replace('-', "_").as_str() {
                    $(stringify!($field) => self.$field = value,)*
                    _ => return Err(UnknownQuota(name.to_owned())),
                }
                Ok(())
            }
        }
    };
}

/// A text that is the name of no quota.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("there is no quota '{0}'")]
pub struct UnknownQuota(pub String);

quotas! {
    /// VPCs of an account.
    vpcs: 5,
    /// Subnets of a VPC.
    subnets_per_vpc: 200,
    /// Route tables of a VPC.
    route_tables_per_vpc: 200,
    /// Security groups of an account.
    security_groups: 2500,
    /// Rules of a group in one direction; never more than [`SECURITY_GROUP_RULES_MAX`].
    rules_per_security_group: 60,
    /// Security groups of a network interface; never more than [`SECURITY_GROUPS_PER_INTERFACE_MAX`].
    security_groups_per_interface: 5,
    /// Network interfaces of an account.
    network_interfaces: 5000,
    /// Instances of an account that are not terminated. (AWS counts virtual CPUs instead.)
    instances: 1000,
    /// Load balancers of an account.
    load_balancers: 50,
    /// Listeners of a load balancer.
    listeners_per_load_balancer: 50,
    /// Target groups of an account.
    target_groups: 3000,
    /// Targets of a target group.
    targets_per_target_group: 1000,
    /// Endpoint services of an account.
    endpoint_services: 20,
    /// Principals that one endpoint service allows.
    principals_per_service: 1000,
    /// Interface endpoints of a VPC.
    interface_endpoints_per_vpc: 50,
    /// Topics of an account. (AWS: 100,000.)
    topics: 100,
    /// Subscriptions of a topic. (AWS: 12.5 million.)
    subscriptions_per_topic: 100,
    /// Messages of a topic that have not arrived yet, one for each endpoint that is to get it. (AWS has no limit.) A
    /// topic that has very many of them or of subscriptions cannot be deleted at once.
    undelivered_per_topic: 400,
    /// Notifications of connections of an account. (AWS documents none.)
    connection_notifications: 100,
}
