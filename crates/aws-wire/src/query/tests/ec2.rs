//! Decoding in EC2's dialect, and its errors.

use super::*;

#[test]
fn an_ec2_request_is_decoded() {
    let range = |cidr: &str, description: Option<&str>| Range {
        cidr: cidr.parse().unwrap(),
        description: description.map(str::to_owned),
    };
    let expected = CreateThing {
        vpc_id: "vpc-0123456789abcdef0".parse().unwrap(),
        kind: Some(EndpointType::Interface),
        subnet_ids: vec![SubnetId::from_bits(1), SubnetId::from_bits(2)],
        rules: vec![Rule {
            from_port: Some(80),
            ranges: vec![range("10.0.0.0/8", None), range("0.0.0.0/0", Some("all"))],
        }],
        private_dns: Some(true),
        count: Some(10),
        private_dns_name: Some(OrEmpty::Empty),
        address: Some(Ipv4Addr::new(10, 0, 0, 5)),
        user_data: Some(Blob(b"hi".to_vec())),
        dry_run: DryRun(true),
        client_token: ClientToken(Some("t-1".to_owned())),
        tags: TagSpecifications(vec![TagSpecification {
            resource_type: "thing".to_owned(),
            tags: vec![Tag {
                key: "k".to_owned(),
                value: Some("v".to_owned()),
            }],
        }]),
    };
    let request = create(
        "VpcEndpointType=Interface&SubnetId.1=subnet-00000000000000001&SubnetId.7=subnet-00000000000000002\
         &SubnetId.3=&IpPermissions.1.FromPort=80&IpPermissions.1.IpRanges.2.CidrIp=10.0.0.0%2F8\
         &IpPermissions.1.IpRanges.10.CidrIp=0.0.0.0/0&IpPermissions.1.IpRanges.10.Description=all\
         &PrivateDnsEnabled=TRUE&Count=10&PrivateDnsName=&Address=10.0.0.5&UserData=aGk%3D\
         &DryRun=true&ClientToken=t-1&Tenancy=default&IpAddressType=IPv4&DnsOptions.CidrIp=\
         &TagSpecification.1.ResourceType=thing&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v",
    );
    assert_eq!(request.unwrap(), expected);
}

#[test]
fn absent_and_empty_parameters_are_the_same_but_for_those_that_clear() {
    let absent = create("").unwrap();
    let empty = create(
        "VpcEndpointType=&SubnetId=&SubnetId.1=&IpPermissions=&PrivateDnsEnabled=&Count=&Address=&UserData=\
         &DryRun=&ClientToken=&Tenancy=&IpAddressType=&DnsOptions=&TagSpecification=",
    )
    .unwrap();
    assert_eq!(absent, empty);
    assert_eq!(absent.private_dns_name, None);
    assert_eq!(
        create("PrivateDnsName=").unwrap().private_dns_name,
        Some(OrEmpty::Empty)
    );
    let named = Some(OrEmpty::Value("a.example".to_owned()));
    assert_eq!(
        create("PrivateDnsName=a.example").unwrap().private_dns_name,
        named
    );
}

#[test]
fn unknown_parameters_are_named_with_their_path() {
    for (form, name) in [
        ("Foo=1", "Foo"),
        ("Foo=", "Foo"),
        ("Foo.1.Bar=1", "Foo.1.Bar"),
        ("vpcId=vpc-1", "vpcId"),
        ("VpcId.1=vpc-1", "VpcId.1"),
        ("SubnetId=subnet-1", "SubnetId"),
        ("SubnetId.x=1", "SubnetId.x"),
        ("SubnetId.0=1", "SubnetId.0"),
        ("SubnetId.01=1", "SubnetId.01"),
        ("SubnetId.+1=1", "SubnetId. 1"),
        ("SubnetId.4294967296=1", "SubnetId.4294967296"),
        ("SubnetId.member.1=1", "SubnetId.member.1"),
        ("SubnetId.1.Id=1", "SubnetId.1.Id"),
        ("IpPermissions.1=1", "IpPermissions.1"),
        ("IpPermissions.1.Foo=1", "IpPermissions.1.Foo"),
        (
            "IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8&IpPermissions.1.IpRanges.1.Foo.1.Bar=1",
            "IpPermissions.1.IpRanges.1.Foo.1.Bar",
        ),
        ("Tenancy.x=1", "Tenancy.x"),
    ] {
        let message = format!("The parameter {name} is not recognized");
        check_error(create(form), "UnknownParameter", &message);
    }
}

#[track_caller]
fn check_invalid(form: &str, name: &str, value: &str, sentence: &str) {
    let message = format!("Value ({value}) for parameter {name} is invalid. {sentence}");
    check_error(create(form), "InvalidParameterValue", &message);
}

