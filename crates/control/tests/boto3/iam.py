"""Users, roles and policies by boto3: who may do what, in two accounts."""

import json

from accounts import SETTINGS, Account, error, step

PROVIDER, CONSUMER = Account(SETTINGS["provider"]), Account(SETTINGS["consumer"])
REGION = SETTINGS["region"]
ANYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def policy(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action, resource="*", **condition):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


class User(Account):
    """A user with an access key, and an inline policy that can be replaced."""

    def __init__(self, account, name, statements=None):
        self.owner, self.name = account, name
        made = account.iam.create_user(UserName=name)["User"]
        assert made["Arn"] == f"arn:aws:iam::{account.id}:user/{name}"
        key = account.iam.create_access_key(UserName=name)["AccessKey"]
        if statements:
            self.may(*statements)
        super().__init__({"id": account.id, "access_key_id": key["AccessKeyId"],
                          "secret_access_key": key["SecretAccessKey"]})

    def may(self, *statements):
        self.owner.iam.put_user_policy(UserName=self.name, PolicyName="own", PolicyDocument=policy(statements))


def session(account, caller, role, **options):
    """The account of a role's session."""
    answer = caller.sts.assume_role(RoleArn=role, RoleSessionName="shift", **options)
    credentials = answer["Credentials"]
    return Account({"id": account.id, "access_key_id": credentials["AccessKeyId"],
                    "secret_access_key": credentials["SecretAccessKey"],
                    "session_token": credentials["SessionToken"]})


def role(account, name, trusts, statements=ANYTHING):
    trust = {"Effect": "Allow", "Principal": {"AWS": trusts}, "Action": "sts:AssumeRole"}
    made = account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy([trust]))["Role"]
    # botocore decodes documents.
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": trusts}
    account.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(statements))
    return made["Arn"]


def narrow_user():
    step("a user may do what it may, and is told what not")
    alice = User(CONSUMER, "alice", [allow(["ec2:Describe*", "ec2:CreateVpc"])])
    identity = alice.sts.get_caller_identity()
    assert identity["Arn"].endswith(":user/alice") and identity["UserId"].startswith("AIDA"), identity
    vpc = alice.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert alice.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    message = error("UnauthorizedOperation", 403, alice.ec2.delete_vpc, VpcId=vpc)
    assert f"ec2:DeleteVpc on resource: arn:aws:ec2:{REGION}:{CONSUMER.id}:vpc/{vpc} because no " in message, message
    error("UnauthorizedOperation", 403, alice.ec2.delete_vpc, VpcId=vpc, DryRun=True)
    error("AccessDenied", 403, alice.elbv2.describe_load_balancers)
    error("AccessDenied", 403, alice.iam.create_user, UserName="mallory")
    deny = {"Sid": "KeepIt", "Effect": "Deny", "Action": "ec2:DeleteVpc", "Resource": "*"}
    alice.may(*ANYTHING, deny)
    message = error("UnauthorizedOperation", 403, alice.ec2.delete_vpc, VpcId=vpc)
    assert message.endswith("with an explicit deny in an identity-based policy: statement KeepIt of own"), message
    alice.may(*ANYTHING)
    error("DryRunOperation", 412, alice.ec2.delete_vpc, VpcId=vpc, DryRun=True)
    alice.ec2.delete_vpc(VpcId=vpc)
    return alice


def conditions(alice):
    step("conditions on the address, on tags and on the region")
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}, "StringEquals": {"aws:RequestedRegion": REGION}}
    alice.may(allow("ec2:DescribeVpcs", **here))
    alice.ec2.describe_vpcs()
    alice.may(allow("ec2:DescribeVpcs", IpAddress={"aws:SourceIp": "192.0.2.0/24"}))
    error("UnauthorizedOperation", 403, alice.ec2.describe_vpcs)
    alice.may(allow("ec2:CreateVpc", StringEquals={"aws:RequestTag/team": "blue"}), allow("ec2:CreateTags"))
    tags = lambda value: [{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": value}]}]  # noqa: E731
    error("UnauthorizedOperation", 403, alice.ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=tags("red"))
    vpc = alice.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("blue"))["Vpc"]["VpcId"]
    alice.may(allow("ec2:DeleteVpc", StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}))
    error("UnauthorizedOperation", 403, alice.ec2.delete_vpc, VpcId=vpc)
    CONSUMER.iam.tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "blue"}])
    alice.ec2.delete_vpc(VpcId=vpc)


class Service:
    """An endpoint service of the provider."""

    def __init__(self):
        ec2, elbv2 = PROVIDER.ec2, PROVIDER.elbv2
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]
        balancer = elbv2.create_load_balancer(
            Name="front", Type="network", Scheme="internal", Subnets=[subnet["SubnetId"]])["LoadBalancers"][0]
        made = ec2.create_vpc_endpoint_service_configuration(
            NetworkLoadBalancerArns=[balancer["LoadBalancerArn"]], AcceptanceRequired=False)["ServiceConfiguration"]
        self.id, self.name = made["ServiceId"], made["ServiceName"]

    def permit(self, principal):
        PROVIDER.ec2.modify_vpc_endpoint_service_permissions(ServiceId=self.id, AddAllowedPrincipals=[principal])


