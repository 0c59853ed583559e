#!/bin/sh
# Shows Adit's main job: a service of a provider's VPC, reached from a consumer's VPC that uses the
# same addresses, through an interface endpoint made with the unmodified `aws` command.
# Run it by ./dev demo [--keep]; it needs root, and adit, aws and curl on PATH.
set -eu

NAME=demo
LISTEN=127.0.0.1:4570
KEEP=
[ "${1:-}" = --keep ] && KEEP=1
AWS_PAGER=
AWS_CONFIG_FILE=/dev/null
AWS_SHARED_CREDENTIALS_FILE=/dev/null
AWS_EC2_METADATA_DISABLED=true
AWS_CLI_AUTO_PROMPT=off
export AWS_PAGER AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_EC2_METADATA_DISABLED AWS_CLI_AUTO_PROMPT
DATA=$(mktemp -d /tmp/adit-demo.XXXXXX)
LOG=$DATA/up.log
: >"$LOG"
STARTED=$(date +%s)
STEP=0

step() { STEP=$((STEP + 1)); printf '\n\033[1m%2d. %s\033[0m\n' "$STEP" "$1"; [ $# -lt 2 ] || printf '    \033[2m%s\033[0m\n' "$2"; }
show() { printf '    %s\n' "$*"; }
fail() { printf '\n\033[31mdemo failed:\033[0m %s\n' "$*" >&2; sed 's/^/    adit: /' "$LOG" | tail -n 30 >&2; exit 1; }

cleanup() {
	status=$?
	trap - EXIT INT TERM
	if [ -z "$KEEP" ] || [ "$status" != 0 ]; then
		adit down --name "$NAME" --purge >/dev/null 2>&1 || true
		rm -rf "$DATA"
	fi
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The two tenants. Each command below runs with one tenant's credentials, as two companies would.
as() {
	account=$1
	shift
	# shellcheck disable=SC2046 # adit env prints plain words
	(eval "$(adit env --name "$NAME" --account "$account")" && "$@")
}
provider() { as provider aws "$@" --output text; }
consumer() { as consumer aws "$@" --output text; }

# until SECONDS WHAT CMD...: waits for a command to succeed.
until_true() {
	deadline=$(($(date +%s) + $1))
	what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "$what did not come true in time"
		sleep 0.05
	done
}
is() { [ "$("$2" ec2 "$3" "$4" "$5" --query "$6")" = "$1" ]; }
fetch() { adit exec --name "$NAME" "$CLIENT" -- curl -sS --max-time "${2:-5}" "http://$1/"; }
fetches_nothing() { ! fetch "$1" 2 >/dev/null 2>&1; }

# Where the demo's installation is still known: nothing when it is gone. Its links are in its namespaces.
left_of_it() {
	for path in "/run/adit-$NAME" "/sys/fs/bpf/adit-$NAME" "/run/netns/adit-$NAME"* "/var/lib/adit-names/$NAME.json" "$DATA/state.redb"*; do
		[ ! -e "$path" ] || printf '%s\n' "$path"
	done
	for process in /proc/[0-9]*; do
		words=$(tr '\0' ' ' <"$process/cmdline") || continue # it has just ended
		case $words in *"/adit-$NAME"* | *" agent --name $NAME "*) printf 'process %s\n' "${process#/proc/}" ;; esac
	done 2>/dev/null
}

step "Start Adit" "Two processes: the API on $LISTEN, and an agent that keeps the data plane of this host."
if [ -n "$(left_of_it)" ]; then
	show "a demo that was kept is still there; it is removed first"
	adit down --name "$NAME" --purge || fail "the demo that was kept can't be removed"
fi
find /tmp -maxdepth 1 -type d -name 'adit-demo.??????' -user root ! -path "$DATA" -exec rm -rf {} +
setsid --fork adit up --name "$NAME" --data-dir "$DATA" --listen "$LISTEN" >"$LOG" 2>&1
until_true 20 "Adit's start" adit status --name "$NAME"
adit account create --name "$NAME" provider >/dev/null
adit account create --name "$NAME" consumer >/dev/null
show "two tenants: provider $(as provider aws sts get-caller-identity --query Account --output text)," \
	"consumer $(as consumer aws sts get-caller-identity --query Account --output text)"

step "Two VPCs with the same addresses" "Each tenant has 10.0.0.0/16 and knows nothing of the other."
for who in provider consumer; do
	vpc=$($who ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId)
	subnet=$($who ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.1.0/24 --availability-zone us-east-1a --query Subnet.SubnetId)
	group=$($who ec2 create-security-group --vpc-id "$vpc" --group-name web --description web --query GroupId)
	$who ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 80 --cidr 10.0.0.0/16 >/dev/null
	show "$who: $vpc, $subnet, $group"
	case $who in
	provider) P_VPC=$vpc P_SUBNET=$subnet P_GROUP=$group ;;
	consumer) C_VPC=$vpc C_SUBNET=$subnet C_GROUP=$group ;;
	esac
