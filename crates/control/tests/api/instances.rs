//! Instances and their interfaces, as the clients of AWS start, change and end them.

use crate::world::{Client, EC2, Network, World};

/// The parameters of a launch of one instance into a subnet, and others.
fn launch<'a>(subnet: &'a str, others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut params = vec![
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", subnet),
    ];
    params.extend(others);
    params
}

/// Ends an instance, and reports what an agent would.
async fn terminate(world: &World, client: &Client, instance: &str) {
    client
        .ec2("TerminateInstances", &[("InstanceId.1", instance)])
        .await;
    world
        .report(model::command::InstanceObserved {
            instance: instance.parse().unwrap(),
            observation: model::command::InstanceObservation::Terminated,
        })
        .await;
}

#[tokio::test]
async fn an_instances_tags_may_come_with_tags_of_volumes_and_of_its_new_interface() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let tags = [
        ("TagSpecification.1.ResourceType", "instance"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "web"),
        ("TagSpecification.2.ResourceType", "volume"),
        ("TagSpecification.2.Tag.1.Key", "Name"),
        ("TagSpecification.2.Tag.1.Value", "disk"),
        ("TagSpecification.3.ResourceType", "network-interface"),
        ("TagSpecification.3.Tag.1.Key", "Name"),
        ("TagSpecification.3.Tag.1.Value", "interface"),
    ];
    let run = launch(&network.subnet, &tags);
    let instance = client.ec2("RunInstances", &run).await;
    assert_eq!(instance.texts("value"), ["web"]);
    let all = client.ec2("DescribeTags", &[]).await;
    let mut values = all.texts("value");
    values.sort();
    assert_eq!(values, ["interface", "web"], "there are no volumes");

    let reserved = [
        ("TagSpecification.1.ResourceType", "volume"),
        ("TagSpecification.1.Tag.1.Key", "aws:x"),
    ];
    let other = [
        ("TagSpecification.1.ResourceType", "subnet"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
    ];
    for wrong in [reserved, other] {
        let code = client
            .error(EC2, "RunInstances", &launch(&network.subnet, &wrong))
            .await;
        assert_eq!(code, "InvalidParameterValue", "{wrong:?}");
    }
    let subnet = [("SubnetId", network.subnet.as_str())];
    let interface = client
        .ec2("CreateNetworkInterface", &subnet)
        .await
        .text("networkInterfaceId");
    let existing = [
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.NetworkInterfaceId", interface.as_str()),
        ("TagSpecification.1.ResourceType", "network-interface"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
    ];
    let code = client.error(EC2, "RunInstances", &existing).await;
    assert_eq!(code, "InvalidParameterCombination");
}

#[tokio::test]
async fn an_instance_keeps_its_interface_until_its_end_and_gets_no_other() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let subnet = [("SubnetId", network.subnet.as_str())];
    let create = async || {
        let made = client.ec2("CreateNetworkInterface", &subnet).await;
        made.text("networkInterfaceId")
    };
    let (first, other) = (create().await, create().await);
    let run = [
        ("ImageId", "ami-1"),
        ("InstanceType", "t3.micro"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.NetworkInterfaceId", first.as_str()),
    ];
    let instance = client.ec2("RunInstances", &run).await.text("instanceId");
    let shown = [("NetworkInterfaceId.1", first.as_str())];
    let before = client.ec2("DescribeNetworkInterfaces", &shown).await;
    let attachment = before.text("attachmentId");

    let attach = |interface, index| {
        [
            ("NetworkInterfaceId", interface),
            ("InstanceId", instance.as_str()),
            ("DeviceIndex", index),
        ]
    };
    let unknown = "eni-0123456789abcdef0";
    let attempts = [
        (attach(unknown, "1"), "InvalidNetworkInterfaceID.NotFound"),
        (attach(first.as_str(), "1"), "InvalidNetworkInterface.InUse"),
        (attach(other.as_str(), "0"), "InvalidParameterValue"),
        (attach(other.as_str(), "1"), "AttachmentLimitExceeded"),
    ];
    for (params, code) in attempts {
        let got = client.error(EC2, "AttachNetworkInterface", &params).await;
        assert_eq!(got, code, "{params:?}");
    }
    let detach = [("AttachmentId", attachment.as_str()), ("Force", "true")];
    let refused = client.ask(EC2, "DetachNetworkInterface", &detach).await;
    assert_eq!(refused.text("Code"), "OperationNotPermitted");
    let message = "The network interface at device index 0 cannot be detached.";
    assert_eq!(refused.text("Message"), message);
    let stranger = world.tenant("stranger").await;
    let code = stranger.error(EC2, "DetachNetworkInterface", &detach).await;
    assert_eq!(code, "InvalidAttachmentID.NotFound");

    terminate(&world, &client, &instance).await;
    let code = client.error(EC2, "DetachNetworkInterface", &detach).await;
    assert_eq!(code, "InvalidAttachmentID.NotFound");
    let after = client.ec2("DescribeNetworkInterfaces", &shown).await;
    assert!(after.texts("attachmentId").is_empty(), "{}", after.body);
    assert_eq!(after.text("status"), "available");
    let code = client
        .error(EC2, "AttachNetworkInterface", &attach(&other, "1"))
        .await;
    assert_eq!(code, "IncorrectState");
    client
        .ec2("DeleteNetworkInterface", &[("NetworkInterfaceId", &first)])
        .await;
}

#[tokio::test]
async fn what_a_shutdown_is_to_come_to_reads_as_it_was_given() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let name = "instanceInitiatedShutdownBehavior";
    let given = [("InstanceInitiatedShutdownBehavior", "terminate")];
    let mut instance = String::new();
    for (asked, expected) in [(&given[..], "terminate"), (&[], "stop")] {
        let run = launch(&network.subnet, asked);
        instance = client.ec2("RunInstances", &run).await.text("instanceId");
        let of_it = [("InstanceId", instance.as_str()), ("Attribute", name)];
        let shown = client.ec2("DescribeInstanceAttribute", &of_it).await;
        assert_eq!(shown.text("value"), expected);
    }
    let wrong = launch(
        &network.subnet,
        &[("InstanceInitiatedShutdownBehavior", "sleep")],
    );
    let code = client.error(EC2, "RunInstances", &wrong).await;
    assert_eq!(code, "InvalidParameterValue");

    let world = world.restart().await;
    let client = world.client();
    let id = ("InstanceId", instance.as_str());
    let whole = ("InstanceInitiatedShutdownBehavior.Value", "terminate");
    let by_name = [("Attribute", name), ("Value", "stop")];
    for (change, expected) in [(vec![whole], "terminate"), (by_name.to_vec(), "stop")] {
        let params = [&[id], &change[..]].concat();
        client.ec2("ModifyInstanceAttribute", &params).await;
        let shown = client
            .ec2("DescribeInstanceAttribute", &[id, ("Attribute", name)])
            .await;
        assert_eq!(shown.text("value"), expected);
    }
}

