/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Flow entries: which is whose peer, how old, how closed. Both directions of a
 * flow are removed here and created in open.h and track.h, and nowhere else.
 */
#ifndef ADIT_FLOW_H
#define ADIT_FLOW_H

#include "addr.h"
#include "counters.h"

#define FLOW_FINS (FLOW_FIN_SELF | FLOW_FIN_PEER)

static __always_inline void *flow_table(bool is_half_open)
{
	return is_half_open ? (void *)&half_open : (void *)&flows;
}

/* The key of the other direction. */
static __always_inline void peer_key_of(const struct flow_key *key, const struct flow *flow,
					struct flow_key *peer_key)
{
	peer_key->iface = flow->out_iface;
	peer_key->sport = flow->dport;
	peer_key->dport = flow->sport;
	peer_key->saddr = flow->daddr;
	peer_key->daddr = flow->saddr;
	peer_key->proto = key->proto;
	__builtin_memset(peer_key->pad, 0, sizeof(peer_key->pad));
}

/*
 * The entry of the other direction, with its key. One that does not point back
 * is another flow's, which got the key when this flow's entry was evicted.
 */
static __noinline struct flow *find_peer(bool is_half_open, const struct flow_key *key,
					 const struct flow *flow, struct flow_key *peer_key)
{
	struct flow *peer;

	peer_key_of(key, flow, peer_key);
	peer = bpf_map_lookup_elem(flow_table(is_half_open), peer_key);
	if (!peer)
		return NULL;
	if (peer->out_iface != key->iface || peer->dport != key->sport ||
	    peer->sport != key->dport || !same_addr(&peer->daddr, &key->saddr) ||
	    !same_addr(&peer->saddr, &key->daddr))
		return NULL;
	return peer;
}

static __always_inline bool is_closing(const struct flow *flow)
{
	return flow->state & FLOW_RST || (flow->state & FLOW_FINS) == FLOW_FINS;
}

/*
 * The age is signed: another CPU may have written last_seen after this one
 * read the clock.
 */
static __always_inline bool is_older(const struct flow *flow, __u32 now, __s32 limit_secs)
{
	return (__s32)(now - flow->last_seen) > limit_secs;
}

static __always_inline bool is_idle(bool is_half_open, __u8 proto, const struct flow *flow,
				    __u32 now)
{
	__u32 limit = flow->idle_secs;

	if (is_closing(flow))
		limit = TCP_CLOSING_SECS;
	else if (is_half_open && proto == IPPROTO_TCP)
		limit = TCP_HALF_OPEN_SECS;
	return is_older(flow, now, limit);
}

/* peer may be missing. */
static __always_inline bool is_pair_idle(bool is_half_open, __u8 proto, const struct flow *flow,
					 const struct flow *peer, __u32 now)
{
	return is_idle(is_half_open, proto, flow, now) &&
	       (!peer || is_idle(is_half_open, proto, peer, now));
}

/* peer_key: NULL when the peer is missing. */
static __always_inline void remove_pair(bool is_half_open, const struct flow_key *key,
					const struct flow_key *peer_key)
{
	if (is_half_open) {
		bpf_map_delete_elem(&half_open, key);
		if (peer_key)
			bpf_map_delete_elem(&half_open, peer_key);
	} else {
		leave_flow(key);
		if (peer_key)
			leave_flow(peer_key);
	}
}

/*
 * Both directions may be writing state at once on two CPUs, so it is changed
 * by an atomic operation on the word that it is the last byte of.
 */
_Static_assert(__builtin_offsetof(struct flow, idle_secs) == 60 &&
		       __builtin_offsetof(struct flow, state) == 63,
	       "set_state() and clear_state() work on that word");

static __always_inline void set_state(struct flow *flow, __u8 bits)
{
	__sync_fetch_and_or((__u32 *)&flow->idle_secs, (__u32)bits << 24);
}

static __always_inline void clear_state(struct flow *flow, __u8 bits)
{
	__sync_fetch_and_and((__u32 *)&flow->idle_secs, ~((__u32)bits << 24));
}

/* Written only when it differs, so that busy flows do not fight for the line. */
static __always_inline void touch(struct flow *flow, __u32 now)
{
	if (flow->last_seen != now)
		flow->last_seen = now;
}

#endif
