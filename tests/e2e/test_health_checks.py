"""HTTP health checks: a target is what its own answers say."""

import json
import textwrap

from adit import wait_for
from world import CIDR, private_link

# Answers /health on port 8080 with the status that /tmp/status holds and notes who asked; and pages on port 80.
SERVER = textwrap.dedent("""\
    #!/usr/bin/env python3
    import http.server, json, threading
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with open("/tmp/status") as file: status = int(file.read())
            with open("/tmp/asked", "w") as file:
                json.dump([self.client_address[0], self.requestline, dict(self.headers)], file)
            self.send_response(status if self.path == "/health" else 404)
            self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
        def log_message(self, *args): pass
    class Plain(Page):
        def do_GET(self):
            self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    with open("/tmp/status", "w") as file: file.write("200")
    health = http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Page)
    threading.Thread(target=health.serve_forever).start()
    http.server.ThreadingHTTPServer(("0.0.0.0", 80), Plain).serve_forever()
    """)


def reasons(service):
    reply = service.elbv2.describe_target_health(TargetGroupArn=service.target_group)
    return [row["TargetHealth"] for row in reply["TargetHealthDescriptions"]]


def answer(server, status):
    server.run("python3", "-c", f"open('/tmp/status', 'w').write('{status}')")


def test_a_target_is_unhealthy_while_its_health_page_says_so(adit):
    client, service, endpoint = private_link(adit, user_data=SERVER)
    service.network.allow(service.group, "tcp", 8080, CIDR)
    server = service.servers[0]
    answer(server, 500)
    changed = service.elbv2.modify_target_group(
        TargetGroupArn=service.target_group, HealthCheckProtocol="HTTP", HealthCheckPort="8080", HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2, HealthyThresholdCount=2)["TargetGroups"][0]
    assert changed["Matcher"] == {"HttpCode": "200-399"}
    mismatch = {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch",
                "Description": "Health checks failed with these codes: [500]"}
    wait_for("the answer 500 is a mismatch", lambda: reasons(service) == [mismatch], 40)

    answer(server, 200)
    wait_for("the answer 200 is healthy", lambda: reasons(service) == [{"State": "healthy"}], 40)
    asked = server.run("python3", "-c", "print(open('/tmp/asked').read())").stdout
    [node] = service.node_addresses()
    headers = {"Host": f"{node}:80", "User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"}
    assert json.loads(asked) == [node, "GET /health HTTP/1.1", headers]
    assert client.fetch(endpoint.address) == "ok"

    # Another page and another matcher are asked at once.
    service.elbv2.modify_target_group(TargetGroupArn=service.target_group, HealthCheckPath="/missing")
    mismatch["Description"] = "Health checks failed with these codes: [404]"
    wait_for("the page is missing", lambda: reasons(service) == [mismatch], 40)
    service.elbv2.modify_target_group(TargetGroupArn=service.target_group, Matcher={"HttpCode": "200,404"})
    wait_for("that is what is expected", lambda: reasons(service) == [{"State": "healthy"}], 5)


def test_a_target_or_listener_made_anew_at_once_is_healthy_again(adit):
    _, service, _ = private_link(adit)
    for _ in range(5):
        service.deregister(*service.servers)
        service.register(*service.servers)
        wait_for("the target is healthy", lambda: set(service.health().values()) == {"healthy"}, 20)
        service.elbv2.delete_listener(ListenerArn=service.listener)
        service.listener = service.elbv2.create_listener(
            LoadBalancerArn=service.lb, Protocol="TCP", Port=service.port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": service.target_group}])["Listeners"][0]["ListenerArn"]
        wait_for("the target is healthy", lambda: set(service.health().values()) == {"healthy"}, 20)


def test_a_target_under_its_first_checks_says_so(adit):
    _, service, _ = private_link(adit)
    service.ec2.revoke_security_group_ingress(
        GroupId=service.group, IpPermissions=[service.network.permission("tcp", 80, CIDR)])
    service.deregister(*service.servers)
    service.register(*service.servers)
    wait_for("checks have begun", lambda: reasons(service)[0].get("Reason") == "Elb.InitialHealthChecking", 10)
