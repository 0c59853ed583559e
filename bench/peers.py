"""The systems that Adit is compared with, each in namespaces of its own, each tuned as somebody who cares would.

    direct     client ------------------------- server
    others     client ------- router ---------- server

In a router the service has the router's address on the client's side, and the server sees the router's on its own:
what an interface endpoint does, too. Every link is a veth pair with the same MTU and the kernel's default offloads.
"""

import os
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from stage import Daemon, Failed, Stage, run, succeeds, wait

PORT = 7000
NGINX_MODULES = Path("/usr/lib/nginx/modules")
CLIENT, FRONT, BACK, SERVER = "10.64.1.2", "10.64.1.1", "10.64.2.1", "10.64.2.2"
NGINX_BUFFER = "64k"
CONNECTIONS_MAX = 4096
IDLE_SECONDS = 350


class System(Protocol):
    """A client and a server that answers netload's requests, with something between them."""

    name: str
    target: str
    notes: dict[str, str]

    def client(self, *argv: str) -> list[str]:
        """The command line that runs `argv` where the client is."""

    def spaces(self) -> list[str]:
        """The network namespaces (as /proc/PID/ns/net names them) of the server and of what stands before it."""


class Namespaces:
    """What the systems made of plain namespaces have in common: a client, a server, and perhaps a router."""

    name: str
    target = f"{FRONT}:{PORT}"
    notes: dict[str, str]

    def __init__(self, stage: Stage, netload: Path, mtu: int):
        self._stage, self._mtu = stage, mtu
        self._daemons: list[Daemon] = []
        self.notes = {}
        self._client = stage.namespace(f"{self.name}-client")
        self._server = stage.namespace(f"{self.name}-server")
        self._behind = [self._server]
        self.connect()
        self.serve(netload)

    def connect(self) -> None:
        """Links the namespaces and starts what stands between them."""
        raise NotImplementedError

    def serve(self, netload: Path) -> None:
        """Starts the server and waits until it answers through the system."""
        self.start("server", self._server, str(netload), "serve", "--listen", f"0.0.0.0:{PORT}")

        probe = self.client(str(netload), "rr", "--connect", self.target, "--seconds", "0.01")

        def answers() -> bool:
            for daemon in self._daemons:
                daemon.check()
            return succeeds(*probe)

        wait(f"{self.name}: the server answers through it", 10, answers)

    def client(self, *argv: str) -> list[str]:
        return inside(self._client, *argv)

    def spaces(self) -> list[str]:
        return [f"net:[{Path('/run/netns', name).stat().st_ino}]" for name in self._behind]

    def start(self, label: str, namespace: str, *argv: str) -> None:
        """Starts a program in a namespace."""
        self._daemons.append(self._stage.daemon(f"{self.name}-{label}", inside(namespace, *argv)))

    def link(self, one: str, its: str, address: str, other: str, others: str, other_address: str) -> None:
        """A veth pair between two namespaces."""
        run("ip", "-n", one, "link", "add", its, "mtu", str(self._mtu), "type", "veth",
            "peer", "name", others, "netns", other, "mtu", str(self._mtu))
        for namespace, device, its_address in ((one, its, address), (other, others, other_address)):
            run("ip", "-n", namespace, "address", "add", f"{its_address}/24", "dev", device)
            run("ip", "-n", namespace, "link", "set", device, "up")
        self.notes |= offloads(one, its)

    def route(self) -> str:
        """A router namespace between client and server; returns its name."""
        router = self._stage.namespace(f"{self.name}-router")
        self._behind.append(router)
        self.link(self._client, "eth0", CLIENT, router, "front", FRONT)
        self.link(router, "back", BACK, self._server, "eth0", SERVER)
        return router


class Direct(Namespaces):
    """One veth pair: what the two network stacks and the load cost by themselves."""

    name = "direct"

    def connect(self) -> None:
        self.link(self._client, "eth0", CLIENT, self._server, "eth0", FRONT)


