/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The data plane's contract with user space: every key, value and constant
 * that crosses the border. The Rust twin is crates/datapath/src/abi.rs; a test
 * compares this object's BTF with it. Change both together and bump
 * ABI_VERSION.
 *
 * Words: an *interface* is a point where packets enter or leave, named by the
 * interface index that its host side has in the fabric namespace. A *vni*
 * names a virtual network; addresses mean nothing without one. A *frontend* is
 * an address of one virtual network that leads into another one, by way of a
 * *node* (a load balancer's address over there) to a *backend*.
 * __be* is wire order; everything else is host order.
 */
#ifndef ADIT_ABI_H
#define ADIT_ABI_H

#define ABI_VERSION 3

/* Limits. Each is filled by a test. */
#define GROUPS_MAX	     16	    /* security groups of one interface */
#define RULES_MAX	     120    /* rules of one group in one direction */
#define EPOCH_SLOTS	     65536  /* epochs, indexed by the low 16 bits of a vni */
#define PORT_PROBES_MAX	     32	    /* source ports tried for one new flow */
#define BACKEND_SLOTS_MAX    131072 /* slots of one backend set */
#define RESOLVER_WINDOWS_MAX 16384  /* interfaces whose packets to the resolver are counted */

/* IPv4 addresses stand here as ::ffff:a.b.c.d. */
struct addr {
	union {
		__u8 bytes[16];
		__be32 words[4];
	};
};

/* interfaces: iface -> struct interface */
#define INTERFACE_FILTERED (1u << 0) /* rules apply; without it all is allowed */
#define INTERFACE_WORKLOAD (1u << 1) /* a workload's veth stands behind it */
struct interface {
	__u32 vni;
	__u32 route_table;
	__u32 flags;
	__u32 group_count; /* <= GROUPS_MAX */
	struct addr addr;  /* the only source it may use */
	__u32 groups[GROUPS_MAX];
};

/* addresses: (vni, addr) -> who owns it */
struct address_key {
	__u32 vni;
	struct addr addr;
};

enum address_kind {
	ADDRESS_WORKLOAD = 1, /* delivered to the interface's veth */
	ADDRESS_FRONTEND = 2, /* leads into another virtual network */
	ADDRESS_NODE = 3,     /* a load balancer's: replies only */
	ADDRESS_RESOLVER = 4, /* answered by sockets in the fabric */
	ADDRESS_ROUTER = 5,   /* the subnet's first hop: answers ARP only */
};

struct address {
	__u32 iface; /* 0 for resolver and router */
	__u8 kind;   /* enum address_kind */
	__u8 pad[3];
};

/* routes: longest prefix in a route table. prefix_len counts route_table's 32 bits too. */
struct route_key {
	__u32 prefix_len; /* 32 + prefix of the 128-bit address */
	__be32 route_table;
	struct addr addr;
};

enum route_kind {
	ROUTE_LOCAL = 1,
	ROUTE_BLACKHOLE = 2,
};

struct route {
	__u32 vni; /* the virtual network whose epoch it belongs to */
	__u8 kind; /* enum route_kind */
	__u8 pad[3];
};

/* rulesets: rules of one group in one direction, replaced as a whole */
enum direction {
	DIRECTION_INGRESS = 1, /* towards the interface */
	DIRECTION_EGRESS = 2,  /* away from it */
};

struct ruleset_key {
	__u32 group;
	__u8 direction; /* enum direction */
	__u8 pad[3];
};

#define PROTO_ANY 255	 /* rule.proto: every protocol */
#define ICMP_ANY  0xffff /* rule.port_lo or port_hi of ICMP: every type, every code */

struct rule {
	struct addr prefix; /* peer's address, unless peer_group is set */
	__u32 peer_group;   /* 0, or the group that the peer must be in */
	__u16 port_lo;	    /* ICMP: type or ICMP_ANY */
	__u16 port_hi;	    /* ICMP: code or ICMP_ANY */
	__u8 prefix_len;    /* 0..128, of the 128-bit address */
	__u8 proto;	    /* IP protocol or PROTO_ANY */
	__u8 pad[2];
};

struct ruleset {
	__u32 vni;   /* the virtual network whose epoch it belongs to */
	__u32 count; /* <= RULES_MAX */
	struct rule rules[RULES_MAX];
};

/* frontends: iface -> where it leads */
#define FRONTEND_NODE_RULES (1u << 0) /* the node's ingress rules apply */
struct frontend {
	__u32 vni;	   /* where the frontend's own address lives */
	__u32 backend_vni; /* where it leads */
	__u32 node;	   /* interface of the load balancer node */
	__u32 flags;
	struct addr node_addr; /* what the backend sees as source */
};

/* listeners: (node, port, proto) -> a backend set */
struct listener_key {
	__u32 node;
	__be16 port;
	__u8 proto; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 pad;
};

struct listener {
	__u32 vni; /* the virtual network whose epoch it belongs to */
	__u32 backend_set;
	__u16 idle_secs; /* a flow's life without packets */
	__u8 pad[2];
};

/* backend_sets: id -> array of __u32: [0] = M, [1..M] = a backend's id each (Maglev) */

/* backends: id -> struct backend */
#define BACKEND_TERMINATE (1u << 0) /* cut its flows at their next packet */
struct backend {
	__u32 vni;
	__u32 iface;
	struct addr addr;
	__be16 port;
	__u8 pad[2];
	__u32 flags;
};

/*
 * flows and half_open: a packet as it entered -> what to make of it.
 * Both directions of a flow are created and removed by one function.
 * ICMP echo: both ports hold the identifier.
 */
struct flow_key {
	__u32 iface; /* where the packet entered */
	__be16 sport;
	__be16 dport;
	struct addr saddr;
	struct addr daddr;
	__u8 proto;
	__u8 pad[3];
};

#define FLOW_REPLY     (1u << 0) /* this entry is the reply direction */
#define FLOW_TO_FABRIC (1u << 1) /* deliver to the fabric's sockets */

#define FLOW_FIN_SELF (1u << 0) /* FIN seen in this direction */
#define FLOW_FIN_PEER (1u << 1) /* FIN seen in the other direction */
#define FLOW_RST      (1u << 2) /* RST seen in either direction */
#define FLOW_ANSWERED (1u << 3) /* half-open: the other side has answered */

struct flow {
	struct addr saddr; /* after the rewrite */
	struct addr daddr;
	__be16 sport;
	__be16 dport;
	__u32 out_iface; /* where the packet leaves */
	__u32 last_seen; /* seconds of the monotonic clock */
	__u32 epoch;	 /* sum of both scopes' epochs when last allowed */
	__u32 frontend;	 /* its interface, or 0: not through a frontend */
	__u32 backend;	 /* id, or 0 */
	__u16 scopes[2]; /* epoch slots: initiator's network, responder's network */
	__u16 idle_secs;
	__u8 flags;
	__u8 state;
};

/* Timeouts, seconds. */
#define TCP_IDLE_SECS	   350 /* AWS: NLB TCP idle timeout */
#define UDP_IDLE_SECS	   120 /* AWS: NLB UDP idle timeout */
#define ICMP_IDLE_SECS	   30
#define TCP_HALF_OPEN_SECS 60
#define TCP_CLOSING_SECS   10

/*
 * resolver_windows: iface -> what it has sent to the resolver within one
 * second. Both fields change as one word.
 */
struct resolver_window {
	__u32 count;  /* packets */
	__u32 second; /* of the monotonic clock */
};

/* Constants of one loaded program (.rodata). */
struct config {
	__u32 fabric_iface; /* the fabric's device that receives for its sockets */
	__u32 hash_seed;
	__u32 mtu;		    /* largest IP packet of a workload, bytes */
	__u32 resolver_packets_max; /* of an interface in one second, below 2^31; 0: no limit */
	__u16 nat_port_min;	    /* source ports given to flows through a frontend */
	__u16 nat_port_max;
	__u32 fixed_now_secs;  /* tests: the time; 0: the clock */
	__u8 fabric_prefix[4]; /* first 32 bits of every fabric address */
	__u8 fabric_mac[6];    /* of fabric_iface */
	__u8 pad[2];
	__u32 flow_blocks; /* entries of the map flow_blocks, a power of two; set by the loader */
};

/*
 * flow_blocks: block -> 128 counters of four bits, for sixteen entries of flows;
 * see counters.h.
 */
struct flow_counters {
	__u32 words[16];
};

/*
 * Context of the program reap: the first count entries of reap_keys are looked
 * at, and those that are idle in flows are removed together with their peers.
 */
#define REAP_BATCH_MAX 1024 /* entries of reap_keys */
struct reap {
	__u32 now;     /* in: seconds of the monotonic clock */
	__u32 count;   /* in */
	__u32 removed; /* out: entries removed, both directions */
};

/*
 * A virtual network's address inside the fabric, as IPv6:
 * prefix (32 bits), kind (8), vni (24), iface (32), IPv4 (32).
 */
#define FABRIC_KIND_REMOTE 1 /* a workload, as the fabric's sockets see it */
#define FABRIC_KIND_LOCAL  2 /* an address that the fabric's sockets own */

/* Every interface's MAC is 02:ad:<iface, 32 bits>; the router's is 02:ad:00:00:00:01. */
#define MAC_PREFIX_0 0x02
#define MAC_PREFIX_1 0xad
#define ROUTER_IFACE 1

#endif
