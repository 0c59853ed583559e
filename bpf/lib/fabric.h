/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The border between a virtual network's IPv4 and the fabric's IPv6, where one
 * address says network, interface and IPv4 address. Translation is stateless
 * and carries GSO packets.
 */
#ifndef ADIT_FABRIC_H
#define ADIT_FABRIC_H

#include "admit.h"
#include "csum.h"
#include "packet.h"

#define IP6_L4_OFF	(ETH_HLEN + sizeof(struct ipv6hdr))
#define IP6_HEADERS_LEN (IP6_L4_OFF + sizeof(struct tcphdr))
#define IP6_PAYLOAD_MAX (0xffff - sizeof(struct iphdr)) /* that IPv4 can carry */

#define DNS_PORT 53

/* A fabric address, word by word. */
struct fabric_addr {
	__be32 prefix;
	__be32 kind_vni;
	__be32 iface;
	__be32 ipv4;
};

/* The ends of a packet from the fabric, beside what struct packet says. */
struct fabric_ends {
	__u32 local_iface;  /* the node that the socket is, or 0: the resolver */
	__u32 remote_iface; /* the workload */
};

static __always_inline __be32 fabric_prefix(void)
{
	return *(const volatile __be32 *)config.fabric_prefix;
}

static __always_inline __be32 fabric_kind_vni(__u32 kind, __u32 vni)
{
	return bpf_htonl(kind << 24 | (vni & 0xffffff));
}

static __always_inline bool is_fabric_addr(const struct fabric_addr *addr, __u32 kind)
{
	return addr->prefix == fabric_prefix() && bpf_ntohl(addr->kind_vni) >> 24 == kind;
}

static __always_inline void set_fabric_addr(struct fabric_addr *addr, __u32 kind, __u32 vni,
					    __u32 iface, __be32 ipv4)
{
	addr->prefix = fabric_prefix();
	addr->kind_vni = fabric_kind_vni(kind, vni);
	addr->iface = bpf_htonl(iface);
	addr->ipv4 = ipv4;
}

/* Sum of both addresses, for checksums. */
static __always_inline __u64 sum_of_addrs(const struct fabric_addr addrs[2])
{
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < 2; i++)
		sum += (__u64)addrs[i].prefix + addrs[i].kind_vni + addrs[i].iface + addrs[i].ipv4;
	return sum;
}

/* UDP over IPv6 must have a checksum, and the program cannot make one. */
static __always_inline bool lacks_checksum(const struct __sk_buff *skb, const struct packet *p)
{
	struct udphdr *udp = data_of(skb) + L4_OFF;

	if (p->key.proto != IPPROTO_UDP || (void *)(udp + 1) > data_end_of(skb))
		return false;
	return udp->check == 0;
}

/*
 * From the workload (key.iface, key.saddr) to the socket that owns key.daddr
 * as local_iface. DROP_NONE or a drop reason.
 */
static __always_inline int ipv4_to_fabric(struct __sk_buff *skb, const struct packet *p,
					  __u32 local_iface)
{
	struct iphdr *ip = data_of(skb) + IP_OFF;
	struct fabric_addr addrs[2];
	struct interface *from;
	struct ethhdr *eth;
	struct ipv6hdr *ip6;
	__u8 tos, ttl;
	__u64 diff;

	if (lacks_checksum(skb, p))
		return DROP_UDP_NO_CHECKSUM;
	from = bpf_map_lookup_elem(&interfaces, &p->key.iface);
	if (!from)
		return DROP_NO_INTERFACE;
	if ((void *)(ip + 1) > data_end_of(skb))
		return DROP_INTERNAL;
	set_fabric_addr(&addrs[0], FABRIC_KIND_REMOTE, from->vni, p->key.iface, ip->saddr);
	set_fabric_addr(&addrs[1], FABRIC_KIND_LOCAL, from->vni, local_iface, ip->daddr);
	diff = csum_diff32(ip->saddr, 0) + csum_diff32(ip->daddr, 0) + sum_of_addrs(addrs);
	tos = ip->tos;
	ttl = ip->ttl;

	if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0))
		return DROP_INTERNAL;
	eth = data_of(skb);
	ip6 = (void *)(eth + 1);
	if ((void *)(ip6 + 1) > data_end_of(skb))
		return DROP_INTERNAL;
#pragma unroll
	for (int i = 0; i < ETH_ALEN; i++)
		eth->h_dest[i] = config.fabric_mac[i];
	set_mac_of(eth->h_source, ROUTER_IFACE);
	eth->h_proto = bpf_htons(ETH_P_IPV6);
	*(__be32 *)ip6 = bpf_htonl(6u << 28 | (__u32)tos << 20);
	ip6->payload_len = bpf_htons(p->tot_len - sizeof(*ip));
	ip6->nexthdr = p->key.proto;
	ip6->hop_limit = ttl;
	__builtin_memcpy(&ip6->saddr, addrs, sizeof(addrs));
	if (csum_update_transport(skb, IP6_L4_OFF, p->key.proto, diff, BPF_F_PSEUDO_HDR))
		return DROP_INTERNAL;
	return DROP_NONE;
}

