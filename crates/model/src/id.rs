//! Typed identifiers in AWS's shapes: `vpc-` + 17 hex digits and its kin, and the 16 bare digits of ELBv2.
//!
//! Not ARNs (see [`crate::arn`]) and not names. Invariant: an `Id<K>` holds no more bits than its kind has
//! digits, so that `Display` and `FromStr` are exact inverses.
//! Source: AWS "Resource IDs" (longer format), EC2 and ELBv2 API references, 2026.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;

/// What an [`Id`] identifies: its prefix and how many hexadecimal digits follow.
pub trait IdKind: Copy + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// Text before the digits, with its hyphen; empty for ELBv2's, which stand inside ARNs only.
    const PREFIX: &'static str;
    /// How many hexadecimal digits follow the prefix; at most 18.
    const DIGITS: u32;
}

/// How many bytes an [`Id`] takes: a state holds millions of them.
const BYTES: usize = 9;
/// Bytes of a number that an [`Id`] has none for.
const UNUSED: usize = size_of::<u128>() - BYTES;

/// An identifier of the kind `K`: its number, highest byte first, so that bytes compare as numbers do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<K: IdKind>([u8; BYTES], PhantomData<K>);

impl<K: IdKind> Id<K> {
    const MASK: u128 = {
        assert!(K::DIGITS as usize <= 2 * BYTES);
        u128::MAX >> (128 - 4 * K::DIGITS)
    };

    /// The identifier made of the low bits of `bits`; the others are ignored.
    pub const fn from_bits(bits: u128) -> Self {
        let [.., a, b, c, d, e, f, g, h, i] = (bits & Self::MASK).to_be_bytes();
        Self([a, b, c, d, e, f, g, h, i], PhantomData)
    }

    /// The number that the digits spell.
    pub fn bits(self) -> u128 {
        let mut bytes = [0; size_of::<u128>()];
        bytes[UNUSED..].copy_from_slice(&self.0);
        u128::from_be_bytes(bytes)
    }

    /// The digits alone, without the prefix.
    pub fn digits(self) -> String {
        let width = K::DIGITS as usize;
        format!("{:0width$x}", self.bits())
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = K::DIGITS as usize;
        write!(f, "{}{:0width$x}", K::PREFIX, self.bits())
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not an identifier of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("malformed id \"{text}\" (expecting \"{prefix}...\")")]
pub struct MalformedId {
    /// The text as it was given.
    pub text: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let digits = text.strip_prefix(K::PREFIX).filter(|digits| {
            digits.len() == K::DIGITS as usize
                && digits
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        digits
            .and_then(|digits| u128::from_str_radix(digits, 16).ok())
            .map(Self::from_bits)
            .ok_or_else(|| MalformedId {
                text: text.to_owned(),
                prefix: K::PREFIX,
            })
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident = $kind:ident($prefix:literal, $digits:literal);)*) => {
        /// The kinds of identifier; used as type parameters of [`Id`] only.
        pub mod kind {
            use super::IdKind;
            $(
                $(#[$doc])*
                #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
                pub enum $kind {}

                impl IdKind for $kind {
                    const PREFIX: &'static str = $prefix;
                    const DIGITS: u32 = $digits;
                }
            )*
        }
        $($(#[$doc])* pub type $alias = Id<kind::$kind>;)*
    };
}

kinds! {
    /// Of a VPC.
    VpcId = Vpc("vpc-", 17);
    /// Of a subnet.
    SubnetId = Subnet("subnet-", 17);
    /// Of a network interface (ENI).
    NetworkInterfaceId = NetworkInterface("eni-", 17);
    /// Of the attachment of a network interface to an instance.
    AttachmentId = Attachment("eni-attach-", 17);
    /// Of a security group.
    SecurityGroupId = SecurityGroup("sg-", 17);
    /// Of one rule of a security group.
    SecurityGroupRuleId = SecurityGroupRule("sgr-", 17);
    /// Of a route table.
    RouteTableId = RouteTable("rtb-", 17);
    /// Of a route table's association with a subnet, or with its VPC as main table.
    RouteTableAssociationId = RouteTableAssociation("rtbassoc-", 17);
    /// Of a network ACL.
    NetworkAclId = NetworkAcl("acl-", 17);
    /// Of a network ACL's association with a subnet.
    NetworkAclAssociationId = NetworkAclAssociation("aclassoc-", 17);
    /// Of an instance.
    InstanceId = Instance("i-", 17);
    /// Of the set of instances launched by one request.
    ReservationId = Reservation("r-", 17);
    /// Of an endpoint service.
    EndpointServiceId = EndpointService("vpce-svc-", 17);
    /// Of a permission of an endpoint service.
    ServicePermissionId = ServicePermission("vpce-svc-perm-", 17);
    /// Of a VPC endpoint.
    VpcEndpointId = VpcEndpoint("vpce-", 17);
    /// Of an endpoint's connection, as its provider sees it.
    VpcEndpointConnectionId = VpcEndpointConnection("vpce-con-", 17);
    /// Of a notification of connections.
    ConnectionNotificationId = ConnectionNotification("vpce-nfn-", 17);
    /// Of a load balancer: the last part of its ARN.
    LoadBalancerId = LoadBalancer("", 16);
    /// Of a listener: the last part of its ARN.
    ListenerId = Listener("", 16);
    /// Of a target group: the last part of its ARN.
    TargetGroupId = TargetGroup("", 16);
    /// Of a topic. It stands nowhere outside.
    TopicId = Topic("", 16);
}

/// The 12 decimal digits of an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// How many accounts there can be: 10^12.
    const COUNT: u64 = 1_000_000_000_000;

    /// The account with this number, when it has at most 12 digits.
    pub const fn new(number: u64) -> Option<Self> {
        if number < Self::COUNT {
            Some(Self(number))
        } else {
            None
        }
    }

    /// An account whose number follows from `bits`, with a first digit other than 0 (many tools lose it).
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the remainder has at most 12 decimal digits"
    )]
    pub const fn from_bits(bits: u128) -> Self {
        let floor = Self::COUNT / 10;
        Self(floor + (bits % (Self::COUNT - floor) as u128) as u64)
    }

    /// The number.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AccountId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let shaped = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        let number = if shaped { text.parse().ok() } else { None };
        number.and_then(Self::new).ok_or_else(|| MalformedId {
            text: text.to_owned(),
            prefix: "",
        })
    }
}

/// Where identifiers, secrets and free choices come from. The shell passes a random source, tests a counting one.
pub trait IdSource {
    /// The next 128 bits, which a caller of the API must not be able to foresee.
    fn bits(&mut self) -> u128;
}

/// An [`IdSource`] that counts, for tests and simulations: equal starts give equal identifiers.
#[derive(Clone, Debug, Default)]
pub struct CountingIds(u128);

impl IdSource for CountingIds {
    fn bits(&mut self) -> u128 {
        self.0 += 1;
        self.0
    }
}
