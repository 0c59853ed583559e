/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Constants of one loaded program. The loader writes them before it loads, so
 * the verifier knows their values and removes what they rule out.
 */
#ifndef ADIT_CONFIG_H
#define ADIT_CONFIG_H

#include "kernel.h"

const volatile struct config config = {};

#define NSEC_PER_SEC 1000000000ull

/* The monotonic clock of the last tick: seconds are all that flows need. */
static __always_inline __u32 now_secs(void)
{
	if (config.fixed_now_secs)
		return config.fixed_now_secs;
	return bpf_ktime_get_coarse_ns() / NSEC_PER_SEC;
}

#endif
