/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What a step answers: DROP_NONE to go on, a drop reason, or one of the two
 * below. And how a program ends.
 */
#ifndef ADIT_VERDICT_H
#define ADIT_VERDICT_H

#include "maps.h"

#define OPEN_FLOW   -1 /* the packet belongs to no flow any more and may open one */
#define TO_RESOLVER -2 /* the destination is the resolver */

static __always_inline void count_drop(__u32 why)
{
	__u64 *count = bpf_map_lookup_elem(&drops, &why);

	if (count)
		(*count)++;
}

/* cb tells tests and tools what became of the packet. */
static __always_inline void leave_note(struct __sk_buff *skb, __u32 iface, __u32 why)
{
	skb->cb[0] = iface;
	skb->cb[1] = why;
}

static __noinline int drop(struct __sk_buff *skb, int why)
{
	count_drop(why);
	leave_note(skb, 0, why);
	return TC_ACT_SHOT;
}

#endif
