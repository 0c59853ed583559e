/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/* The hash that chooses backends and source ports. */
#ifndef ADIT_HASH_H
#define ADIT_HASH_H

#include "config.h"

#define PORT_HASH_SALT 0x5bd1e995 /* the port must not follow from the backend */

/* Murmur3's finaliser. */
static __always_inline __u32 hash_mix(__u32 h)
{
	h ^= h >> 16;
	h *= 0x85EBCA6B;
	h ^= h >> 13;
	h *= 0xC2B2AE35;
	h ^= h >> 16;
	return h;
}

static __always_inline __u32 flow_hash(const struct flow_key *key)
{
	const __u32 *words = (const __u32 *)key;
	__u32 h = config.hash_seed;

	_Static_assert(sizeof(*key) == 11 * sizeof(__u32), "eleven words");
#pragma unroll
	for (int i = 0; i < 11; i++) {
		h ^= words[i];
		h *= 0x9E3779B1;
		h = h << 15 | h >> 17;
	}
	return hash_mix(h);
}

#endif
