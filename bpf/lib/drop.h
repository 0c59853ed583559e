/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Why a packet was not passed on. The same list stands in
 * crates/datapath/src/drop.rs and docs/drop-reasons.md; a test compares them.
 * Numbers are part of the ABI: append, never renumber.
 */
#ifndef ADIT_DROP_H
#define ADIT_DROP_H

#define DROP_REASONS_MAX 64

enum drop_reason {
	DROP_NONE = 0,
	/* parse */
	DROP_MALFORMED = 1,  /* a header is cut short or contradicts itself */
	DROP_ETHERTYPE = 2,  /* neither IPv4 nor ARP */
	DROP_IP_OPTIONS = 3, /* IPv4 header with options */
	DROP_FRAGMENT = 4,   /* part of a fragmented datagram */
	DROP_PROTOCOL = 5,   /* neither TCP, UDP nor ICMP */
	DROP_TCP_FLAGS = 6,  /* a combination that no TCP sends */
	DROP_TOO_BIG = 7,    /* larger than the MTU */
	/* anti-spoof */
	DROP_SPOOFED_MAC = 8,
	DROP_SPOOFED_SOURCE = 9,
	DROP_SPOOFED_ARP = 10,
	DROP_ARP = 11,		/* an ARP that wants no answer */
	DROP_NO_INTERFACE = 12, /* the interface is not configured */
	/* rules, route and destination of a new flow */
	DROP_RULES_EGRESS = 13, /* sender's groups */
	DROP_NO_ROUTE = 14,
	DROP_BLACKHOLE = 15,
	DROP_NO_DESTINATION = 16, /* nobody owns the address */
	DROP_TO_SELF = 17,
	DROP_TO_ROUTER = 18,	 /* the router answers ARP only */
	DROP_TO_NODE = 19,	 /* a load balancer node takes replies only */
	DROP_RESOLVER_PORT = 20, /* the resolver answers UDP and TCP port 53 only */
	DROP_RULES_INGRESS = 21, /* receiver's groups */
	DROP_ICMP_TYPE = 22,	 /* only an echo request opens a flow */
	DROP_ICMP_NO_FLOW = 23,	 /* an ICMP error about no known flow */
	/* through a frontend */
	DROP_FRONTEND_CLOSED = 24,   /* leads nowhere now */
	DROP_FRONTEND_PROTOCOL = 25, /* frontends carry TCP and UDP */
	DROP_RULES_FRONTEND = 26,    /* the frontend's groups */
	DROP_NO_LISTENER = 27,
	DROP_RULES_NODE = 28,	 /* the load balancer's groups, either way */
	DROP_NO_BACKEND = 29,	 /* the backend set is empty */
	DROP_RULES_BACKEND = 30, /* the backend's groups */
	DROP_NO_PORT = 31,	 /* no source port is free */
	/* flows */
	DROP_NO_FLOW = 32,	   /* TCP that belongs to no flow and opens none; answered by RST */
	DROP_FLOW_EXPIRED = 33,	   /* idle for too long; answered by RST */
	DROP_FLOW_REVOKED = 34,	   /* no longer allowed; answered by RST */
	DROP_FLOW_TABLE_FULL = 35, /* answered by RST */
	/* fabric */
	DROP_FABRIC_SOURCE = 36,      /* not from an address that the fabric's sockets own */
	DROP_FABRIC_DESTINATION = 37, /* not to a workload of the same network */
	DROP_UDP_NO_CHECKSUM = 38,    /* can't be carried over IPv6 */
	DROP_INTERNAL = 39,	      /* a kernel helper refused */
	/* resolver */
	DROP_RESOLVER_LIMIT = 40, /* more packets in a second than an interface may send */
};

#endif