done

step "Instances at the very same address" "Namespaces of this host; the provider's runs a web server that tells who called."
cat >"$DATA/server.sh" <<'PAGE'
#!/usr/bin/env python3
import http.server, socketserver, time
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        if self.path == "/slow":                    # an endless answer, for cutting a live connection
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"5\r\ntick\n\r\n")
                self.wfile.flush()
                time.sleep(0.1)
        body = f"hello from the provider; I saw {self.client_address[0]}\n".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
Server(("0.0.0.0", 80), Page).serve_forever()
PAGE
SERVER=$(provider ec2 run-instances --image-id ami-00000000 --count 1 --subnet-id "$P_SUBNET" --private-ip-address 10.0.1.10 \
	--security-group-ids "$P_GROUP" --user-data "file://$DATA/server.sh" --query 'Instances[0].InstanceId')
CLIENT=$(consumer ec2 run-instances --image-id ami-00000000 --count 1 --subnet-id "$C_SUBNET" --private-ip-address 10.0.1.10 \
	--security-group-ids "$C_GROUP" --query 'Instances[0].InstanceId')
until_true 20 "the server instance" is running provider describe-instances --instance-ids "$SERVER" 'Reservations[0].Instances[0].State.Name'
until_true 20 "the client instance" is running consumer describe-instances --instance-ids "$CLIENT" 'Reservations[0].Instances[0].State.Name'
show "server $SERVER and client $CLIENT, both 10.0.1.10"

step "The provider publishes an endpoint service" "A network load balancer with the server as target, and the service behind it."
LB=$(provider elbv2 create-load-balancer --name web --type network --scheme internal --subnets "$P_SUBNET" --query 'LoadBalancers[0].LoadBalancerArn')
TG=$(provider elbv2 create-target-group --name web --protocol TCP --port 80 --vpc-id "$P_VPC" --target-type instance --query 'TargetGroups[0].TargetGroupArn')
provider elbv2 register-targets --target-group-arn "$TG" --targets "Id=$SERVER" >/dev/null
provider elbv2 create-listener --load-balancer-arn "$LB" --protocol TCP --port 80 --default-actions "Type=forward,TargetGroupArn=$TG" >/dev/null
healthy() { [ "$(provider elbv2 describe-target-health --target-group-arn "$TG" --query 'TargetHealthDescriptions[0].TargetHealth.State')" = healthy ]; }
until_true 40 "the target's health" healthy
SERVICE=$(provider ec2 create-vpc-endpoint-service-configuration --acceptance-required --network-load-balancer-arns "$LB" --query ServiceConfiguration.ServiceId)
SERVICE_NAME=$(provider ec2 describe-vpc-endpoint-service-configurations --service-ids "$SERVICE" --query 'ServiceConfigurations[0].ServiceName')
CONSUMER=$(as consumer aws sts get-caller-identity --query Account --output text)
if consumer ec2 describe-vpc-endpoint-services --service-names "$SERVICE_NAME" >/dev/null 2>&1; then fail "the service is visible without permission"; fi
show "without permission the service does not exist for the consumer"
provider ec2 modify-vpc-endpoint-service-permissions --service-id "$SERVICE" --add-allowed-principals "arn:aws:iam::$CONSUMER:root" >/dev/null
show "$SERVICE_NAME, permitted to account $CONSUMER"

step "The consumer creates an interface endpoint" "It waits for the provider: until then it passes nothing."
ENDPOINT=$(consumer ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "$C_VPC" --service-name "$SERVICE_NAME" \
	--subnet-ids "$C_SUBNET" --security-group-ids "$C_GROUP" --no-private-dns-enabled --query VpcEndpoint.VpcEndpointId)
