/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What a packet does to its flow: age, recheck, close, promotion from half_open
 * to flows. These answer DROP_NONE to deliver the packet, a drop reason, or
 * OPEN_FLOW.
 */
#ifndef ADIT_TRACK_H
#define ADIT_TRACK_H

#include "admit.h"
#include "flow.h"
#include "packet.h"

/* The flow is gone: the packet may be the first one of another. */
static __always_inline int reopen_or(const struct packet *p, int why)
{
	return may_open(p) ? OPEN_FLOW : why;
}

/*
 * The common case, decided without a look at the peer: an established flow
 * that is fresh and allowed, and a packet that changes nothing. After a RST
 * every packet does.
 */
static __always_inline bool is_undisturbed(const struct packet *p, const struct flow *flow)
{
	return !(flow->state & FLOW_RST) && !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
	       !is_idle(false, p->key.proto, flow, p->now) && flow->epoch == epoch_sum(flow);
}

static __always_inline void note_close(const struct packet *p, struct flow *flow, struct flow *peer)
{
	if (p->tcp_flags & TCP_FIN) {
		set_state(flow, FLOW_FIN_SELF);
		if (peer)
			set_state(peer, FLOW_FIN_PEER);
	}
	if (p->tcp_flags & TCP_RST) {
		set_state(flow, FLOW_RST);
		if (peer)
			set_state(peer, FLOW_RST);
	} else if (flow->state & FLOW_RST) {
		/* Its receiver did not take the RST: it talks on. */
		clear_state(flow, FLOW_RST);
		if (peer)
			clear_state(peer, FLOW_RST);
	}
}

static __noinline int track_established(const struct packet *p, struct scratch *s,
					struct flow *flow)
{
	struct flow *peer = find_peer(false, &p->key, flow, &s->peer_key);
	struct flow_key *peer_key = peer ? &s->peer_key : NULL;

	if (is_pair_idle(false, p->key.proto, flow, peer, p->now)) {
		remove_pair(false, &p->key, peer_key);
		return reopen_or(p, DROP_FLOW_EXPIRED);
	}
	if (is_syn(p) && !(flow->flags & FLOW_REPLY) && is_closing(flow)) {
		remove_pair(false, &p->key, peer_key);
		return OPEN_FLOW;
	}
	if (flow->epoch != epoch_sum(flow) && !recheck(s, &p->key, flow)) {
		remove_pair(false, &p->key, peer_key);
		return DROP_FLOW_REVOKED;
	}
	if (p->key.proto == IPPROTO_TCP)
		note_close(p, flow, peer);
	touch(flow, p->now);
	return DROP_NONE;
}

/*
 * From half_open to flows, the reply first. peer_key is s->peer_key; flow is
 * the packet's entry. If another CPU is promoting the same flow, it has the
 * reply's entry in place already and does the rest.
 */
static __noinline int promote(const struct packet *p, struct scratch *s, const struct flow *flow,
			      const struct flow *peer)
{
	bool is_reply = flow->flags & FLOW_REPLY;
	const struct flow_key *reply_key = is_reply ? &p->key : &s->peer_key;
	const struct flow_key *forward_key = is_reply ? &s->peer_key : &p->key;
	__u8 fin = p->tcp_flags & TCP_FIN;
	int err; /* not long: before Linux 6.4 the upper half is not set */

	s->reply = is_reply ? *flow : *peer;
	s->forward = is_reply ? *peer : *flow;
	s->reply.last_seen = p->now;
	s->forward.last_seen = p->now;
	/* TCP is promoted by the forward direction alone. */
	s->reply.state = fin ? FLOW_FIN_PEER : 0;
	s->forward.state = fin ? FLOW_FIN_SELF : 0;
	err = enter_flow(reply_key, &s->reply);
	if (err == -EEXIST)
		return DROP_NONE;
	if (!err) {
		err = enter_flow(forward_key, &s->forward);
		if (err == -EEXIST) /* stale: of a flow whose reply is gone */
			err = bpf_map_update_elem(&flows, forward_key, &s->forward, BPF_EXIST);
		if (err == -ENOENT) /* and removed right now */
			err = enter_flow(forward_key, &s->forward);
		if (err)
			leave_flow(reply_key);
	}
	remove_pair(true, &p->key, &s->peer_key);
	return err ? DROP_FLOW_TABLE_FULL : DROP_NONE;
}

/* What a TCP packet does to its half-open flow. */
static __always_inline int handshake(const struct packet *p, struct scratch *s, struct flow *flow,
				     struct flow *peer)
{
	__u8 flags = p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST);

	if (flags & TCP_RST) {
		remove_pair(true, &p->key, &s->peer_key);
	} else if (flow->flags & FLOW_REPLY) {
		if (flags == (TCP_SYN | TCP_ACK)) {
			set_state(flow, FLOW_ANSWERED);
			set_state(peer, FLOW_ANSWERED);
		}
	} else if (flags == TCP_ACK && flow->state & FLOW_ANSWERED) {
		return promote(p, s, flow, peer);
	}
	return DROP_NONE;
}

static __noinline int track_half_open(const struct packet *p, struct scratch *s, struct flow *flow)
{
	struct flow *peer = find_peer(true, &p->key, flow, &s->peer_key);

	if (!peer) {
		remove_pair(true, &p->key, NULL);
		return reopen_or(p, DROP_NO_FLOW);
	}
	if (is_pair_idle(true, p->key.proto, flow, peer, p->now)) {
		remove_pair(true, &p->key, &s->peer_key);
		return reopen_or(p, DROP_FLOW_EXPIRED);
	}
	if (flow->epoch != epoch_sum(flow) && !recheck(s, &p->key, flow)) {
		remove_pair(true, &p->key, &s->peer_key);
		return DROP_FLOW_REVOKED;
	}
	touch(flow, p->now);
	if (p->key.proto == IPPROTO_TCP)
		return handshake(p, s, flow, peer);
	if (flow->flags & FLOW_REPLY)
		return promote(p, s, flow, peer);
	return DROP_NONE;
}

#endif
