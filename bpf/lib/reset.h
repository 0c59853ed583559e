/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The answer to a refused packet: a drop, and for TCP a RST to its sender; when a
 * flow is cut by decree, one to its receiver as well.
 */
#ifndef ADIT_RESET_H
#define ADIT_RESET_H

#include "deliver.h"

#define RESET_TTL 64

/* IPv4 and TCP of a RST, without anything else. */
struct reset {
	struct iphdr ip;
	struct tcphdr tcp;
};

static __always_inline bool wants_reset(const struct packet *p, int why)
{
	if (p->key.proto != IPPROTO_TCP || p->tcp_flags & TCP_RST || p->from_fabric)
		return false;
	return why == DROP_NO_FLOW || why == DROP_FLOW_EXPIRED || why == DROP_FLOW_REVOKED ||
	       why == DROP_FLOW_TABLE_FULL;
}

/* A RST from one end to another. Sequence numbers and checksum fields stay zero. */
static __always_inline void build_reset(struct reset *r, __be32 saddr, __be32 daddr, __be16 sport,
					__be16 dport)
{
	__builtin_memset(r, 0, sizeof(*r));
	r->ip.version = 4;
	r->ip.ihl = sizeof(r->ip) / 4;
	r->ip.tot_len = bpf_htons(sizeof(*r));
	r->ip.frag_off = bpf_htons(IPV4_DF);
	r->ip.ttl = RESET_TTL;
	r->ip.protocol = IPPROTO_TCP;
	r->ip.saddr = saddr;
	r->ip.daddr = daddr;
	r->ip.check = ipv4_checksum(&r->ip);
	r->tcp.source = sport;
	r->tcp.dest = dport;
	r->tcp.doff = sizeof(r->tcp) / 4;
	r->tcp.rst = 1;
}

/* What the packet's sender is answered. Sequence numbers by RFC 9293, 3.10.7.1. */
static __always_inline void build_answer(struct reset *r, const struct packet *p,
					 const struct tcphdr *tcp)
{
	__u32 len = p->tot_len - sizeof(struct iphdr) - p->l4_len;

	build_reset(r, p->key.daddr.words[3], p->key.saddr.words[3], p->key.dport, p->key.sport);
	if (p->tcp_flags & TCP_ACK) {
		r->tcp.seq = tcp->ack_seq;
	} else {
		if (p->tcp_flags & TCP_SYN)
			len++;
		if (p->tcp_flags & TCP_FIN)
			len++;
		r->tcp.ack = 1;
		r->tcp.ack_seq = bpf_htonl(bpf_ntohl(tcp->seq) + len);
	}
}

/* What its receiver gets instead of the packet: a RST in its place in the stream. */
static __always_inline void build_cut(struct reset *r, const struct packet *p,
				      const struct flow *flow, const struct tcphdr *tcp)
{
	build_reset(r, flow->saddr.words[3], flow->daddr.words[3], flow->sport, flow->dport);
	r->tcp.seq = tcp->seq;
	if (p->tcp_flags & TCP_ACK) {
		r->tcp.ack = 1;
		r->tcp.ack_seq = tcp->ack_seq;
	}
}

/*
 * With CHECKSUM_PARTIAL the field must hold the pseudo-header's sum, else the
 * whole checksum. It is zero now; the helper adds to it the first part in both
 * cases, the second in the latter only.
 */
static __always_inline int sum_reset(struct __sk_buff *skb, const struct reset *r)
{
	const __u32 *words = (const __u32 *)&r->tcp;
	__u64 pseudo, header = 0;

	pseudo = (__u64)r->ip.saddr + r->ip.daddr + bpf_htons(IPPROTO_TCP) +
		 bpf_htons(sizeof(r->tcp));
#pragma unroll
	for (int i = 0; i < 5; i++)
		header += words[i];
	if (csum_update_transport(skb, L4_OFF, IPPROTO_TCP, pseudo, BPF_F_PSEUDO_HDR))
		return DROP_INTERNAL;
	return csum_update_transport(skb, L4_OFF, IPPROTO_TCP, header, 0);
}

/* Makes the packet this RST, addressed to the workload behind iface. */
static __always_inline int become_reset(struct __sk_buff *skb, const struct reset *r, __u32 iface)
{
	return bpf_skb_change_tail(skb, IP_OFF + sizeof(*r), 0) ||
	       bpf_skb_store_bytes(skb, IP_OFF, r, sizeof(*r),
				   BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH) ||
	       sum_reset(skb, r) || address_to(skb, iface);
}

/*
 * A flow that was cut by decree is told to both ends, since either may be
 * silent from now on. flow is the packet's entry as it was.
 */
static __noinline void cut_receiver(struct __sk_buff *skb, const struct packet *p,
				    const struct flow *flow, const struct tcphdr *tcp)
{
	struct reset r;

	build_cut(&r, p, flow, tcp);
	if (!become_reset(skb, &r, flow->out_iface))
		bpf_clone_redirect(skb, flow->out_iface, 0);
}

/* Turns the packet into the RST that answers it. */
static __noinline int answer_reset(struct __sk_buff *skb, const struct packet *p, int why,
				   const struct flow *flow)
{
	struct tcphdr *tcp = data_of(skb) + L4_OFF;
	struct tcphdr was;
	struct reset r;

	if ((void *)(tcp + 1) > data_end_of(skb))
		return drop(skb, why);
	was = *tcp;
	if (why == DROP_FLOW_REVOKED && !(flow->flags & FLOW_TO_FABRIC))
		cut_receiver(skb, p, flow, &was);
	build_answer(&r, p, &was);
	if (become_reset(skb, &r, p->key.iface))
		return drop(skb, why);
	count_drop(why);
	leave_note(skb, p->key.iface, why);
	return enter_workload(skb, p->key.iface);
}

/* flow: the packet's entry as it was, for DROP_FLOW_REVOKED. */
static __always_inline int refuse(struct __sk_buff *skb, const struct packet *p, int why,
				  const struct flow *flow)
{
	return wants_reset(p, why) ? answer_reset(skb, p, why, flow) : drop(skb, why);
}

#endif