def private_link(alice):
    step("a service that only a role of another account sees, assumed across accounts")
    service = Service()
    vpc = CONSUMER.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = CONSUMER.ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    wish = {"VpcEndpointType": "Interface", "VpcId": vpc, "ServiceName": service.name, "SubnetIds": [subnet]}
    only_this = {"StringEquals": {"ec2:VpceServiceName": service.name, "ec2:VpceServiceOwner": PROVIDER.id}}
    endpoints = allow("ec2:CreateVpcEndpoint", f"arn:aws:ec2:{REGION}:{CONSUMER.id}:vpc-endpoint/*", **only_this)
    parts = allow("ec2:CreateVpcEndpoint", [f"arn:aws:ec2:{REGION}:{CONSUMER.id}:{it}/*" for it in ("vpc", "subnet")])
    connector = role(CONSUMER, "connector", f"arn:aws:iam::{PROVIDER.id}:root", [endpoints, parts])
    service.permit(connector)
    alice.may(*ANYTHING)
    error("InvalidServiceName", 400, alice.ec2.create_vpc_endpoint, **wish)
    error("InvalidServiceName", 400, CONSUMER.ec2.create_vpc_endpoint, **wish)
    # Somebody of the provider's acts in the consumer's account, as both have to want.
    bob = User(PROVIDER, "bob")
    error("AccessDenied", 403, bob.sts.assume_role, RoleArn=connector, RoleSessionName="shift")
    bob.may(allow("sts:AssumeRole", connector))
    acting = session(CONSUMER, bob, connector)
    assert acting.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{CONSUMER.id}:assumed-role/connector/shift"
    endpoint = acting.ec2.create_vpc_endpoint(**wish)["VpcEndpoint"]
    assert endpoint["OwnerId"] == CONSUMER.id
    error("UnauthorizedOperation", 403, acting.ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint["VpcEndpointId"]])
    # A condition on another service lets nothing through, whatever the service admits.
    other = {**endpoints, "Condition": {"StringEquals": {"ec2:VpceServiceName": "com.example"}}}
    CONSUMER.iam.put_role_policy(RoleName="connector", PolicyName="own", PolicyDocument=policy([other, parts]))
    error("UnauthorizedOperation", 403, acting.ec2.create_vpc_endpoint, **wish)
    return endpoint["VpcEndpointId"]


def empty_services(alice):
    step("Route 53 and its Resolver are read by those who may")
    zones, resolver = alice.client("route53"), alice.client("route53resolver")
    alice.may(allow("ec2:*"))
    message = error("AccessDenied", 403, zones.list_hosted_zones)
    assert "route53:ListHostedZones because no identity-based policy allows" in message, message
    message = error("AccessDeniedException", 400, resolver.list_resolver_rules)
    assert "route53resolver:ListResolverRules because no " in message, message
    alice.may(allow("route53:GetHostedZone", "arn:aws:route53:::hostedzone/Z1"), allow("route53resolver:List*"),
              allow("route53resolver:Get*", f"arn:aws:route53resolver:{REGION}:{CONSUMER.id}:resolver-rule/rslvr-rr-1"))
    error("NoSuchHostedZone", 404, zones.get_hosted_zone, Id="Z1")
    error("AccessDenied", 403, zones.get_hosted_zone, Id="Z2")
    assert resolver.list_resolver_rules()["ResolverRules"] == []
    error("ResourceNotFoundException", 400, resolver.get_resolver_rule, ResolverRuleId="rslvr-rr-1")
    error("AccessDeniedException", 400, resolver.get_resolver_rule, ResolverRuleId="rslvr-rr-2")
    alice.may(*ANYTHING)


def sessions(alice):
    step("sessions: limits, and their ends")
    auditor = role(CONSUMER, "auditor", CONSUMER.id)
    limited = session(CONSUMER, alice, auditor, Policy=policy([allow("ec2:DescribeVpcs")]), DurationSeconds=900)
    limited.ec2.describe_vpcs()
    message = error("UnauthorizedOperation", 403, limited.ec2.describe_subnets)
    assert "because no session policy allows" in message, message
    error("ValidationError", 400, alice.sts.assume_role, RoleArn=auditor, RoleSessionName="x1", DurationSeconds=7200)
    own = alice.sts.get_session_token()["Credentials"]
    assert own["AccessKeyId"].startswith("ASIA")
    tampered = {**alice.keys, "aws_session_token": own["SessionToken"]}
    error("InvalidClientTokenId", 403, alice.client("sts", **tampered).get_caller_identity)
    CONSUMER.iam.delete_role_policy(RoleName="auditor", PolicyName="own")
    CONSUMER.iam.delete_role(RoleName="auditor")
    error("AuthFailure", 401, limited.ec2.describe_vpcs)


