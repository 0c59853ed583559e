//! Ids of the Route 53 zones that hold AWS's own names: one for each region and kind of name. Who makes alias records to a name
//! looks for them; nothing here does.

use aws_lc_rs::digest::{SHA256, digest};

/// Bytes of the identifiers that are made here, of two digits each.
const BYTES: usize = 10;

/// A region, its zone for network load balancers (AWS General Reference, "Elastic Load Balancing endpoints and quotas"),
/// and its zone for interface endpoints (as `DescribeVpcEndpoints` shows it there).
const ZONES: [(&str, &str, &str); 27] = [
    ("af-south-1", "Z203XCE67M25HM", "Z09302161J80N9A7UTP7U"),
    ("ap-east-1", "Z12Y7K3UBGUAD1", "Z2LIHJ7PKBEMWN"),
    ("ap-northeast-1", "Z31USIVHYNEOWT", "Z2E726K9Y6RL4W"),
    ("ap-northeast-2", "ZIBE1TIR4HY56", "Z27UANNT0PRK1T"),
    ("ap-northeast-3", "Z1GWIQ4HH19I5X", "Z376B5OMM2JZL2"),
    ("ap-south-1", "ZVDDRBQ08TROA", "Z2KVTB3ZLFM7JR"),
    (
        "ap-south-2",
        "Z0711778386UTO08407HT",
        "Z0952991RWSF5AHIQDIY",
    ),
    ("ap-southeast-1", "ZKVM4W9LS7TM", "Z18LLCSTV4NVNL"),
    ("ap-southeast-2", "ZCT6FZBF4DROD", "ZDK2GCRPAFKGO"),
    (
        "ap-southeast-3",
        "Z01971771FYVNCOVWJU1G",
        "Z03881013RZ9BYYZO8N5W",
    ),
    (
        "ap-southeast-4",
        "Z01156963G8MIIL7X90IV",
        "Z07508191CO1RNBX3X3AU",
    ),
    ("ca-central-1", "Z2EPGBW3API2WT", "ZRCXCF510Y6P9"),
    ("eu-central-1", "Z3F0SRJ5LGBH90", "Z273ZU8SZ5RJPC"),
    (
        "eu-central-2",
        "Z02239872DOALSIDCX66S",
        "Z045369019J4FUQ4S272E",
    ),
    ("eu-north-1", "Z1UDT6IFJ4EJM", "Z3OWWK6JFDEDGC"),
    ("eu-south-1", "Z23146JA1KNAFP", "Z2A5FDNRLY7KZG"),
    ("eu-south-2", "Z1011216NVTVYADP1SSV", "Z014396544HENR57XQCJ"),
    ("eu-west-1", "Z2IFOLAFXWLO4F", "Z38GZ743OKFT7T"),
    ("eu-west-2", "ZD4D7Y8KGAS4G", "Z7K1066E3PUKB"),
    ("eu-west-3", "Z1CMS0P5QUZ6D5", "Z1DWHTMFP0WECP"),
    (
        "me-central-1",
        "Z00282643NTTLPANJJG2P",
        "Z07122992YCEUCB9A9570",
    ),
    ("me-south-1", "Z3QSRYVP46NYYV", "Z3B95P3VBGEQGY"),
    ("sa-east-1", "ZTK26PT1VY4CU", "Z2LXUWEVLCVZIB"),
    ("us-east-1", "Z26RNL4JYFTOTI", "Z7HUB22UULQXV"),
    ("us-east-2", "ZLMOA37VPKANP", "ZC8PG0KIFKBRI"),
    ("us-west-1", "Z24FKFUX50B4VW", "Z12I86A8N7VCZO"),
    ("us-west-2", "Z18D5FSROUN65G", "Z1YSA3EXCYUU9Z"),
];

/// The zone for the names of a region's network load balancers.
pub(super) fn of_load_balancers(region: &str) -> String {
    let known = ZONES.iter().find(|zone| zone.0 == region);
    known.map_or_else(|| made_for("elb", region), |zone| zone.1.to_owned())
}

/// The zone for the names of a region's interface endpoints.
pub(super) fn of_endpoints(region: &str) -> String {
    let known = ZONES.iter().find(|zone| zone.0 == region);
    known.map_or_else(|| made_for("vpce", region), |zone| zone.2.to_owned())
}

/// An id for a region that AWS does not have, or that is not in the list: always the same, and no other region's.
fn made_for(kind: &str, region: &str) -> String {
    let hash = digest(&SHA256, format!("{kind}.{region}").as_bytes());
    let digits = hash.as_ref().iter().take(BYTES);
    format!(
        "Z{}",
        digits.map(|byte| format!("{byte:02X}")).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_region_has_zones_of_its_own() {
        assert_eq!(of_endpoints("us-east-1"), "Z7HUB22UULQXV");
        assert_eq!(of_endpoints("eu-central-1"), "Z273ZU8SZ5RJPC");
        assert_eq!(of_load_balancers("us-east-1"), "Z26RNL4JYFTOTI");
        let made = ["moon-base-1", "moon-base-2"];
        let regions: Vec<&str> = ZONES.iter().map(|zone| zone.0).chain(made).collect();
        let ids: BTreeSet<String> = regions
            .iter()
            .flat_map(|region| [of_endpoints(region), of_load_balancers(region)])
            .collect();
        assert_eq!(ids.len(), 2 * regions.len());
        let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        for id in &ids {
            assert!(
                id.starts_with('Z') && id.len() <= 21 && id.bytes().all(plain),
                "{id}"
            );
        }
        assert_eq!(of_endpoints(made[0]), of_endpoints(made[0]));
    }
}