class Nftables(Namespaces):
    """DNAT to the server and masquerade, in the kernel. No filter rules: more than most users' rulesets leave out."""

    name = "nftables"

    def connect(self) -> None:
        router = self.route()
        for key, value in {
            "net.ipv4.ip_forward": "1",
            "net.ipv4.conf.all.rp_filter": "0",
            "net.ipv4.conf.default.rp_filter": "0",
            "net.ipv4.ip_early_demux": "0",
        }.items():
            set_in(router, key, value)
        for device in ("front", "back"):
            set_in(router, f"net.ipv4.conf.{device}.rp_filter", "0")
        nat = f"""
            table ip nat {{
                chain prerouting {{
                    type nat hook prerouting priority dstnat;
                    ip daddr {FRONT} tcp dport {PORT} dnat to {SERVER}:{PORT}
                }}
                chain postrouting {{
                    type nat hook postrouting priority srcnat;
                    oifname "back" masquerade
                }}
            }}"""
        flowtable = """
            table inet offload {
                flowtable fast { hook ingress priority filter; devices = { front, back }; }
                chain forward {
                    type filter hook forward priority filter;
                    meta l4proto tcp flow add @fast
                }
            }"""
        run(*inside(router, "nft", "-f", "-"), input=nat)
        try:
            run(*inside(router, "nft", "-f", "-"), input=flowtable)
            self.notes["flowtable"] = "yes"
        except Failed:
            self.notes["flowtable"] = "no: not in this kernel"
        for name in ("nf_conntrack_max", "nf_conntrack_buckets"):
            self.notes[name] = run(*inside(router, "sysctl", "-n", f"net.netfilter.{name}")).strip()


class Haproxy(Namespaces):
    """TCP mode: two connections, and the kernel moves the bytes between them by splice."""

    name = "haproxy"

    def connect(self) -> None:
        router = self.route()
        config = self._stage.folder / "haproxy.cfg"
        config.write_text(tidy(f"""
            global
                nbthread {os.cpu_count()}
                tune.pipesize 1048576
                maxconn {CONNECTIONS_MAX}
            defaults
                mode tcp
                maxconn {CONNECTIONS_MAX}
                timeout connect 5s
                timeout client {IDLE_SECONDS}s
                timeout server {IDLE_SECONDS}s
                option splice-auto
            listen service
                bind {FRONT}:{PORT} shards by-thread
                server target {SERVER}:{PORT}
            """))
        self.start("proxy", router, "haproxy", "-db", "-f", str(config))
        self.notes["version"] = first_version(run("haproxy", "-v"))


class Nginx(Namespaces):
    """The stream module: two connections, bytes copied through a worker."""

    name = "nginx"

    def connect(self) -> None:
        router = self.route()
        module = NGINX_MODULES / "ngx_stream_module.so"
        load = f"load_module {module};" if module.exists() else ""
        config = self._stage.folder / "nginx.conf"
        config.write_text(tidy(f"""
            {load}
            daemon off;
            user root;
            worker_processes auto;
            pid {self._stage.folder}/nginx.pid;
            error_log stderr crit;
            events {{
                worker_connections {CONNECTIONS_MAX};
                multi_accept on;
            }}
            stream {{
                access_log off;
                upstream target {{ server {SERVER}:{PORT}; }}
                server {{
                    listen {FRONT}:{PORT} reuseport backlog=4096;
                    proxy_pass target;
                    proxy_half_close on;
                    proxy_buffer_size {NGINX_BUFFER};
                    proxy_timeout {IDLE_SECONDS}s;
                }}
            }}
            """))
        self.start("proxy", router, "nginx", "-p", str(self._stage.folder), "-c", str(config))
        self.notes["version"] = first_version(run("sh", "-c", "nginx -v 2>&1"))


ALL: dict[str, type[Namespaces]] = {kind.name: kind for kind in (Direct, Nftables, Haproxy, Nginx)}


def inside(namespace: str, *argv: str) -> list[str]:
    """The command line that runs `argv` in a namespace."""
    return ["ip", "netns", "exec", namespace, *argv]


def tidy(text: str) -> str:
    """A configuration file's text without this file's indentation."""
    return textwrap.dedent(text).strip() + "\n"


def set_in(namespace: str, key: str, value: str) -> None:
    """Sets a sysctl in a namespace."""
    run(*inside(namespace, "sysctl", "-q", "-w", f"{key}={value}"))


def offloads(namespace: str, device: str) -> dict[str, str]:
    """The segmentation offloads of a device, to show that they are the same everywhere."""
    if not shutil.which("ethtool"):
        return {"offloads": "unknown: ethtool is not installed"}
    return {"offloads": parse_offloads(run(*inside(namespace, "ethtool", "-k", device)))}


def parse_offloads(text: str) -> str:
    """The lines of `ethtool -k` that matter here, in one."""
    wanted = ("tcp-segmentation-offload", "generic-segmentation-offload", "generic-receive-offload", "tx-checksumming")
    return ", ".join(f"{name} {state}" for name, state in _features(text) if name in wanted)


def _features(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if found := re.match(r"([a-z-]+): (on|off)", line):
            yield found[1], found[2]


def first_version(text: str) -> str:
    """The first word of `text` that looks like a version."""
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else "unknown"
