/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * To the resolver, which is one for all interfaces: each may send it so many
 * packets a second, so that none takes the others' answers.
 */
#ifndef ADIT_RESOLVER_H
#define ADIT_RESOLVER_H

#include "deliver.h"

/*
 * A window is one word, because its count means nothing without its second:
 * CPUs change it by atomic operations, and none sees half of a change.
 */
_Static_assert(__builtin_offsetof(struct resolver_window, count) == 0 &&
		       __builtin_offsetof(struct resolver_window, second) == 4 &&
		       sizeof(struct resolver_window) == sizeof(__u64),
	       "count is the lower half of the word, second the upper one");

static __always_inline __u64 in_window(__u32 second)
{
	return (__u64)second << 32;
}

static __always_inline __u64 *find_window(const __u32 *iface, __u32 now)
{
	struct resolver_window *window, fresh = {.second = now};

	window = bpf_map_lookup_elem(&resolver_windows, iface);
	if (window)
		return (__u64 *)window;
	/* If another CPU was first, its window is as good. */
	bpf_map_update_elem(&resolver_windows, iface, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&resolver_windows, iface);
}

/* A GSO packet is as many as it stands for. */
static __always_inline __u32 packets_of(const struct __sk_buff *skb, const struct packet *p)
{
	__u32 payload = p->tot_len - sizeof(struct iphdr) - p->l4_len;

	if (!skb->gso_size || payload <= skb->gso_size)
		return 1;
	return (payload + skb->gso_size - 1) / skb->gso_size;
}

/*
 * DROP_NONE if the packet is within the limit of its interface. The turn of a
 * second is made by one CPU; a packet of one that read the clock before that
 * counts in the new second. Past the limit the window is only read.
 */
static __noinline int count_to_resolver(const struct __sk_buff *skb, const struct packet *p)
{
	__u64 *window, seen, turned, found;
	__u32 packets = packets_of(skb, p);

	window = find_window(&p->key.iface, p->now);
	if (!window)
		return DROP_INTERNAL;
	seen = *(volatile __u64 *)window;
	if ((__s32)(p->now - (__u32)(seen >> 32)) > 0) {
		turned = in_window(p->now);
		found = __sync_val_compare_and_swap(window, seen, turned);
		seen = found == seen ? turned : found;
	}
	if ((__u32)seen >= config.resolver_packets_max)
		return DROP_RESOLVER_LIMIT;
	seen = __sync_fetch_and_add(window, packets);
	return (__u32)seen + packets > config.resolver_packets_max ? DROP_RESOLVER_LIMIT
								   : DROP_NONE;
}

/* The resolver answers on port 53 and keeps no flows. */
static __always_inline int deliver_to_resolver(struct __sk_buff *skb, const struct packet *p)
{
	int why = DROP_NONE;

	if ((p->key.proto != IPPROTO_TCP && p->key.proto != IPPROTO_UDP) ||
	    p->key.dport != bpf_htons(DNS_PORT))
		return drop(skb, DROP_RESOLVER_PORT);
	if (config.resolver_packets_max)
		why = count_to_resolver(skb, p);
	if (why)
		return drop(skb, why);
	return deliver_to_fabric(skb, p, 0);
}

#endif
