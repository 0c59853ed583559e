//! The shared parameters, and declarations as data.

use model::tag::Tags;

use super::*;
use crate::filter::Filter;
use crate::service::{Dialect, Service};

#[test]
fn filters_and_pages_are_read() {
    let describe =
        |form: &str| decode::<DescribeThings>(&format!("VpcId.1=vpc-0123456789abcdef0&{form}"));
    let request = describe(
        "Filter.1.Name=tag:Name&Filter.1.Value.1=&Filter.1.Value.2=a*&Filter.2.Name=state&MaxResults=5&NextToken=n",
    )
    .unwrap();
    let filter = |name: &str, values: &[&str]| Filter {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    assert_eq!(
        request.filters.0,
        [filter("tag:Name", &["", "a*"]), filter("state", &[])]
    );
    assert_eq!((request.page.limit(), request.page.token()), (5, Some("n")));
    assert_eq!(describe("MaxResults=70000").unwrap().page.limit(), 100);
    let unlimited = describe("").unwrap().page;
    assert_eq!((unlimited.limit(), unlimited.is_limited()), (100, false));
    check_error(
        describe("MaxResults=4"),
        "InvalidParameterValue",
        "Value (4) for parameter maxResults is invalid. Expecting a value greater than or equal to 5.",
    );
    check_error(
        describe("Filter.1.Value.1=x"),
        "InvalidParameterValue",
        "The filter 'null' is invalid",
    );
    let values: String = (1..=201)
        .map(|n| format!("&Filter.1.Value.{n}=x"))
        .collect();
    check_error(
        describe(&format!("Filter.1.Name=state{values}")),
        "FilterLimitExceeded",
        "The request uses too many filters or too many filter values.",
    );
}

#[test]
fn tags_belong_to_the_types_that_the_action_creates() {
    let tags = |form: &str| create(form).unwrap().tags;
    let spec = "TagSpecification.1.ResourceType=thing&TagSpecification.1.Tag.1.Key";
    let [thing, rule] = tags(&format!("{spec}=k"))
        .tags_for(["thing", "rule"])
        .unwrap();
    assert_eq!((thing.get("k"), rule), (Some(""), Tags::new()));
    check_error(
        tags(&format!("{spec}=k")).tags_for(["other"]),
        "InvalidParameterValue",
        "'thing' is not a valid taggable resource type for this operation.",
    );
    let twice =
        format!("{spec}=k&TagSpecification.2.ResourceType=thing&TagSpecification.2.Tag.1.Key=k");
    let message = "Duplicate tag key 'k' specified.";
    check_error(
        tags(&twice).tags_for(["thing"]),
        "InvalidParameterValue",
        message,
    );
    let tag = |key: &str| Tag {
        key: key.to_owned(),
        value: None,
    };
    check_error(
        Tag::collect(Dialect::Query, &[tag("k"), tag("k")]),
        "DuplicateTagKeys",
        "Duplicate tag key 'k' specified.",
    );
}

#[test]
fn parameters_without_effect_are_told_by_their_names() {
    let without_effect = |form: &str| {
        let form = format!("Action=CreateThing&Version=2016-11-15&{form}");
        let call = Call::parse(Service::Ec2, "", form.as_bytes()).unwrap();
        call.without_effect(&CreateThing::ACTION.params)
    };
    assert_eq!(
        without_effect("Tenancy=default&Count=1&Unknown=1"),
        ["Tenancy"]
    );
    assert!(without_effect("Tenancy=&Count=1").is_empty());
}

#[test]
fn a_declaration_is_also_data() {
    let spec = CreateThing::ACTION;
    assert_eq!((spec.service, spec.name), (Service::Ec2, "CreateThing"));
    assert_eq!(spec.docs, "Creates a thing. At length.");
    let names: Vec<_> = spec.params.iter().map(|param| param.wire_name).collect();
    assert_eq!(
        names,
        [
            "VpcId",
            "VpcEndpointType",
            "SubnetId",
            "IpPermissions",
            "PrivateDnsEnabled",
            "Count",
            "PrivateDnsName",
            "Address",
            "UserData",
            "Tenancy",
            "EbsOptimized",
            "IpAddressType",
            "DnsOptions",
            "DryRun",
            "ClientToken",
            "TagSpecification",
        ]
    );
    let param = |name: &str| spec.params.member(name).unwrap();
    assert!(param("VpcId").is_required() && !param("Count").is_required());
    assert_eq!(param("Count").docs, "A number.");
    assert_eq!(param("Count").source, "EC2 API reference, CreateThing");
    assert_eq!(param("Count").bounds, Bounds::range(1, 10));
    assert_eq!(param("Tenancy").status, Status::AcceptedWithoutEffect);
    assert_eq!(
        param("IpAddressType").status,
        Status::Refused { except: &["ipv4"] }
    );
    assert_eq!(param("SubnetId").presence, Presence::List);
    assert!(matches!(param("SubnetId").kind, Kind::Id("subnet-")));
    assert!(matches!(
        param("VpcEndpointType").kind,
        Kind::Enumeration(["Interface", "Gateway"])
    ));
    let Kind::Structure(rule) = param("IpPermissions").kind else {
        panic!("not a structure")
    };
    assert_eq!(rule.iter().count(), 3);
    let ids = DescribeThings::ACTION.params;
    assert!(ids.member("VpcId").unwrap().is_required());
}
