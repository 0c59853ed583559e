/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* How a packet leaves: into a workload, or into the fabric's sockets. */
#ifndef ADIT_DELIVER_H
#define ADIT_DELIVER_H

#include "fabric.h"
#include "rewrite.h"
#include "verdict.h"

/*
 * Straight into the workload's side of its veth. The packet type was found by
 * the receiving device's own address, which means nothing to the next one.
 */
static __always_inline int enter_workload(struct __sk_buff *skb, __u32 iface)
{
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	return bpf_redirect_peer(iface, 0);
}

static __always_inline int deliver_to_workload(struct __sk_buff *skb, const struct packet *p,
					       __u32 iface)
{
	int why = DROP_NONE;

	if (p->tcp_flags & TCP_SYN)
		why = clamp_mss(skb, p);
	if (!why)
		why = address_to(skb, iface);
	if (why)
		return drop(skb, why);
	leave_note(skb, iface, DROP_NONE);
	return enter_workload(skb, iface);
}

static __noinline int deliver_to_fabric(struct __sk_buff *skb, const struct packet *p,
					__u32 local_iface)
{
	int why = ipv4_to_fabric(skb, p, local_iface);

	if (why)
		return drop(skb, why);
	leave_note(skb, config.fabric_iface, DROP_NONE);
	return bpf_redirect(config.fabric_iface, BPF_F_INGRESS);
}

static __always_inline int deliver(struct __sk_buff *skb, const struct packet *p,
				   const struct flow *flow)
{
	if (unlikely(flow->flags & FLOW_TO_FABRIC))
		return deliver_to_fabric(skb, p, flow->out_iface);
	if (flow->frontend) {
		int why = rewrite(skb, p, flow);

		if (unlikely(why))
			return drop(skb, why);
	}
	return deliver_to_workload(skb, p, flow->out_iface);
}

#endif
