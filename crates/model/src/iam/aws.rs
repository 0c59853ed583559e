//! AWS's own managed policies, as far as they say something about the services that there are.
//!
//! They belong to no account and lie in no table: every account can attach them and nobody can change them. Only the
//! version in force is known.
//! Source: AWS managed policy reference, 2026; unique ids and times are what `ListPolicies` answers.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::id::PolicyId;
use super::name::{FoldedName, PolicyName};
use super::policy::{ManagedPolicy, PolicyVersion, VersionId};
use crate::tag::Tags;
use crate::time::Timestamp;

/// What is known of one: path, name, unique id, the number of its version, when it was made and when it last changed,
/// both in seconds since 1970, and its document.
type Known = (
    &'static str,
    &'static str,
    &'static str,
    u32,
    u64,
    u64,
    &'static str,
);

macro_rules! known {
    ($($path:literal $name:literal $id:literal v $version:literal $created:literal $updated:literal;)*) => {
        /// All, by name.
        const KNOWN: &[Known] = &[$(
            ($path, $name, $id, $version, $created, $updated, include_str!(concat!("aws/", $name, ".json"))),
        )*];
    };
}

known! {
    "/" "AdministratorAccess" "ANPAIWMBCKSKIEE64ZLYK" v 1 1_423_247_986 1_423_247_986;
    "/" "AmazonEC2FullAccess" "ANPAI3VAJF5ZCRZ7MCQE6" v 5 1_423_248_015 1_543_285_016;
    "/" "AmazonEC2ReadOnlyAccess" "ANPAIGDT4SV4GSETWTBZK" v 5 1_423_248_017 1_770_919_397;
    "/" "AmazonSNSFullAccess" "ANPAJWEKLCXXUNT2SOLSG" v 2 1_423_248_065 1_727_217_125;
    "/" "AmazonSNSReadOnlyAccess" "ANPAIZGQCQTFOFPMHSB6W" v 2 1_423_248_066 1_727_215_992;
    "/" "AmazonVPCFullAccess" "ANPAJBWPGNOVKZD3JI2P2" v 13 1_423_248_076 1_770_919_244;
    "/" "AmazonVPCReadOnlyAccess" "ANPAIICZJNOJN36GTG6CM" v 12 1_423_248_077 1_770_919_099;
    "/" "ElasticLoadBalancingFullAccess" "ANPAIDPMLA3IUIOQCISJ4" v 9 1_537_476_127 1_771_873_027;
    "/" "ElasticLoadBalancingReadOnly" "ANPAJMO7B7SNFLQ6HH736" v 3 1_537_474_629 1_701_022_546;
    "/" "IAMFullAccess" "ANPAI7XKCFMBPM3QQRRVQ" v 2 1_423_248_038 1_561_146_000;
    "/" "IAMReadOnlyAccess" "ANPAJKSO7NDY4T57MWDSQ" v 4 1_423_248_039 1_516_907_487;
    "/job-function/" "NetworkAdministrator" "ANPAJPNMADZFJCVPJVZA2" v 15 1_478_799_095 1_770_919_176;
    "/" "PowerUserAccess" "ANPAJYRXTHIB4FOVS3ZXS" v 12 1_423_247_987 1_770_919_154;
    "/" "ReadOnlyAccess" "ANPAILL3HVNFSB6DCOWYQ" v 182 1_423_247_988 1_775_230_032;
    "/job-function/" "ViewOnlyAccess" "ANPAID22R6XPJATWOFDK6" v 45 1_478_798_415 1_776_881_541;
}

static POLICIES: LazyLock<BTreeMap<PolicyId, Arc<ManagedPolicy>>> = LazyLock::new(|| {
    let policies = KNOWN.iter().filter_map(read);
    policies
        .map(|policy| (policy.id, Arc::new(policy)))
        .collect()
});

static NAMES: LazyLock<BTreeMap<FoldedName, PolicyId>> = LazyLock::new(|| {
    let policies = POLICIES.values();
    policies
        .map(|policy| (policy.name.folded(), policy.id))
        .collect()
});

/// The policy of what is known, which a test shows to be readable.
fn read((path, name, id, version, created, updated, document): &Known) -> Option<ManagedPolicy> {
    let version = VersionId(*version);
    let millis = |seconds: &u64| Timestamp::from_millis(seconds.saturating_mul(1000));
    let (created, updated) = (millis(created), millis(updated));
    let own = PolicyVersion {
        document: document.trim_end().to_owned(),
        created: updated,
    };
    Some(ManagedPolicy {
        id: id.parse().ok()?,
        owner: None,
        path: path.parse().ok()?,
        name: name.parse().ok()?,
        description: String::new(),
        versions: BTreeMap::from([(version, own)]),
        default_version: version,
        next_version: version.next(),
        created,
        updated,
        tags: Tags::new(),
    })
}

/// All of AWS's policies, by unique id.
pub fn aws_policies<'a>() -> impl Iterator<Item = &'a ManagedPolicy> {
    POLICIES.values().map(AsRef::as_ref)
}

/// AWS's policy with that id.
pub(crate) fn policy(id: PolicyId) -> Option<&'static Arc<ManagedPolicy>> {
    POLICIES.get(&id)
}

/// AWS's policy of a name.
pub(crate) fn policy_named(name: &PolicyName) -> Option<&'static Arc<ManagedPolicy>> {
    policy(*NAMES.get(&name.folded())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_policy_is_there_by_its_id_and_its_name() {
        assert_eq!(POLICIES.len(), KNOWN.len());
        for known in KNOWN {
            let read = read(known).unwrap();
            assert_eq!(read.id.to_string(), known.2);
            assert_eq!(**policy(read.id).unwrap(), read);
            assert_eq!(**policy_named(&known.1.parse().unwrap()).unwrap(), read);
            assert!(read.document().unwrap().starts_with('{'));
        }
    }
}