#[tokio::test]
async fn what_is_wanted_of_the_metadata_service_reads_as_it_was_given() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let shown = |answer: &crate::world::Answer| {
        let members = ["httpTokens", "httpPutResponseHopLimit", "httpEndpoint"];
        members.map(|member| answer.texts(member).pop().unwrap_or_default())
    };
    let plain = launch(&network.subnet, &[]);
    let plain = client.ec2("RunInstances", &plain).await;
    assert_eq!(shown(&plain), ["", "", ""]);
    let tokens = ("MetadataOptions.HttpTokens", "required");
    let hops = ("MetadataOptions.HttpPutResponseHopLimit", "2");
    let run = launch(&network.subnet, &[tokens, hops]);
    let made = client.ec2("RunInstances", &run).await;
    assert_eq!(shown(&made), ["required", "2", "enabled"]);
    let id = made.text("instanceId");

    let world = world.restart().await;
    let client = world.client();
    let id = ("InstanceId", id.as_str());
    let params = [
        id,
        ("HttpEndpoint", "disabled"),
        ("InstanceMetadataTags", "enabled"),
    ];
    let changed = client.ec2("ModifyInstanceMetadataOptions", &params).await;
    assert_eq!(shown(&changed), ["required", "2", "disabled"]);
    assert_eq!(changed.text("instanceMetadataTags"), "enabled");
    let described = client
        .ec2("DescribeInstances", &[("InstanceId.1", id.1)])
        .await;
    assert_eq!(shown(&described), shown(&changed));

    for (name, value) in [
        ("http-tokens", "required"),
        ("http-endpoint", "disabled"),
        ("http-put-response-hop-limit", "2"),
        ("instance-metadata-tags", "enabled"),
        ("state", "applied"),
    ] {
        let name = format!("metadata-options.{name}");
        let filter = [
            ("Filter.1.Name", name.as_str()),
            ("Filter.1.Value.1", value),
        ];
        let found = client.ec2("DescribeInstances", &filter).await;
        assert_eq!(found.texts("instanceId"), [id.1], "{name}");
    }
}

