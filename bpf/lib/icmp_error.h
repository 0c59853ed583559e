/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * ICMP errors about a flow's packet: the quote is translated back to what the
 * packet was when its sender sent it. They change no flow.
 */
#ifndef ADIT_ICMP_ERROR_H
#define ADIT_ICMP_ERROR_H

#include "admit.h"
#include "deliver.h"
#include "flow.h"

#define QUOTE_OFF    (L4_OFF + sizeof(struct icmphdr))
#define QUOTE_L4_OFF (QUOTE_OFF + sizeof(struct iphdr))
#define QUOTE_L4_MIN 8 /* RFC 792 */

static __always_inline bool is_quoted(const struct packet *p, __u32 end_off)
{
	return p->tot_len >= end_off - IP_OFF;
}

/*
 * The key of the direction that answers the quoted packet, which is the way
 * that the error goes.
 */
static __always_inline int parse_quote(const struct __sk_buff *skb, const struct packet *p,
				       struct flow_key *key)
{
	struct iphdr *ip = data_of(skb) + QUOTE_OFF;
	struct ports *ports = (void *)(ip + 1);
	struct icmphdr *icmp = (void *)(ip + 1);

	if ((void *)(ip + 1) + QUOTE_L4_MIN > data_end_of(skb) ||
	    !is_quoted(p, QUOTE_L4_OFF + QUOTE_L4_MIN))
		return DROP_MALFORMED;
	if (*(__u8 *)ip != IPV4_NO_OPTIONS || ip->frag_off & bpf_htons(IPV4_FRAGMENT))
		return DROP_MALFORMED;
	__builtin_memset(key, 0, sizeof(*key));
	key->iface = p->key.iface;
	set_ipv4(&key->saddr, ip->daddr);
	set_ipv4(&key->daddr, ip->saddr);
	key->proto = ip->protocol;
	if (key->proto == IPPROTO_ICMP) {
		if (icmp->type != ICMP_ECHO && icmp->type != ICMP_ECHOREPLY)
			return DROP_MALFORMED;
		key->sport = icmp->id;
		key->dport = icmp->id;
		return DROP_NONE;
	}
	if (key->proto != IPPROTO_TCP && key->proto != IPPROTO_UDP)
		return DROP_MALFORMED;
	key->sport = ports->dest;
	key->dport = ports->source;
	return DROP_NONE;
}

/* Copies the flow that the error is about to s->flow. */
static __always_inline int find_quoted_flow(struct scratch *s, const struct flow_key *key,
					    __u32 now)
{
	struct flow *flow, *peer;
	bool is_half_open = false;

	flow = bpf_map_lookup_elem(&flows, key);
	if (!flow) {
		is_half_open = true;
		flow = bpf_map_lookup_elem(&half_open, key);
	}
	if (!flow)
		return DROP_ICMP_NO_FLOW;
	s->flow = *flow;
	peer = find_peer(is_half_open, key, &s->flow, &s->peer_key);
	if (is_pair_idle(is_half_open, key->proto, &s->flow, peer, now) ||
	    s->flow.flags & FLOW_TO_FABRIC)
		return DROP_ICMP_NO_FLOW;
	if (s->flow.epoch != epoch_sum(&s->flow))
		return DROP_FLOW_REVOKED;
	return DROP_NONE;
}

/*
 * The quoted transport header: ports, and the checksum if it was quoted. Takes
 * the difference of the quoted addresses, returns that of what it changed.
 */
static __always_inline __u64 rewrite_quoted_ports(const struct packet *p, struct iphdr *ip,
						  const struct flow *flow, void *end,
						  __u64 addrs_diff)
{
	struct ports *ports = (void *)(ip + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u64 diff =
		csum_diff16(ports->source, flow->dport) + csum_diff16(ports->dest, flow->sport);
	__u32 tcp_check_end = offsetof(struct tcphdr, check) + sizeof(tcp->check);
	__u16 check;

	ports->source = flow->dport;
	ports->dest = flow->sport;
	if (ip->protocol == IPPROTO_UDP) {
		check = csum_update_udp(udp->check, addrs_diff + diff);
		diff += csum_diff16(udp->check, check);
		udp->check = check;
	} else if (is_quoted(p, QUOTE_L4_OFF + tcp_check_end) &&
		   (void *)tcp + tcp_check_end <= end) {
		check = csum_update(tcp->check, addrs_diff + diff);
		diff += csum_diff16(tcp->check, check);
		tcp->check = check;
	}
	return diff;
}

/* Through a frontend go TCP and UDP alone, so the quote has ports. */
static __always_inline int rewrite_quote(struct __sk_buff *skb, const struct packet *p,
					 const struct flow *flow)
{
	struct iphdr *outer = data_of(skb) + IP_OFF;
	struct icmphdr *icmp = (void *)(outer + 1);
	struct iphdr *ip = (void *)(icmp + 1);
	void *end = data_end_of(skb);
	__u64 diff;
	__u16 check;

	if ((void *)(ip + 1) + QUOTE_L4_MIN > end)
		return DROP_INTERNAL;
	diff = csum_diff32(outer->saddr, flow->saddr.words[3]) +
	       csum_diff32(outer->daddr, flow->daddr.words[3]);
	outer->saddr = flow->saddr.words[3];
	outer->daddr = flow->daddr.words[3];
	outer->check = csum_update(outer->check, diff);

	diff = csum_diff32(ip->saddr, flow->daddr.words[3]) +
	       csum_diff32(ip->daddr, flow->saddr.words[3]);
	ip->saddr = flow->daddr.words[3];
	ip->daddr = flow->saddr.words[3];
	check = csum_update(ip->check, diff);
	diff += rewrite_quoted_ports(p, ip, flow, end, diff) + csum_diff16(ip->check, check);
	ip->check = check;
	icmp->checksum = csum_update(icmp->checksum, diff);
	return DROP_NONE;
}

static __noinline int translate_icmp_error(struct __sk_buff *skb, const struct packet *p)
{
	struct scratch *s = this_scratch();
	struct interface *from;
	struct flow_key key;
	int why;

	if (!s)
		return drop(skb, DROP_INTERNAL);
	pull(skb, QUOTE_L4_OFF + sizeof(struct tcphdr));
	why = parse_quote(skb, p, &key);
	if (why)
		return drop(skb, why);
	from = bpf_map_lookup_elem(&interfaces, &p->key.iface);
	if (!from)
		return drop(skb, DROP_NO_INTERFACE);
	if (!same_addr(&from->addr, &p->key.saddr))
		return drop(skb, DROP_SPOOFED_SOURCE);
	why = find_quoted_flow(s, &key, p->now);
	if (!why && s->flow.frontend)
		why = rewrite_quote(skb, p, &s->flow);
	if (why)
		return drop(skb, why);
	return deliver_to_workload(skb, p, s->flow.out_iface);
}

#endif
