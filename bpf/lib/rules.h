/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Security groups. The functions that are not static are verified once each,
 * by themselves, instead of once per way that leads to them: their loops would
 * multiply.
 */
#ifndef ADIT_RULES_H
#define ADIT_RULES_H

#include "addr.h"
#include "maps.h"
#include "scratch.h"

/* An echo flow is judged as type 8, code 0. */
static __always_inline bool matches_protocol(const struct rule *rule,
					     const struct rule_query *query)
{
	if (rule->proto == PROTO_ANY)
		return true;
	if (rule->proto != query->proto)
		return false;
	if (query->proto == IPPROTO_ICMP)
		return (rule->port_lo == ICMP_ANY || rule->port_lo == ICMP_ECHO) &&
		       (rule->port_hi == ICMP_ANY || rule->port_hi == 0);
	return rule->port_lo <= query->dport && query->dport <= rule->port_hi;
}

/* peer may be absent; it is in no group then. */
static __always_inline bool is_in_group(const struct interface *peer, __u32 group)
{
	if (!peer)
		return false;
	for (__u32 i = 0; i < GROUPS_MAX && i < peer->group_count; i++)
		if (peer->groups[i] == group)
			return true;
	return false;
}

__noinline int group_allows(__u32 group, const struct interface *peer,
			    const struct rule_query *query)
{
	struct ruleset_key key = {.group = group};
	const struct ruleset *ruleset;

	if (!query)
		return 0;
	key.direction = query->direction;
	ruleset = bpf_map_lookup_elem(&rulesets, &key);
	if (!ruleset)
		return 0;
	for (__u32 i = 0; i < RULES_MAX && i < ruleset->count; i++) {
		const struct rule *rule = &ruleset->rules[i];

		if (!matches_protocol(rule, query))
			continue;
		if (rule->peer_group ? is_in_group(peer, rule->peer_group)
				     : in_prefix(&query->peer, &rule->prefix, rule->prefix_len))
			return 1;
	}
	return 0;
}

/* peer: whose groups the rules may name, or NULL. */
__noinline int rules_allow(const struct interface *iface, const struct interface *peer,
			   const struct rule_query *query)
{
	if (!iface || !query)
		return 0;
	if (!(iface->flags & INTERFACE_FILTERED))
		return 1;
	for (__u32 i = 0; i < GROUPS_MAX && i < iface->group_count; i++)
		if (group_allows(iface->groups[i], peer, query))
			return 1;
	return 0;
}

#endif
