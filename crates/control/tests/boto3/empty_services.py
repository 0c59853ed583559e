"""Route 53 and its Resolver, of which there is nothing: every operation that botocore knows has its answer."""

from botocore import xform_name
from botocore.exceptions import ClientError

from accounts import error, step


def sample(shape):
    """A value that botocore takes."""
    if shape.type_name == "structure":
        return {name: sample(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [sample(shape.member)] * max(shape.metadata.get("min", 1), 1)
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * max(shape.metadata.get("min", 1), 1)
    return {"boolean": True, "integer": 1, "long": 1}[shape.type_name]


def answered(client, operation):
    """The code of an error, or the members of the answer without what botocore adds."""
    model = client.meta.service_model.operation_model(operation)
    parameters = sample(model.input_shape) if model.input_shape else {}
    try:
        answer = getattr(client, xform_name(operation))(**parameters)
    except ClientError as failure:
        assert failure.response["ResponseMetadata"]["RequestId"]
        return failure.response["Error"]["Code"]
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def every_operation(client, not_found):
    for operation in client.meta.service_model.operation_names:
        got = answered(client, operation)
        if isinstance(got, dict):
            assert operation.startswith(("List", "Get")), operation
            assert got and all(value in ([], 0, False, "100") for value in got.values()), (operation, got)
        elif got != "UnsupportedOperation":
            assert operation.startswith(("List", "Get", "Test")) and got.startswith(not_found), (operation, got)
        if operation.startswith(("Create", "Delete", "Update", "Associate", "Disassociate", "Change", "Put", "Tag")):
            assert got == "UnsupportedOperation", (operation, got)


def check(account):
    step("Route 53 and its Resolver have nothing")
    zones, resolver = account.client("route53"), account.client("route53resolver")
    every_operation(zones, "NoSuch")
    every_operation(resolver, "ResourceNotFoundException")
    assert zones.list_hosted_zones(MaxItems="7")["MaxItems"] == "7"
    error("InvalidInput", 400, zones.list_hosted_zones, MaxItems="many")
    pages = zones.get_paginator("list_hosted_zones").paginate()
    assert [zone for page in pages for zone in page["HostedZones"]] == []
    by_name = zones.list_hosted_zones_by_name(DNSName="example.com")
    assert (by_name["HostedZones"], by_name["IsTruncated"]) == ([], False)
    by_vpc = zones.list_hosted_zones_by_vpc(VPCId="vpc-0123456789abcdef0", VPCRegion="us-east-1")
    assert by_vpc["HostedZoneSummaries"] == []
    assert zones.get_hosted_zone_count()["HostedZoneCount"] == 0
    message = error("NoSuchHostedZone", 404, zones.list_tags_for_resource, ResourceType="hostedzone", ResourceId="Z1")
    assert message == "No hosted zone found with ID: Z1", message
    error("NoSuchHealthCheck", 404, zones.list_tags_for_resource, ResourceType="healthcheck", ResourceId="1")
    message = error("UnsupportedOperation", 400, zones.create_hosted_zone, Name="example.com", CallerReference="1")
    assert message == "CreateHostedZone is not supported: there are no hosted zones.", message
    assert resolver.list_resolver_query_log_configs()["TotalCount"] == 0
    message = error("ResourceNotFoundException", 400, resolver.get_resolver_endpoint, ResolverEndpointId="rslvr-in-1")
    assert message == "Resolver endpoint with ID 'rslvr-in-1' does not exist", message
    message = error("UnsupportedOperation", 400, resolver.tag_resource, ResourceArn="arn:aws:x", Tags=[])
    assert message == "TagResource is not supported: there are no resolver endpoints and rules.", message
    # Credentials are looked at first, and refused in each protocol's words.
    for options, of_zones, of_resolver in (
            ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch", "InvalidSignatureException"),
            ({"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}, "InvalidClientTokenId", "UnrecognizedClientException"),
            ({"region_name": "eu-west-1"}, None, "InvalidSignatureException")):
        if of_zones:
            error(of_zones, 403, account.client("route53", **options).list_hosted_zones)
        error(of_resolver, 400, account.client("route53resolver", **options).list_resolver_rules)
