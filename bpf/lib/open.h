/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * A new flow: admitted, given a source port, entered into half_open. The entry
 * of the reply direction comes first: BPF_NOEXIST on it makes sure that no two
 * flows get the same port.
 */
#ifndef ADIT_OPEN_H
#define ADIT_OPEN_H

#include "admit.h"
#include "flow.h"
#include "packet.h"

/* Whether the entry under reply_key was idle or closed, and is removed now. */
static __noinline bool gives_way(struct scratch *s, bool is_half_open, __u32 now)
{
	struct flow *rival, *peer;

	rival = bpf_map_lookup_elem(flow_table(is_half_open), &s->reply_key);
	if (!rival)
		return true;
	peer = find_peer(is_half_open, &s->reply_key, rival, &s->rival_key);
	if (!is_closing(rival) && !is_pair_idle(is_half_open, s->reply_key.proto, rival, peer, now))
		return false;
	remove_pair(is_half_open, &s->reply_key, peer ? &s->rival_key : NULL);
	return true;
}

/*
 * Claims the reply key with this source port: DROP_NONE, DROP_NO_PORT or
 * DROP_INTERNAL. What is in the way may give way once. Not static: see rules.h.
 */
__noinline int claim_port(__u32 port, __u32 now)
{
	struct scratch *s = this_scratch();
	int err; /* not long: before Linux 6.4 the upper half is not set */

	if (!s)
		return DROP_INTERNAL;
	s->reply_key.dport = bpf_htons(port);
	for (int attempt = 0; attempt < 2; attempt++) {
		err = bpf_map_update_elem(&half_open, &s->reply_key, &s->reply, BPF_NOEXIST);
		if (!err) {
			if (!may_be_established(&s->reply_key) ||
			    !bpf_map_lookup_elem(&flows, &s->reply_key))
				return DROP_NONE;
			bpf_map_delete_elem(&half_open, &s->reply_key);
		} else if (err != -EEXIST) {
			return DROP_INTERNAL;
		}
		if (attempt || !gives_way(s, err == -EEXIST, now))
			break;
	}
	return DROP_NO_PORT;
}

/*
 * The client's own port first: a client takes a port again only when its
 * target may have forgotten it, which no other choice can promise.
 */
static __noinline int choose_port(struct scratch *s, __u32 now)
{
	__u32 own = bpf_ntohs(s->admission.key.sport);
	__u32 range = config.nat_port_max - config.nat_port_min + 1;
	__u32 start = hash_mix(flow_hash(&s->admission.key) ^ PORT_HASH_SALT) % range;
	int why = DROP_NO_PORT;

	for (__u32 i = 0; i < PORT_PROBES_MAX; i++) {
		__u32 port = config.nat_port_min + (start + i) % range;

		if (i == 0 && own >= config.nat_port_min && own <= config.nat_port_max)
			port = own;
		why = claim_port(port, now);
		if (why != DROP_NO_PORT) {
			s->admission.flow.sport = bpf_htons(port);
			break;
		}
	}
	return why;
}

/* A flow that keeps its ports: what has its reply key is stale. */
static __always_inline int claim_plain(struct scratch *s)
{
	struct flow *stale = NULL, *peer;

	if (may_be_established(&s->reply_key))
		stale = bpf_map_lookup_elem(&flows, &s->reply_key);
	if (stale) {
		peer = find_peer(false, &s->reply_key, stale, &s->rival_key);
		remove_pair(false, &s->reply_key, peer ? &s->rival_key : NULL);
	}
	if (bpf_map_update_elem(&half_open, &s->reply_key, &s->reply, BPF_ANY))
		return DROP_INTERNAL;
	return DROP_NONE;
}

/* The reply's entry and key from the forward ones. */
static __always_inline void set_reply(struct scratch *s, bool from_fabric)
{
	struct admission *a = &s->admission;

	s->reply = a->flow;
	s->reply.saddr = a->key.daddr;
	s->reply.daddr = a->key.saddr;
	s->reply.sport = a->key.dport;
	s->reply.dport = a->key.sport;
	s->reply.out_iface = a->key.iface;
	s->reply.flags = from_fabric ? FLOW_REPLY | FLOW_TO_FABRIC : FLOW_REPLY;
	peer_key_of(&a->key, &a->flow, &s->reply_key);
}

/* Answers as admit(); DROP_NONE: s->flow is how to deliver the packet. */
static __noinline int open_flow(const struct packet *p, struct scratch *s)
{
	struct admission *a = &s->admission;
	int why;

	a->key = p->key;
	__builtin_memset(&a->flow, 0, sizeof(a->flow));
	a->flow.last_seen = p->now;
	a->is_recheck = false;
	a->may_open = may_open(p);
	find_scopes(a);
	a->flow.epoch = epoch_sum(&a->flow);
	why = admit(s);
	if (why)
		return why;
	set_reply(s, p->from_fabric);
	if (a->flow.frontend)
		why = choose_port(s, p->now);
	else if (p->from_fabric)
		why = claim_port(bpf_ntohs(a->key.sport), p->now);
	else
		why = claim_plain(s);
	if (why)
		return why;
	if (bpf_map_update_elem(&half_open, &a->key, &a->flow, BPF_ANY))
		return DROP_INTERNAL;
	s->flow = a->flow;
	return DROP_NONE;
}

#endif
