/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The way of an IPv4 packet whose key is known: find its flow, track, deliver. */
#ifndef ADIT_FOLLOW_H
#define ADIT_FOLLOW_H

#include "open.h"
#include "reset.h"
#include "resolver.h"
#include "track.h"

/*
 * flow: the packet's entry in flows, or NULL. Delivery is by a copy of the
 * entry, because an entry that is removed may be another flow's at once.
 */
static __noinline int follow_slowly(struct __sk_buff *skb, const struct packet *p,
				    struct flow *flow)
{
	struct scratch *s = this_scratch();
	int what = OPEN_FLOW;

	if (!s)
		return drop(skb, DROP_INTERNAL);
	if (flow) {
		s->flow = *flow;
		what = track_established(p, s, flow);
	} else {
		flow = bpf_map_lookup_elem(&half_open, &p->key);
		if (flow) {
			s->flow = *flow;
			what = track_half_open(p, s, flow);
		}
	}
	if (what == OPEN_FLOW)
		what = open_flow(p, s);
	if (what == TO_RESOLVER)
		return deliver_to_resolver(skb, p);
	if (what)
		return refuse(skb, p, what, &s->flow);
	return deliver(skb, p, &s->flow);
}

static __always_inline int follow(struct __sk_buff *skb, const struct packet *p)
{
	struct flow *flow = NULL;

	if (!is_syn(p) || may_be_established(&p->key))
		flow = bpf_map_lookup_elem(&flows, &p->key);
	if (unlikely(!flow || !is_undisturbed(p, flow)))
		return follow_slowly(skb, p, flow);
	touch(flow, p->now);
	return deliver(skb, p, flow);
}

#endif