#[tokio::test]
async fn options_of_the_metadata_service_change_while_there_is_an_instance() {
    let world = World::start().await;
    let client = world.client();
    let stranger = world.tenant("stranger").await;
    let network = Network::new(&client).await;
    let run = launch(&network.subnet, &[]);
    let instance = client.ec2("RunInstances", &run).await.text("instanceId");
    let id = ("InstanceId", instance.as_str());
    for (wrong, code) in [
        (("HttpTokens", "never"), "InvalidParameterValue"),
        (("HttpPutResponseHopLimit", "0"), "InvalidParameterValue"),
        (("HttpPutResponseHopLimit", "65"), "InvalidParameterValue"),
        (("HttpProtocolIpv6", "enabled"), "UnsupportedOperation"),
    ] {
        let params = [id, wrong];
        let got = client
            .error(EC2, "ModifyInstanceMetadataOptions", &params)
            .await;
        assert_eq!(got, code, "{wrong:?}");
    }
    // Nothing to change is no word of it.
    let unsaid = client.ec2("ModifyInstanceMetadataOptions", &[id]).await;
    assert!(unsaid.texts("httpTokens").is_empty());
    terminate(&world, &client, &instance).await;
    let params = [id, ("HttpTokens", "required")];
    let got = client
        .error(EC2, "ModifyInstanceMetadataOptions", &params)
        .await;
    assert_eq!(got, "IncorrectInstanceState");

    let params = [id, ("HttpEndpoint", "enabled")];
    let got = stranger
        .error(EC2, "ModifyInstanceMetadataOptions", &params)
        .await;
    assert_eq!(got, "InvalidInstanceID.NotFound");
}

/// A request of ModifyInstanceAttribute, beside the instance, and the code of its answer.
type Attempt<'a> = (&'a [(&'a str, &'a str)], &'a str);

const ATTEMPTS: &[Attempt<'_>] = &[
    (&[], "MissingParameter"),
    (&[("Value", "stop")], "MissingParameter"),
    (&[("Attribute", "disableApiStop")], "MissingParameter"),
    (
        &[("DisableApiTermination.Value", "true")],
        "UnsupportedOperation",
    ),
    (
        &[("SourceDestCheck.Value", "false")],
        "UnsupportedOperation",
    ),
    (
        &[("Attribute", "sourceDestCheck"), ("Value", "false")],
        "UnsupportedOperation",
    ),
    (
        &[("Attribute", "kernel"), ("Value", "x")],
        "UnsupportedOperation",
    ),
    (
        &[("InstanceType.Value", "m5.large")],
        "UnsupportedOperation",
    ),
    (&[("UserData.Value", "eA==")], "UnsupportedOperation"),
    (
        &[
            ("Attribute", "instanceInitiatedShutdownBehavior"),
            ("Value", "sleep"),
        ],
        "InvalidParameterValue",
    ),
    (
        &[
            ("SourceDestCheck.Value", "true"),
            ("DisableApiStop.Value", "false"),
        ],
        "InvalidParameterCombination",
    ),
    (
        &[("GroupId.1", "sg-0123456789abcdef0")],
        "InvalidGroup.NotFound",
    ),
];

#[tokio::test]
async fn attributes_of_an_instance_can_be_set_to_what_they_are_and_one_at_a_time() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let run = launch(&network.subnet, &[]);
    let instance = client.ec2("RunInstances", &run).await.text("instanceId");
    let id = [("InstanceId", instance.as_str())];
    for harmless in [
        &[("DisableApiTermination.Value", "false")][..],
        &[("DisableApiStop.Value", "false")],
        &[("EbsOptimized.Value", "false")],
        &[("SourceDestCheck.Value", "true")],
        &[("Attribute", "disableApiTermination"), ("Value", "False")],
    ] {
        client
            .ec2("ModifyInstanceAttribute", &[&id, harmless].concat())
            .await;
    }
    for (change, code) in ATTEMPTS {
        let params = [&id, *change].concat();
        let got = client.error(EC2, "ModifyInstanceAttribute", &params).await;
        assert_eq!(got, *code, "{change:?}");
    }
}

#[tokio::test]
async fn an_instance_changes_its_groups_as_long_as_it_has_an_interface() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let run = launch(&network.subnet, &[]);
    let instance = client.ec2("RunInstances", &run).await.text("instanceId");
    let params = [
        ("VpcId", network.vpc.as_str()),
        ("GroupName", "web"),
        ("GroupDescription", "web"),
    ];
    let group = client
        .ec2("CreateSecurityGroup", &params)
        .await
        .text("groupId");
    let id = ("InstanceId", instance.as_str());
    let regroup = [id, ("GroupId.1", group.as_str())];
    client.ec2("ModifyInstanceAttribute", &regroup).await;
    let shown = client
        .ec2(
            "DescribeInstanceAttribute",
            &[id, ("Attribute", "groupSet")],
        )
        .await;
    assert_eq!(shown.texts("groupId"), [group.as_str()]);

    terminate(&world, &client, &instance).await;
    let code = client.error(EC2, "ModifyInstanceAttribute", &regroup).await;
    assert_eq!(code, "IncorrectInstanceState");
}

