//! Rules of security groups that change in place.

use crate::world::{Client, EC2, Network, World};

const HTTP: [(&str, &str); 4] = [
    ("IpPermissions.1.IpProtocol", "tcp"),
    ("IpPermissions.1.FromPort", "80"),
    ("IpPermissions.1.ToPort", "80"),
    ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"),
];

/// A group with one rule for HTTP: the ids of both.
async fn group_with_rule(client: &Client) -> (String, String) {
    let network = Network::new(client).await;
    let create = [
        ("GroupName", "web"),
        ("GroupDescription", "web"),
        ("VpcId", &*network.vpc),
    ];
    let group = client
        .ec2("CreateSecurityGroup", &create)
        .await
        .text("groupId");
    let mut rule = vec![("GroupId", &*group)];
    rule.extend(HTTP);
    let authorized = client.ec2("AuthorizeSecurityGroupIngress", &rule).await;
    let rule = authorized.text("securityGroupRuleId");
    (group, rule)
}

async fn shown(client: &Client, rule: &str) -> [String; 3] {
    let shown = client
        .ec2(
            "DescribeSecurityGroupRules",
            &[("SecurityGroupRuleId.1", rule)],
        )
        .await;
    ["fromPort", "cidrIpv4", "description"].map(|name| {
        match shown.body.contains(&format!("<{name}>")) {
            true => shown.text(name),
            false => String::new(),
        }
    })
}

#[tokio::test]
async fn a_rule_says_what_it_was_modified_to() {
    let world = World::start().await;
    let client = world.client();
    let (group, rule) = group_with_rule(&client).await;
    let modify = |name: &'static str, value: &'static str| {
        let mut params = vec![
            ("GroupId", group.clone()),
            ("SecurityGroupRule.1.SecurityGroupRuleId", rule.clone()),
            (
                "SecurityGroupRule.1.SecurityGroupRule.IpProtocol",
                "tcp".to_owned(),
            ),
            (
                "SecurityGroupRule.1.SecurityGroupRule.FromPort",
                "443".to_owned(),
            ),
            (
                "SecurityGroupRule.1.SecurityGroupRule.ToPort",
                "443".to_owned(),
            ),
        ];
        params.push((name, value.to_owned()));
        params
    };
    let call = async |params: Vec<(&'static str, String)>| {
        let params: Vec<(&str, &str)> = params
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        client.ec2("ModifySecurityGroupRules", &params).await
    };
    call(modify(
        "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4",
        "192.0.2.7/24",
    ))
    .await;
    assert_eq!(shown(&client, &rule).await, ["443", "192.0.2.0/24", ""]);
}

#[tokio::test]
async fn rules_are_described_anew_by_id_and_by_what_they_say() {
    let world = World::start().await;
    let client = world.client();
    let (group, rule) = group_with_rule(&client).await;
    let by_id = [
        ("GroupId", &*group),
        ("SecurityGroupRuleDescription.1.SecurityGroupRuleId", &*rule),
        ("SecurityGroupRuleDescription.1.Description", "by id"),
    ];
    client
        .ec2("UpdateSecurityGroupRuleDescriptionsIngress", &by_id)
        .await;
    assert_eq!(shown(&client, &rule).await[2], "by id");

    let mut by_content = vec![("GroupId", &*group)];
    by_content.extend(HTTP);
    by_content.push(("IpPermissions.1.IpRanges.1.Description", "by content"));
    client
        .ec2("UpdateSecurityGroupRuleDescriptionsIngress", &by_content)
        .await;
    assert_eq!(
        shown(&client, &rule).await,
        ["80", "10.0.0.0/8", "by content"]
    );
    let egress = client
        .error(
            EC2,
            "UpdateSecurityGroupRuleDescriptionsEgress",
            &by_content,
        )
        .await;
    assert_eq!(egress, "InvalidPermission.NotFound");
}
