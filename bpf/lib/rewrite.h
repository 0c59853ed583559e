/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Changes to the bytes of a packet on its way. */
#ifndef ADIT_REWRITE_H
#define ADIT_REWRITE_H

#include "csum.h"
#include "packet.h"

#define TCPOPT_EOL     0
#define TCPOPT_NOP     1
#define TCPOPT_MSS     2
#define TCPOLEN_MSS    4
#define TCP_HEADER_MAX 60

/* What TCP and UDP headers begin with. */
struct ports {
	__be16 source;
	__be16 dest;
};

/* Addresses and ports become those of the flow. DROP_NONE or DROP_INTERNAL. */
static __always_inline int rewrite(struct __sk_buff *skb, const struct packet *p,
				   const struct flow *flow)
{
	struct iphdr *ip = data_of(skb) + IP_OFF;
	struct ports *ports = data_of(skb) + L4_OFF;
	__u64 addrs_diff, ports_diff;

	if ((void *)(ports + 1) > data_end_of(skb))
		return DROP_INTERNAL;
	addrs_diff = csum_diff32(ip->saddr, flow->saddr.words[3]) +
		     csum_diff32(ip->daddr, flow->daddr.words[3]);
	ports_diff =
		csum_diff16(ports->source, flow->sport) + csum_diff16(ports->dest, flow->dport);
	ip->saddr = flow->saddr.words[3];
	ip->daddr = flow->daddr.words[3];
	ip->check = csum_update(ip->check, addrs_diff);
	ports->source = flow->sport;
	ports->dest = flow->dport;
	if (csum_update_transport(skb, L4_OFF, p->key.proto, addrs_diff, BPF_F_PSEUDO_HDR) ||
	    csum_update_transport(skb, L4_OFF, p->key.proto, ports_diff, 0))
		return DROP_INTERNAL;
	return DROP_NONE;
}

static __always_inline int lower_mss(struct __sk_buff *skb, __u32 offset)
{
	__be16 mss, limit = bpf_htons(config.mtu - sizeof(struct iphdr) - sizeof(struct tcphdr));
	__u64 diff;

	if (bpf_skb_load_bytes(skb, offset, &mss, sizeof(mss)))
		return DROP_INTERNAL;
	if (bpf_ntohs(mss) <= bpf_ntohs(limit))
		return DROP_NONE;
	diff = csum_diff16(mss, limit);
	/* A word at an odd offset counts with its bytes exchanged. */
	if (offset & 1)
		diff = csum_diff16(__builtin_bswap16(mss), __builtin_bswap16(limit));
	if (bpf_skb_store_bytes(skb, offset, &limit, sizeof(limit), 0) ||
	    csum_update_transport(skb, L4_OFF, IPPROTO_TCP, diff, 0))
		return DROP_INTERNAL;
	return DROP_NONE;
}

/* The first MSS option of a SYN. An option that is cut short ends the search. */
static __noinline int clamp_mss(struct __sk_buff *skb, const struct packet *p)
{
	__u32 offset = L4_OFF + sizeof(struct tcphdr), end = L4_OFF + p->l4_len;
	__u8 option[2];

	for (int i = 0; i < TCP_HEADER_MAX - (int)sizeof(struct tcphdr); i++) {
		if (offset >= end || bpf_skb_load_bytes(skb, offset, option, 1))
			return DROP_NONE;
		if (option[0] == TCPOPT_EOL)
			return DROP_NONE;
		if (option[0] == TCPOPT_NOP) {
			offset++;
			continue;
		}
		if (offset + 2 > end || bpf_skb_load_bytes(skb, offset, option, 2))
			return DROP_NONE;
		if (option[1] < 2 || offset + option[1] > end)
			return DROP_NONE;
		if (option[0] == TCPOPT_MSS && option[1] == TCPOLEN_MSS)
			return lower_mss(skb, offset + 2);
		offset += option[1];
	}
	return DROP_NONE;
}

/* From the router to the interface's workload. */
static __always_inline int address_to(struct __sk_buff *skb, __u32 iface)
{
	struct ethhdr *eth = data_of(skb);

	if ((void *)(eth + 1) > data_end_of(skb))
		return DROP_INTERNAL;
	set_mac_of(eth->h_dest, iface);
	set_mac_of(eth->h_source, ROUTER_IFACE);
	return DROP_NONE;
}

#endif