#[test]
fn ec2_values_of_the_wrong_form_are_refused() {
    for text in ["x", "%2B1", "1.0", "0x1", "-", "99999999999999999999"] {
        let shown = text.replace("%2B", "+");
        check_invalid(
            &format!("Count={text}"),
            "count",
            &shown,
            "Expecting an integer.",
        );
    }
    let kinds = "Valid values: Interface, Gateway.";
    let ascii = "Expecting printable ASCII characters.";
    let block = "This is not a valid CIDR block.";
    for (form, name, value, sentence) in [
        (
            "PrivateDnsEnabled=yes",
            "privateDnsEnabled",
            "yes",
            "Expecting true or false.",
        ),
        (
            "EbsOptimized=maybe",
            "ebsOptimized",
            "maybe",
            "Expecting true or false.",
        ),
        (
            "VpcEndpointType=interface",
            "vpcEndpointType",
            "interface",
            kinds,
        ),
        (
            "Address=10.0.0.256",
            "address",
            "10.0.0.256",
            "This is not a valid IPv4 address.",
        ),
        ("UserData=%2A", "userData", "*", "Expecting base64."),
        ("ClientToken=%C3%A9", "clientToken", "é", ascii),
        (
            "IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0",
            "ipPermissions.1.ipRanges.1.cidrIp",
            "10.0.0.0",
            block,
        ),
    ] {
        check_invalid(form, name, value, sentence);
    }
    assert!(create("UserData=MDEyMzQ1%0AN jg5YWJjZGVm%0A").is_ok());
}

#[test]
fn ec2_values_out_of_bounds_are_refused() {
    let four: String = (1..5)
        .map(|n| format!("SubnetId.{n}=subnet-0000000000000000{n}&"))
        .collect();
    let at_most_port = "Expecting a value less than or equal to 65535.";
    for (form, name, value, sentence) in [
        (
            "Count=0",
            "count",
            "0",
            "Expecting a value greater than or equal to 1.",
        ),
        (
            "Count=11",
            "count",
            "11",
            "Expecting a value less than or equal to 10.",
        ),
        (
            "IpPermissions.1.FromPort=65536",
            "ipPermissions.1.fromPort",
            "65536",
            at_most_port,
        ),
        (
            "IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8&IpPermissions.1.IpRanges.1.Description=123456789",
            "ipPermissions.1.ipRanges.1.description",
            "123456789",
            "Expecting at most 8 characters.",
        ),
        (
            "UserData=MDEyMzQ1Njc4OWFiY2RlZjA%3D",
            "userData",
            "MDEyMzQ1Njc4OWFiY2RlZjA=",
            "Expecting at most 16 characters.",
        ),
        (&four, "subnetId", "4 items", "Specify at most 3 items."),
    ] {
        check_invalid(form, name, value, sentence);
    }
}

#[test]
fn missing_parameters_have_each_dialects_error() {
    let missing = |name: &str| format!("The request must contain the parameter {name}");
    check_error(
        decode::<CreateThing>(""),
        "MissingParameter",
        &missing("VpcId"),
    );
    check_error(
        decode::<CreateThing>("VpcId="),
        "MissingParameter",
        &missing("VpcId"),
    );
    check_error(
        decode::<DescribeThings>("VpcId.1="),
        "MissingParameter",
        &missing("VpcId"),
    );
    check_error(
        create("IpPermissions.1.IpRanges.3.Description=x"),
        "MissingParameter",
        &missing("IpPermissions.1.IpRanges.3.CidrIp"),
    );
    let null = |name: &str| {
        format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        )
    };
    check_error(
        decode::<RegisterTargets>(""),
        "ValidationError",
        &null("targetGroupArn"),
    );
    check_error(register("Targets="), "ValidationError", &null("targets"));
    check_error(
        register("Targets.member.2.Port=80"),
        "ValidationError",
        &null("targets.2.member.id"),
    );
}

#[test]
fn malformed_ids_have_the_code_of_their_kind() {
    check_error(
        decode::<CreateThing>("VpcId=vpc-1"),
        "InvalidVpcID.Malformed",
        "Invalid id: \"vpc-1\" (expecting \"vpc-...\")",
    );
    check_error(
        create("SubnetId.1=vpc-0123456789abcdef0"),
        "InvalidSubnetID.Malformed",
        "Invalid id: \"vpc-0123456789abcdef0\" (expecting \"subnet-...\")",
    );
    let target = "Targets.member.1.Id=i-1";
    check_error(
        register(&format!("{target}&Subnet=subnet-x")),
        "InvalidSubnet",
        "The ID 'subnet-x' is not valid",
    );
    let of_group = |arn: &str| decode::<RegisterTargets>(&format!("TargetGroupArn={arn}&{target}"));
    for arn in [
        "x",
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/web/0123456789abcdef",
    ] {
        let message = format!("'{arn}' is not a valid target group ARN");
        check_error(of_group(arn), "ValidationError", &message);
    }
}

#[test]
fn refused_parameters_are_refused_unless_harmless() {
    let refused = |form: &str, name: &str, why: &str| {
        let message = format!("The parameter {name} is not supported. {why}");
        check_error(create(form), "UnsupportedOperation", &message);
    };
    check_error(
        create("IpAddressType=dualstack"),
        "UnsupportedOperation",
        "The parameter IpAddressType is not supported with this value. Only IPv4 is carried.",
    );
    refused("DnsOptions.Anything.1=x", "DnsOptions", "There are none.");
    refused(
        "DnsOptions.CidrIp=&DnsOptions.Description=x",
        "DnsOptions",
        "There are none.",
    );
    refused(
        "IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A/0",
        "IpPermissions.1.Ipv6Ranges",
        "IPv6 is not carried.",
    );
    assert!(create("IpAddressType=ipv4").is_ok());
    assert!(create("IpAddressType=").is_ok());
}
