//! Network ACLs. For now only the default one of each VPC, which allows everything, as AWS makes it.

use ipnet::Ipv4Net;

use crate::id::{AccountId, NetworkAclId, VpcId};
use crate::security_group::Direction;
use crate::tag::Tags;

/// One network ACL. Its associations are found from the subnets that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAcl {
    /// Identifier.
    pub id: NetworkAclId,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Whether it came with its VPC.
    pub is_default: bool,
    /// Entries, ordered by direction and number.
    pub entries: Vec<NetworkAclEntry>,
    /// Tags.
    pub tags: Tags,
}

/// One entry of a network ACL; it matches every protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkAclEntry {
    /// Packets towards or away from the subnet.
    pub direction: Direction,
    /// The lowest number that matches decides.
    pub rule_number: u16,
    /// What happens to a packet that matches.
    pub action: RuleAction,
    /// The other side's addresses.
    pub cidr: Ipv4Net,
}

/// What a network ACL entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleAction {
    /// Lets the packet pass.
    Allow,
    /// Drops it.
    Deny,
}

impl RuleAction {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// The number of the last entry, which cannot be removed and is shown as `*`.
pub const LAST_RULE_NUMBER: u16 = 32767;

impl NetworkAcl {
    /// The entries of a default ACL: 100 allows all, the last denies all, in both directions.
    pub(crate) fn default_entries() -> Vec<NetworkAclEntry> {
        let mut entries = Vec::new();
        for direction in [Direction::Ingress, Direction::Egress] {
            for (rule_number, action) in [
                (100, RuleAction::Allow),
                (LAST_RULE_NUMBER, RuleAction::Deny),
            ] {
                entries.push(NetworkAclEntry {
                    direction,
                    rule_number,
                    action,
                    cidr: Ipv4Net::default(),
                });
            }
        }
        entries
    }
}