/* Who may speak to whom: checks both ends. */
static __always_inline int check_ends(struct packet *p, const struct fabric_addr addrs[2],
				      struct fabric_ends *ends)
{
	__u32 vni = bpf_ntohl(addrs[0].kind_vni) & 0xffffff;
	struct interface *node;
	struct address *owner;

	if (!is_fabric_addr(&addrs[0], FABRIC_KIND_LOCAL))
		return DROP_FABRIC_SOURCE;
	if (addrs[1].prefix != fabric_prefix() ||
	    addrs[1].kind_vni != fabric_kind_vni(FABRIC_KIND_REMOTE, vni))
		return DROP_FABRIC_DESTINATION;
	ends->local_iface = bpf_ntohl(addrs[0].iface);
	ends->remote_iface = bpf_ntohl(addrs[1].iface);
	owner = find_address(vni, &p->key.daddr);
	if (!owner || owner->kind != ADDRESS_WORKLOAD || owner->iface != ends->remote_iface)
		return DROP_FABRIC_DESTINATION;
	if (!ends->local_iface) {
		owner = find_address(vni, &p->key.saddr);
		if (!owner || owner->kind != ADDRESS_RESOLVER ||
		    p->key.sport != bpf_htons(DNS_PORT))
			return DROP_FABRIC_SOURCE;
		return DROP_NONE;
	}
	node = bpf_map_lookup_elem(&interfaces, &ends->local_iface);
	if (!node || node->vni != vni || !same_addr(&node->addr, &p->key.saddr))
		return DROP_FABRIC_SOURCE;
	return DROP_NONE;
}

/* A packet of Adit's own sockets, as the IPv4 packet that it will be. */
static __always_inline int parse_fabric(const struct __sk_buff *skb, struct packet *p,
					struct fabric_ends *ends)
{
	struct ethhdr *eth = data_of(skb);
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct fabric_addr addrs[2];
	void *end = data_end_of(skb);
	__u32 len;
	int why;

	if ((void *)(eth + 1) > end)
		return DROP_MALFORMED;
	if (eth->h_proto != bpf_htons(ETH_P_IPV6))
		return DROP_ETHERTYPE;
	if ((void *)(ip6 + 1) > end || ip6->version != 6)
		return DROP_MALFORMED;
	len = bpf_ntohs(ip6->payload_len);
	if (len > skb->len - IP6_L4_OFF || len > IP6_PAYLOAD_MAX)
		return DROP_MALFORMED;
	p->tot_len = len + sizeof(struct iphdr);
	p->key.proto = ip6->nexthdr;
	why = parse_ports(p, ip6 + 1, end, len);
	if (why)
		return why;
	__builtin_memcpy(addrs, &ip6->saddr, sizeof(addrs));
	set_ipv4(&p->key.saddr, addrs[0].ipv4);
	set_ipv4(&p->key.daddr, addrs[1].ipv4);
	why = check_ends(p, addrs, ends);
	p->key.iface = ends->local_iface;
	return why;
}

static __always_inline __u16 ipv4_checksum(const struct iphdr *ip)
{
	const __u32 *words = (const __u32 *)ip;
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < 5; i++)
		sum += words[i];
	return ~csum_fold(sum);
}

/* After parse_fabric(). DROP_NONE or DROP_INTERNAL. */
static __always_inline int fabric_to_ipv4(struct __sk_buff *skb, const struct packet *p)
{
	struct ipv6hdr *ip6 = data_of(skb) + ETH_HLEN;
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = bpf_htons(p->tot_len),
		.frag_off = bpf_htons(IPV4_DF),
		.protocol = p->key.proto,
		.saddr = p->key.saddr.words[3],
		.daddr = p->key.daddr.words[3],
	};
	struct fabric_addr addrs[2];
	struct ethhdr *eth;
	__u64 diff;

	if ((void *)(ip6 + 1) > data_end_of(skb))
		return DROP_INTERNAL;
	ip.tos = bpf_ntohl(*(__be32 *)ip6) >> 20;
	ip.ttl = ip6->hop_limit;
	ip.check = ipv4_checksum(&ip);
	__builtin_memcpy(addrs, &ip6->saddr, sizeof(addrs));
#pragma unroll
	for (int i = 0; i < 2; i++) {
		addrs[i].prefix = ~addrs[i].prefix;
		addrs[i].kind_vni = ~addrs[i].kind_vni;
		addrs[i].iface = ~addrs[i].iface;
		addrs[i].ipv4 = ~addrs[i].ipv4;
	}
	diff = sum_of_addrs(addrs) + ip.saddr + ip.daddr;

	if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0))
		return DROP_INTERNAL;
	eth = data_of(skb);
	if ((void *)(eth + 1) + sizeof(ip) > data_end_of(skb))
		return DROP_INTERNAL;
	eth->h_proto = bpf_htons(ETH_P_IP);
	__builtin_memcpy(eth + 1, &ip, sizeof(ip));
	if (csum_update_transport(skb, L4_OFF, p->key.proto, diff, BPF_F_PSEUDO_HDR))
		return DROP_INTERNAL;
	return DROP_NONE;
}

#endif
