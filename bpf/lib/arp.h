/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* ARP: the router answers for every address but the asker's own. */
#ifndef ADIT_ARP_H
#define ADIT_ARP_H

#include "deliver.h"

/* ARP for IPv4 over Ethernet (RFC 826). */
struct arp_ipv4 {
	struct arphdr header;
	unsigned char sender_mac[ETH_ALEN];
	__be32 sender;
	unsigned char target_mac[ETH_ALEN];
	__be32 target;
} __attribute__((packed));

static __always_inline int check_arp(const struct arp_ipv4 *arp, __u32 iface)
{
	struct interface *from;

	if (arp->header.ar_hrd != bpf_htons(ARPHRD_ETHER) ||
	    arp->header.ar_pro != bpf_htons(ETH_P_IP) || arp->header.ar_hln != ETH_ALEN ||
	    arp->header.ar_pln != sizeof(__be32))
		return DROP_ARP;
	from = bpf_map_lookup_elem(&interfaces, &iface);
	if (!from)
		return DROP_NO_INTERFACE;
	if (!is_mac_of(arp->sender_mac, iface) ||
	    (arp->sender && !is_ipv4(&from->addr, arp->sender)))
		return DROP_SPOOFED_ARP;
	if (arp->header.ar_op != bpf_htons(ARPOP_REQUEST) || is_ipv4(&from->addr, arp->target))
		return DROP_ARP;
	return DROP_NONE;
}

static __noinline int answer_arp(struct __sk_buff *skb, __u32 iface)
{
	struct arp_ipv4 *arp;
	__be32 target;
	int why;

	pull(skb, ETH_HLEN + sizeof(*arp));
	arp = data_of(skb) + ETH_HLEN;
	if ((void *)(arp + 1) > data_end_of(skb))
		return drop(skb, DROP_MALFORMED);
	why = check_arp(arp, iface);
	if (why)
		return drop(skb, why);
	target = arp->target;
	arp->header.ar_op = bpf_htons(ARPOP_REPLY);
	arp->target = arp->sender;
	arp->sender = target;
	set_mac_of(arp->target_mac, iface);
	set_mac_of(arp->sender_mac, ROUTER_IFACE);
	why = address_to(skb, iface);
	if (why)
		return drop(skb, why);
	leave_note(skb, iface, DROP_NONE);
	return enter_workload(skb, iface);
}

#endif
