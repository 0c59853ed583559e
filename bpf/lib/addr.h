/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* Addresses: 128-bit, IPv4-mapped; link-layer addresses that name interfaces. */
#ifndef ADIT_ADDR_H
#define ADIT_ADDR_H

#include "kernel.h"

static __always_inline void set_ipv4(struct addr *addr, __be32 ipv4)
{
	addr->words[0] = 0;
	addr->words[1] = 0;
	addr->words[2] = bpf_htonl(0xffff);
	addr->words[3] = ipv4;
}

static __always_inline bool same_addr(const struct addr *a, const struct addr *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1] &&
	       a->words[2] == b->words[2] && a->words[3] == b->words[3];
}

static __always_inline bool is_ipv4(const struct addr *addr, __be32 ipv4)
{
	return addr->words[0] == 0 && addr->words[1] == 0 && addr->words[2] == bpf_htonl(0xffff) &&
	       addr->words[3] == ipv4;
}

/* The first len bits, 0..32, of a word. */
static __always_inline bool same_bits(__be32 a, __be32 b, __u32 len)
{
	return !len || bpf_ntohl(a ^ b) >> (32 - len) == 0;
}

/*
 * prefix_len above 128 matches nothing. The last word first: most rules are
 * about IPv4, where the words before it are all the same.
 */
static __always_inline bool in_prefix(const struct addr *addr, const struct addr *prefix,
				      __u32 prefix_len)
{
	__u32 whole = prefix_len / 32;

	if (whole >= 3)
		return prefix_len <= 128 &&
		       same_bits(addr->words[3], prefix->words[3], prefix_len - 96) &&
		       addr->words[2] == prefix->words[2] && addr->words[1] == prefix->words[1] &&
		       addr->words[0] == prefix->words[0];
	for (__u32 i = 0; i < 3; i++) {
		if (i == whole)
			return same_bits(addr->words[i], prefix->words[i], prefix_len % 32);
		if (addr->words[i] != prefix->words[i])
			return false;
	}
	return false;
}

/* mac: in the packet. */
static __always_inline bool is_mac_of(const unsigned char *mac, __u32 iface)
{
	return *(__be16 *)mac == bpf_htons(MAC_PREFIX_0 << 8 | MAC_PREFIX_1) &&
	       *(__be32 *)(mac + 2) == bpf_htonl(iface);
}

static __always_inline void set_mac_of(unsigned char *mac, __u32 iface)
{
	*(__be16 *)mac = bpf_htons(MAC_PREFIX_0 << 8 | MAC_PREFIX_1);
	*(__be32 *)(mac + 2) = bpf_htonl(iface);
}

#endif
