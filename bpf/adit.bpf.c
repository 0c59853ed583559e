/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Adit's data plane: entry points. docs/datapath.md says what they do, step by
 * step; crates/datapath does the same in Rust, and a test compares them.
 */
#include "lib/arp.h"
#include "lib/fabric.h"
#include "lib/follow.h"
#include "lib/icmp_error.h"
#include "lib/reap.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* At tc ingress of the host side of a workload's veth. */
SEC("tc")
int from_workload(struct __sk_buff *skb)
{
	struct packet p = {.key.iface = skb->ifindex};
	struct ethhdr *eth;
	int why;

	pull(skb, HEADERS_LEN);
	eth = data_of(skb);
	if ((void *)(eth + 1) > data_end_of(skb))
		return drop(skb, DROP_MALFORMED);
	if (!is_mac_of(eth->h_source, p.key.iface))
		return drop(skb, DROP_SPOOFED_MAC);
	/* A VLAN tag may have been taken out of the frame. */
	if (skb->vlan_present)
		return drop(skb, DROP_ETHERTYPE);
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return answer_arp(skb, p.key.iface);
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return drop(skb, DROP_ETHERTYPE);
	why = parse_ipv4(skb, &p);
	if (why)
		return drop(skb, why);
	p.now = now_secs();
	if (is_icmp_error(&p))
		return translate_icmp_error(skb, &p);
	return follow(skb, &p);
}

/* At tc ingress of the fabric's inner device, where its sockets' packets come out. */
SEC("tc")
int from_fabric(struct __sk_buff *skb)
{
	struct packet p = {.from_fabric = true};
	struct fabric_ends ends = {};
	int why;

	pull(skb, IP6_HEADERS_LEN);
	why = parse_fabric(skb, &p, &ends);
	if (!why)
		why = fabric_to_ipv4(skb, &p);
	if (why)
		return drop(skb, why);
	if (!ends.local_iface)
		return deliver_to_workload(skb, &p, ends.remote_iface);
	p.now = now_secs();
	return follow(skb, &p);
}

/* Run by user space. */
SEC("syscall")
int reap(struct reap *args)
{
	__u32 now = args->now, count = args->count, removed = 0;

	for (__u32 i = 0; i < REAP_BATCH_MAX && i < count; i++)
		removed += reap_one(i, now);
	args->removed = removed;
	return 0;
}
