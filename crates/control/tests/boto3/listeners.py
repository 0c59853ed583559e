"""Where a listener forwards, its rule, and what else is asked of load balancers."""

from accounts import error, step


def forwarding(service):
    step("a listener forwards as it was told, and shows it")
    elbv2, listener = service.account.elbv2, service.listener

    def shown():
        return elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0]["DefaultActions"]

    def told(*weights, **config):
        groups = [{"TargetGroupArn": service.group, **weight} for weight in weights]
        return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups, **config}}]

    plain = {"Enabled": False}
    assert shown()[0]["ForwardConfig"] == {
        "TargetGroups": [{"TargetGroupArn": service.group, "Weight": 1}], "TargetGroupStickinessConfig": plain}
    stickiness = {"Enabled": False, "DurationSeconds": 60}
    actions = told({"Weight": 7}, TargetGroupStickinessConfig=stickiness)
    changed = elbv2.modify_listener(ListenerArn=listener, DefaultActions=actions)["Listeners"][0]["DefaultActions"]
    assert changed == shown() == [{**actions[0], "TargetGroupArn": service.group}], changed
    for kept in {"Port": 8080}, {"Port": 80}:
        elbv2.modify_listener(ListenerArn=listener, **kept)
        assert shown() == changed
    for code, refused in (
            ("UnsupportedOperation", told({"Weight": 0})), ("ValidationError", told({"Weight": 1000})),
            ("UnsupportedOperation", told({}, TargetGroupStickinessConfig={"Enabled": True, "DurationSeconds": 60}))):
        error(code, 400, elbv2.modify_listener, ListenerArn=listener, DefaultActions=refused)
    other = service.group[:-1] + ("0" if service.group[-1] != "0" else "1")
    both = told({"Weight": 1})
    both[0]["ForwardConfig"]["TargetGroups"].append({"TargetGroupArn": other, "Weight": 1})
    message = error("ValidationError", 400, elbv2.modify_listener, ListenerArn=listener, DefaultActions=both)
    assert message == "A network load balancer's listener forwards to one target group", message
    simple = [{"Type": "forward", "TargetGroupArn": service.group}]
    elbv2.modify_listener(ListenerArn=listener, DefaultActions=simple)
    assert shown()[0]["ForwardConfig"] == {
        "TargetGroups": [{"TargetGroupArn": service.group}], "TargetGroupStickinessConfig": plain}


def rules(service):
    step("a listener has its default rule")
    elbv2, listener = service.account.elbv2, service.listener
    found = elbv2.describe_rules(ListenerArn=listener)["Rules"]
    arn = found[0]["RuleArn"]
    assert arn.startswith(listener.replace(":listener/", ":listener-rule/") + "/"), arn
    actions = elbv2.describe_listeners(ListenerArns=[listener])["Listeners"][0]["DefaultActions"]
    assert found == [{"RuleArn": arn, "Priority": "default", "Conditions": [], "Actions": actions, "IsDefault": True}]
    assert elbv2.describe_rules(RuleArns=[arn])["Rules"] == found
    pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener, PaginationConfig={"PageSize": 1})
    assert [rule for page in pages for rule in page["Rules"]] == found
    error("RuleNotFound", 400, elbv2.describe_rules, RuleArns=[arn, arn[:-16] + "0" * 16])
    error("RuleNotFound", 400, elbv2.describe_rules, RuleArns=[arn.replace("/net/", "/net/other-")])
    error("ValidationError", 400, elbv2.describe_rules, RuleArns=[listener])
    error("ListenerNotFound", 400, elbv2.describe_rules, ListenerArn=listener[:-16] + "0" * 16)
    for wrong in {}, {"ListenerArn": listener, "RuleArns": [arn]}:
        error("ValidationError", 400, elbv2.describe_rules, **wrong)
    error("UnsupportedOperation", 400, elbv2.create_rule, ListenerArn=listener, Priority=1, Conditions=[], Actions=actions)


def load_balancers(service):
    step("kinds of addresses, and quotas")
    elbv2, balancer = service.account.elbv2, service.balancer
    answer = elbv2.set_ip_address_type(LoadBalancerArn=balancer, IpAddressType="ipv4")
    assert answer["IpAddressType"] == "ipv4"
    for other in "dualstack", "dualstack-without-public-ipv4":
        error("UnsupportedOperation", 400, elbv2.set_ip_address_type, LoadBalancerArn=balancer, IpAddressType=other)
    nobodys = balancer[:-16] + "0" * 16
    error("LoadBalancerNotFound", 400, elbv2.set_ip_address_type, LoadBalancerArn=nobodys, IpAddressType="ipv4")
    limits = {it["Name"]: it["Max"] for it in elbv2.describe_account_limits()["Limits"]}
    assert limits == {
        "listeners-per-network-load-balancer": "50", "network-load-balancers": "50", "target-groups": "3000",
        "target-groups-per-action-on-network-load-balancer": "1"}, limits
    pages = elbv2.get_paginator("describe_account_limits").paginate(PaginationConfig={"PageSize": 3})
    assert [len(page["Limits"]) for page in pages] == [3, 1]


def check(service):
    forwarding(service)
    rules(service)
    load_balancers(service)
