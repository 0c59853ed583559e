/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What is not in flows, told without a look into it: a counting Bloom filter
 * of its keys. A table of a million flows is in no cache; a new flow would
 * wait twice for a bucket and for whose chain it holds.
 *
 * A key counts in two of the 128 counters, of four bits, of one block. All that
 * enter or leave flows do so by enter_flow() and leave_flow(): a key is counted
 * before it is there and until it is gone, so a counter at 0 means no such key,
 * unless sixteen keys met in it: with a seed that is drawn at random nobody can
 * make them, and by chance they do not.
 */
#ifndef ADIT_COUNTERS_H
#define ADIT_COUNTERS_H

#include "hash.h"
#include "maps.h"

#define COUNTER_HASH_SALT 0x27d4eb2f /* the counters must not follow from the block */
#define COUNTER_MASK	  15u

/* Of a block's 128 counters: eight in each word. */
#define COUNTER_WORD(counter)  ((counter) >> 3 & 15)
#define COUNTER_SHIFT(counter) (((counter)&7) * 4)

static __always_inline struct flow_counters *flow_counters(const struct flow_key *key, __u32 *first,
							   __u32 *second)
{
	__u32 hash = flow_hash(key);
	__u32 block = hash & (config.flow_blocks - 1);

	hash = hash_mix(hash ^ COUNTER_HASH_SALT);
	*first = hash & 127;
	*second = hash >> 7 & 127;
	return bpf_map_lookup_elem(&flow_blocks, &block);
}

/* by: 1 or -1. Words wrap, so adding takes away as well. */
static __noinline void count_flow(const struct flow_key *key, __u32 by)
{
	struct flow_counters *counters;
	__u32 first, second;

	counters = flow_counters(key, &first, &second);
	if (!counters)
		return;
	__sync_fetch_and_add(&counters->words[COUNTER_WORD(first)], by << COUNTER_SHIFT(first));
	__sync_fetch_and_add(&counters->words[COUNTER_WORD(second)], by << COUNTER_SHIFT(second));
}

/* False only when flows has no such key. */
static __noinline bool may_be_established(const struct flow_key *key)
{
	struct flow_counters *counters;
	__u32 first, second;

	counters = flow_counters(key, &first, &second);
	if (!counters)
		return true;
	return counters->words[COUNTER_WORD(first)] >> COUNTER_SHIFT(first) & COUNTER_MASK &&
	       counters->words[COUNTER_WORD(second)] >> COUNTER_SHIFT(second) & COUNTER_MASK;
}

/* Answers as bpf_map_update_elem() with BPF_NOEXIST. */
static __always_inline int enter_flow(const struct flow_key *key, const struct flow *flow)
{
	int err; /* not long: before Linux 6.4 the upper half is not set */

	count_flow(key, 1);
	err = bpf_map_update_elem(&flows, key, flow, BPF_NOEXIST);
	if (err)
		count_flow(key, -1);
	return err;
}

static __always_inline void leave_flow(const struct flow_key *key)
{
	int err = bpf_map_delete_elem(&flows, key);

	if (!err)
		count_flow(key, -1);
}

#endif
