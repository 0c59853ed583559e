/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Internet checksums, updated incrementally (RFC 1624, equation 3).
 *
 * A difference is a sum of complemented old and new words that was not folded
 * yet. A transport checksum must be changed by csum_update_transport() only:
 * what stands in the packet depends on offload (with CHECKSUM_PARTIAL it is the
 * pseudo-header's sum alone, and the device adds the rest), which the helper
 * knows and the program cannot see.
 */
#ifndef ADIT_CSUM_H
#define ADIT_CSUM_H

#include "kernel.h"

static __always_inline __u16 csum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline __u64 csum_diff32(__be32 from, __be32 to)
{
	return (__u64)(__u32)~from + to;
}

static __always_inline __u64 csum_diff16(__be16 from, __be16 to)
{
	return (__u64)(__u16)~from + to;
}

static __always_inline __u16 csum_update(__u16 csum, __u64 diff)
{
	return ~csum_fold((__u16)~csum + diff);
}

/* A UDP checksum: zero means none, and is never the result. */
static __always_inline __u16 csum_update_udp(__u16 csum, __u64 diff)
{
	return csum ? csum_update(csum, diff) ?: 0xffff : 0;
}

/* Offset of the checksum in a TCP or UDP header. */
static __always_inline __u32 csum_offset(__u8 proto)
{
	return proto == IPPROTO_TCP ? offsetof(struct tcphdr, check)
				    : offsetof(struct udphdr, check);
}

/*
 * l4_off is the transport header's offset; flags is BPF_F_PSEUDO_HDR for a
 * change of the pseudo-header, 0 for one of the segment. Packet pointers are
 * invalid afterwards.
 */
static __always_inline int csum_update_transport(struct __sk_buff *skb, __u32 l4_off, __u8 proto,
						 __u64 diff, __u64 flags)
{
	if (proto == IPPROTO_UDP)
		flags |= BPF_F_MARK_MANGLED_0;
	return bpf_l4_csum_replace(skb, l4_off + csum_offset(proto), 0, csum_fold(diff), flags);
}

#endif
