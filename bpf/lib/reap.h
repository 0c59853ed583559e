/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Removal of idle flows, asked for by user space and decided here. */
#ifndef ADIT_REAP_H
#define ADIT_REAP_H

#include "flow.h"

/* Returns how many entries of flows were removed. Not static: see rules.h. */
__noinline int reap_one(__u32 index, __u32 now)
{
	struct flow_key *key, peer_key;
	struct flow *flow, *peer;

	key = bpf_map_lookup_elem(&reap_keys, &index);
	if (!key)
		return 0;
	flow = bpf_map_lookup_elem(&flows, key);
	if (!flow)
		return 0;
	peer = find_peer(false, key, flow, &peer_key);
	if (!is_pair_idle(false, key->proto, flow, peer, now))
		return 0;
	remove_pair(false, key, peer ? &peer_key : NULL);
	return peer ? 2 : 1;
}

#endif
