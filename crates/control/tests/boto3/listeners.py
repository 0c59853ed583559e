"""Where a listener forwards."""

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


def check(service):
    forwarding(service)