#[tokio::test]
async fn every_instance_type_is_the_host_with_one_interface() {
    let world = World::start().await;
    let client = world.client();
    let by_filter = |value| {
        [
            ("Filter.1.Name", "instance-type"),
            ("Filter.1.Value.1", value),
        ]
    };
    let asked = [
        [
            ("InstanceType.1", "t3.micro"),
            ("InstanceType.2", "t3.micro"),
        ],
        by_filter("t3.micro"),
    ];
    for asked in asked {
        let answer = client.ec2("DescribeInstanceTypes", &asked).await;
        assert_eq!(answer.texts("instanceType"), ["t3.micro"], "{asked:?}");
        for element in ["defaultVCpus", "sizeInMiB", "maximumNetworkInterfaces"] {
            let number: u64 = answer.text(element).parse().unwrap();
            assert!(number > 0, "{element}");
        }
        // Terraform takes a type without one of these for one that does not exist.
        for part in [
            "vCpuInfo",
            "memoryInfo",
            "processorInfo",
            "networkInfo",
            "ebsInfo",
            "placementGroupInfo",
        ] {
            assert!(
                answer.body.contains(&format!("<{part}>")),
                "{part}: {}",
                answer.body
            );
        }
    }
    for asked in [&[][..], &by_filter("t3.*"), &by_filter("")] {
        let none = client.ec2("DescribeInstanceTypes", asked).await;
        assert!(none.texts("instanceType").is_empty(), "{asked:?}");
    }
}

#[tokio::test]
async fn instances_are_named_or_listed_in_pages() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let run = launch(&network.subnet, &[]);
    let instance = client.ec2("RunInstances", &run).await.text("instanceId");
    let id = ("InstanceId.1", instance.as_str());
    for action in ["DescribeInstances", "DescribeInstanceStatus"] {
        client.ec2(action, &[id]).await;
        client.ec2(action, &[("MaxResults", "5")]).await;
        let code = client.error(EC2, action, &[id, ("MaxResults", "5")]).await;
        assert_eq!(code, "InvalidParameterCombination", "{action}");
    }
}

#[tokio::test]
async fn detaching_needs_permission_on_the_interface_and_its_instance() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let run = client
        .ec2("RunInstances", &launch(&network.subnet, &[]))
        .await;
    let (instance, interface) = (run.text("instanceId"), run.text("networkInterfaceId"));
    let attachment = run.text("attachmentId");
    let detach = [("AttachmentId", attachment.as_str())];
    let on = |instance: &str| {
        let arn = "arn:aws:ec2:us-east-1:*";
        format!(
            r#"{{"Effect": "Allow", "Action": "ec2:DetachNetworkInterface",
                "Resource": ["{arn}:network-interface/{interface}", "{arn}:instance/{instance}"]}}"#
        )
    };
    let user = client.user("operator", &on(&instance)).await;
    let code = user.error(EC2, "DetachNetworkInterface", &detach).await;
    assert_eq!(code, "OperationNotPermitted");
    let unknown = [("AttachmentId", "eni-attach-0123456789abcdef0")];
    client
        .permit_user("operator", &on("i-0123456789abcdef0"))
        .await;
    for attachment in [&detach, &unknown] {
        let answer = user.ask(EC2, "DetachNetworkInterface", attachment).await;
        assert_eq!(
            answer.text("Code"),
            "UnauthorizedOperation",
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn policies_can_ask_for_session_tokens_of_the_metadata_service() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let only_required = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:instance/*",
         "Condition": {"StringNotEquals": {"ec2:MetadataHttpTokens": "required"}}},
        {"Effect": "Deny", "Action": "ec2:TerminateInstances", "Resource": "*",
         "Condition": {"NumericGreaterThan": {"ec2:MetadataHttpPutResponseHopLimit": "1"}}}"#;
    let alice = client.user("alice", only_required).await;
    let tokens = |value| ("MetadataOptions.HttpTokens", value);
    for (options, status) in [
        (vec![], 403),
        (vec![tokens("optional")], 403),
        (vec![tokens("required")], 200),
    ] {
        let run = launch(&network.subnet, &options);
        let answer = alice.ask(EC2, "RunInstances", &run).await;
        assert_eq!(answer.status, status, "{options:?}: {}", answer.body);
    }
    for (hops, status) in [("1", 200), ("2", 403)] {
        let hops = ("MetadataOptions.HttpPutResponseHopLimit", hops);
        let run = launch(&network.subnet, &[tokens("required"), hops]);
        let made = alice.ec2("RunInstances", &run).await.text("instanceId");
        let which = [("InstanceId.1", made.as_str())];
        let answer = alice.ask(EC2, "TerminateInstances", &which).await;
        assert_eq!(answer.status, status, "{hops:?}: {}", answer.body);
    }
}
