"""Compares the declared parameters of every action with botocore's model of it.

What botocore can send must be declared: as implemented, as accepted, or as refused. What is declared must exist.
"""

import json
import pathlib
import re
import sys

import botocore
import botocore.session

SERVICES = {"ec2": "ec2", "elasticloadbalancing": "elbv2", "iam": "iam", "sts": "sts", "sns": "sns"}
# Members that are declared beyond botocore's model, on purpose.
EXTRA = {
    # Every action of EC2 takes it, also where the model forgets it.
    ("ec2", "DescribeHosts", "DryRun"),
    ("ec2", "DescribeIamInstanceProfileAssociations", "DryRun"),
    ("ec2", "ModifySubnetAttribute", "DryRun"),
    ("ec2", "ModifyVpcAttribute", "DryRun"),
    # Of later releases of botocore.
    ("ec2", "AcceptVpcEndpointConnections", "TransitGatewayAttachmentId"),
    ("ec2", "ModifyVpcEndpointServicePermissions", "PermissionType"),
    ("ec2", "RejectVpcEndpointConnections", "TransitGatewayAttachmentId"),
}
REQUIREMENTS = pathlib.Path(__file__).parents[4] / "tests" / "requirements.txt"


def wire_name(service, name, shape):
    if service == "ec2":
        name = shape.serialization.get("queryName") or shape.serialization.get("name", name)
        return name[0].upper() + name[1:]
    return shape.serialization.get("name", name)


def compare(service, action, declared, shape, path, problems):
    modelled = {}
    for name, member in (shape.members if shape is not None else {}).items():
        modelled[wire_name(service, name, member)] = (name, member)
    for name in modelled.keys() - declared.keys():
        problems.append(("missing", service, action, ".".join([*path, name])))
    for name in declared.keys() - modelled.keys():
        if (service, action, ".".join([*path, name])) not in EXTRA:
            problems.append(("unknown", service, action, ".".join([*path, name])))
    for name in modelled.keys() & declared.keys():
        member, spec = modelled[name][1], declared[name]
        here = ".".join([*path, name])
        inner = member.member if member.type_name == "list" else member
        if spec["refused"]:
            continue
        if (member.type_name == "map") != spec["map"]:
            problems.append(("map or not", service, action, here))
            continue
        if spec["map"]:
            compare_map(service, action, spec["members"], member, [*path, name], problems)
            continue
        if (member.type_name == "list") != spec["list"]:
            problems.append(("list or not", service, action, here))
        elif (inner.type_name == "structure") != (spec["members"] is not None):
            problems.append(("structure or not", service, action, here))
        elif inner.type_name == "structure":
            compare(service, action, spec["members"], inner, [*path, name], problems)
        if modelled[name][0] in (shape.required_members or []) and not spec["required"]:
            problems.append(("not required", service, action, here))


def compare_map(service, action, declared, shape, path, problems):
    """An entry is declared as a structure of key and value."""
    key, value = (part.serialization.get("name", word) for part, word in ((shape.key, "key"), (shape.value, "value")))
    if declared.keys() != {key, value}:
        problems.append(("entry of a map", service, action, ".".join(path)))
    elif shape.value.type_name == "structure":
        compare(service, action, declared[value]["members"], shape.value, [*path, value], problems)


def main():
    actions = json.load(sys.stdin)
    session = botocore.session.get_session()
    models = {service: session.get_service_model(name) for service, name in SERVICES.items()}
    problems = []
    for action in actions:
        model = models[action["service"]].operation_model(action["name"])
        compare(action["service"], action["name"], action["params"], model.input_shape, [], problems)
    pinned = re.search(r"^boto3==(.*)$", REQUIREMENTS.read_text(), re.M).group(1)
    if botocore.__version__ != pinned:
        # Another release may know parameters that this one does not, and the other way round.
        print(f"botocore {botocore.__version__} instead of {pinned}: only what is malformed counts")
        problems = [problem for problem in problems if problem[0] not in ("missing", "unknown")]
    for problem in sorted(problems):
        print(*problem, file=sys.stderr)
    print(f"{len(actions)} actions compared with botocore {botocore.__version__}")
    sys.exit(1 if problems else 0)


main()