def managed_policies(alice):
    step("managed policies, their versions and whom they are attached to")
    iam = CONSUMER.iam
    made = iam.create_policy(PolicyName="list", PolicyDocument=policy([allow("ec2:DescribeVpcs")]),
                             Tags=[{"Key": "k", "Value": ""}])["Policy"]
    arn = made["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == [{"Key": "k", "Value": ""}]
    alice.owner.iam.delete_user_policy(UserName="alice", PolicyName="own")
    error("UnauthorizedOperation", 403, alice.ec2.describe_vpcs)
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    alice.ec2.describe_vpcs()
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy([allow("s3:*")]), SetAsDefault=True)
    error("LimitExceeded", 409, iam.create_policy_version, PolicyArn=arn, PolicyDocument=policy(ANYTHING))
    error("UnauthorizedOperation", 403, alice.ec2.describe_vpcs)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [it["VersionId"] for it in versions if it["IsDefaultVersion"]] == ["v5"], versions
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "ec2:DescribeVpcs"
    assert [it["UserName"] for it in iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]] == ["alice"]
    pages = iam.get_paginator("list_policies").paginate(Scope="Local", PaginationConfig={"PageSize": 1})
    assert [it["PolicyName"] for page in pages for it in page["Policies"]] == ["list"]
    error("MalformedPolicyDocument", 400, iam.create_policy, PolicyName="bad", PolicyDocument="{}")
    error("NoSuchEntity", 404, PROVIDER.iam.get_policy, PolicyArn=arn)
    error("DeleteConflict", 409, iam.delete_policy, PolicyArn=arn)
    iam.detach_user_policy(UserName="alice", PolicyArn=arn)
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    iam.attach_user_policy(UserName="alice", PolicyArn=administrator)
    alice.ec2.describe_vpcs()
    iam.detach_user_policy(UserName="alice", PolicyArn=administrator)
    error("AccessDenied", 403, iam.delete_policy, PolicyArn=administrator)
    for version in versions:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def deletion(account, names):
    step("users are deleted as Terraform does it")
    iam = account.iam
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
    assert [user["UserName"] for page in pages for user in page["Users"]] == names
    for name in names:
        error("DeleteConflict", 409, iam.delete_user, UserName=name)
        assert iam.list_groups_for_user(UserName=name)["Groups"] == []
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        assert iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"] == []
        assert iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"] == []
        assert iam.list_mfa_devices(UserName=name)["MFADevices"] == []
        assert iam.list_signing_certificates(UserName=name)["Certificates"] == []
        assert iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"] == []
        error("NoSuchEntity", 404, iam.delete_login_profile, UserName=name)
        for policy_name in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy_name)
        assert iam.list_attached_user_policies(UserName=name)["AttachedPolicies"] == []
        iam.delete_user(UserName=name)
        error("NoSuchEntity", 404, iam.get_user, UserName=name)
    assert iam.list_account_aliases()["AccountAliases"] == []
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{account.id}:root"


def absent(alice):
    step("what nobody has is not found, for whoever may look")
    iam, nothing = CONSUMER.iam, "NoSuchEntity"
    role(CONSUMER, "runner", CONSUMER.id)
    assert iam.list_instance_profiles_for_role(RoleName="runner")["InstanceProfiles"] == []
    message = error(nothing, 404, iam.get_instance_profile, InstanceProfileName="runner")
    assert message == "Instance Profile runner cannot be found.", message
    error(nothing, 404, iam.list_instance_profile_tags, InstanceProfileName="runner")
    error("UnsupportedOperation", 400, iam.create_instance_profile, InstanceProfileName="runner")
    assert iam.list_instance_profiles()["InstanceProfiles"] == iam.list_groups()["Groups"] == []
    message = error(nothing, 404, iam.get_group, GroupName="team")
    assert message == "The group with name team cannot be found.", message
    error(nothing, 404, iam.get_group_policy, GroupName="team", PolicyName="own")
    for listing in iam.list_group_policies, iam.list_attached_group_policies:
        error(nothing, 404, listing, GroupName="team")
    error(nothing, 404, iam.get_server_certificate, ServerCertificateName="web")
    provider = f"arn:aws:iam::{CONSUMER.id}:oidc-provider/example.com"
    error(nothing, 404, iam.get_open_id_connect_provider, OpenIDConnectProviderArn=provider)
    error(nothing, 404, iam.get_saml_provider, SAMLProviderArn=f"arn:aws:iam::{CONSUMER.id}:saml-provider/web")
    alice.may(allow("iam:GetGroup", f"arn:aws:iam::{CONSUMER.id}:group/team"))
    error(nothing, 404, alice.iam.get_group, GroupName="team")
    error("AccessDenied", 403, alice.iam.get_group, GroupName="other")
    iam.delete_role_policy(RoleName="runner", PolicyName="own")
    iam.delete_role(RoleName="runner")


def main():
    alice = narrow_user()
    conditions(alice)
    private_link(alice)
    empty_services(alice)
    sessions(alice)
    absent(alice)
    managed_policies(alice)
    deletion(CONSUMER, ["alice"])
    deletion(PROVIDER, ["bob"])
    step("done")


main()
