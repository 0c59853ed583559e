/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Memory of the slow path, one per CPU, because the stack has 512 bytes. A
 * program is not interrupted by another one on its CPU (softirqs do not nest),
 * and nothing is kept here from one packet to the next.
 */
#ifndef ADIT_SCRATCH_H
#define ADIT_SCRATCH_H

#include "kernel.h"

/* What rules are asked. */
struct rule_query {
	struct addr peer;
	__u16 dport; /* as the judged interface sees it, host order */
	__u8 proto;
	__u8 direction; /* enum direction */
};

/* What admit() is asked and answers. */
struct admission {
	struct flow_key key; /* forward */
	/*
	 * Forward. New flow: the answer, but for the source port. Recheck: what
	 * the flow has chosen.
	 */
	struct flow flow;
	bool is_recheck;
	bool may_open; /* the packet may open a flow */
};

struct scratch {
	struct admission admission;
	struct rule_query query;
	struct flow_key peer_key;  /* of the packet's entry */
	struct flow_key reply_key; /* of a flow that is being created */
	struct flow_key rival_key; /* of what is in the way of reply_key */
	struct flow reply;
	struct flow forward;
	struct flow flow; /* what the packet is delivered by */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

static __always_inline struct scratch *this_scratch(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

#endif