STATE=$(consumer ec2 describe-vpc-endpoints --vpc-endpoint-ids "$ENDPOINT" --query 'VpcEndpoints[0].State')
[ "$STATE" = pendingAcceptance ] || fail "the endpoint is $STATE, not pendingAcceptance"
ENI=$(consumer ec2 describe-vpc-endpoints --vpc-endpoint-ids "$ENDPOINT" --query 'VpcEndpoints[0].NetworkInterfaceIds[0]')
ENDPOINT_IP=$(consumer ec2 describe-network-interfaces --network-interface-ids "$ENI" --query 'NetworkInterfaces[0].PrivateIpAddress')
fetches_nothing "$ENDPOINT_IP" || fail "a page came through an endpoint that nobody accepted"
show "$ENDPOINT is $STATE at $ENDPOINT_IP, and a fetch through it gets nothing"

step "The provider accepts" "Nothing else has changed; the endpoint is available only once its tables are in the kernel."
provider ec2 accept-vpc-endpoint-connections --service-id "$SERVICE" --vpc-endpoint-ids "$ENDPOINT" >/dev/null
until_true 10 "the endpoint's availability" is available consumer describe-vpc-endpoints --vpc-endpoint-ids "$ENDPOINT" 'VpcEndpoints[0].State'
show "$ENDPOINT is available"

step "Its names resolve in the consumer's VPC" "By the VPC's own resolver, 10.0.0.2."
NAMES=$(consumer ec2 describe-vpc-endpoints --vpc-endpoint-ids "$ENDPOINT" --query 'VpcEndpoints[0].DnsEntries[].DnsName')
for name in $NAMES; do
	address=$(adit exec --name "$NAME" "$CLIENT" -- getent ahostsv4 "$name" | awk 'NR == 1 { print $1 }')
	[ "$address" = "$ENDPOINT_IP" ] || fail "$name resolves to '$address'"
	show "$name -> $address"
done
REGIONAL=${NAMES%%[[:space:]]*}

step "A page crosses" "From 10.0.1.10 in one VPC to 10.0.1.10 in another."
PAGE=$(fetch "$REGIONAL")
show "$PAGE"
NODE=$(provider ec2 describe-network-interfaces --filters "Name=description,Values=ELB net/web/*" --query 'NetworkInterfaces[0].PrivateIpAddress')
case $PAGE in
*"I saw $NODE") show "that is the load balancer's own address: the provider never sees the consumer's" ;;
*) fail "the provider should have seen the load balancer's address $NODE" ;;
esac
fetches_nothing "$NODE" || fail "the client reached an address of the provider's VPC"
show "the client cannot reach $NODE itself: nothing but the endpoint leads across"

step "The provider rejects" "Live connections stop, new ones don't start."
{
	adit exec --name "$NAME" "$CLIENT" -- curl -sSN "http://$REGIONAL/slow" >"$DATA/live" 2>"$DATA/live.err" || true
	touch "$DATA/live.ended"
} &
until_true 10 "the live transfer's start" test -s "$DATA/live"
provider ec2 reject-vpc-endpoint-connections --service-id "$SERVICE" --vpc-endpoint-ids "$ENDPOINT" >/dev/null
until_true 10 "the live connection's end" test -e "$DATA/live.ended"
wait
show "the live transfer ended after $(grep -c tick "$DATA/live") ticks: $(tail -n 1 "$DATA/live.err")"
fetches_nothing "$ENDPOINT_IP" || fail "a page came through a rejected endpoint"
show "a new fetch gets nothing; the endpoint is $(consumer ec2 describe-vpc-endpoints --vpc-endpoint-ids "$ENDPOINT" --query 'VpcEndpoints[0].State')"

if [ -n "$KEEP" ]; then
	provider ec2 accept-vpc-endpoint-connections --service-id "$SERVICE" --vpc-endpoint-ids "$ENDPOINT" >/dev/null
	adit="${SUDO_USER:+sudo }$(command -v adit)"
	cat <<TXT

It keeps running (the endpoint is accepted again). To play with it:

    eval "\$($adit env --name $NAME --account consumer)"      # or provider
    $(command -v aws) ec2 describe-vpc-endpoints
    $adit exec --name $NAME $CLIENT -- curl http://$REGIONAL/
    $adit status --name $NAME
    $adit down --name $NAME --purge && ${SUDO_USER:+sudo }rm -r $DATA     # when you are done

TXT
else
	step "Clean up" "One command removes all of it, and the host is as it was before."
	adit down --name "$NAME" --purge
	left=$(left_of_it)
	[ -z "$left" ] || fail "adit down has left:" "$left"
	show "no namespace, link, pinned map, process or data is left"
fi
printf '\n\033[32mdone\033[0m in %s s\n' "$(($(date +%s) - STARTED))"
