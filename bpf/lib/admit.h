/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Whether a flow is allowed and where it leads: rules, route, destination.
 * Pure policy: reads tables, writes the admission alone. Run for a new flow,
 * and again for an existing one when an epoch has changed.
 */
#ifndef ADIT_ADMIT_H
#define ADIT_ADMIT_H

#include "config.h"
#include "flow.h"
#include "hash.h"
#include "rules.h"
#include "verdict.h"

static __always_inline __u32 epoch_of(__u32 scope)
{
	__u32 *epoch = bpf_map_lookup_elem(&epochs, &scope);

	return epoch ? *epoch : 0;
}

static __always_inline __u32 epoch_sum(const struct flow *flow)
{
	return epoch_of(flow->scopes[0]) + epoch_of(flow->scopes[1]);
}

static __always_inline struct address *find_address(__u32 vni, const struct addr *addr)
{
	struct address_key key = {.vni = vni, .addr = *addr};

	return bpf_map_lookup_elem(&addresses, &key);
}

static __always_inline struct listener *find_listener(const struct frontend *frontend,
						      const struct flow_key *flow)
{
	struct listener_key key = {
		.node = frontend->node,
		.port = flow->dport,
		.proto = flow->proto,
	};

	return bpf_map_lookup_elem(&listeners, &key);
}

/*
 * The two networks of a new flow. Their epochs are read before admit() looks
 * at anything, so that a change while it runs makes the flow stale; what is
 * looked up here is looked up again there.
 */
static __noinline void find_scopes(struct admission *a)
{
	struct interface *from, *to;
	struct frontend *frontend;
	struct address *dst;

	from = bpf_map_lookup_elem(&interfaces, &a->key.iface);
	if (!from)
		return;
	a->flow.scopes[0] = from->vni;
	dst = find_address(from->vni, &a->key.daddr);
	if (!dst)
		return;
	if (dst->kind == ADDRESS_FRONTEND) {
		frontend = bpf_map_lookup_elem(&frontends, &dst->iface);
		if (frontend)
			a->flow.scopes[1] = frontend->backend_vni;
	} else {
		to = bpf_map_lookup_elem(&interfaces, &dst->iface);
		if (to)
			a->flow.scopes[1] = to->vni;
	}
}

/* Compares the scopes that the epoch was read for with those that were found. */
static __always_inline int settle_scopes(struct admission *a, __u16 from, __u16 to)
{
	if (a->flow.scopes[0] == from && a->flow.scopes[1] == to)
		return DROP_NONE;
	if (a->is_recheck)
		return DROP_FLOW_REVOKED;
	/* Changed in between: allowed for now, stale at its next packet. */
	a->flow.scopes[0] = from;
	a->flow.scopes[1] = to;
	a->flow.epoch = epoch_sum(&a->flow) - 1;
	return DROP_NONE;
}

static __always_inline bool allows(struct scratch *s, const struct interface *iface,
				   enum direction direction, const struct addr *peer_addr,
				   const struct interface *peer)
{
	s->query.direction = direction;
	s->query.peer = *peer_addr;
	return rules_allow(iface, peer, &s->query);
}

static __always_inline int check_route(const struct interface *from, const struct addr *daddr)
{
	struct route_key key = {
		.prefix_len = 32 + 128,
		.route_table = bpf_htonl(from->route_table),
		.addr = *daddr,
	};
	struct route *route = bpf_map_lookup_elem(&routes, &key);

	if (route && route->kind == ROUTE_BLACKHOLE)
		return DROP_BLACKHOLE;
	if (!route || route->kind != ROUTE_LOCAL)
		return DROP_NO_ROUTE;
	return DROP_NONE;
}

/* Why a packet that opens no flow, and belongs to none, is not passed on. */
static __always_inline int why_not_open(const struct admission *a, const struct address *dst)
{
	struct frontend *frontend;

	if (a->key.proto != IPPROTO_TCP)
		return DROP_ICMP_NO_FLOW;
	if (dst && dst->kind == ADDRESS_FRONTEND) {
		frontend = bpf_map_lookup_elem(&frontends, &dst->iface);
		if (!frontend)
			return DROP_FRONTEND_CLOSED;
		if (!find_listener(frontend, &a->key))
			return DROP_NO_LISTENER;
	}
	return DROP_NO_FLOW;
}

static __noinline int admit_workload(struct scratch *s, const struct interface *from,
				     const struct address *dst, const struct interface *to)
{
	struct admission *a = &s->admission;

	if (!to)
		return DROP_NO_DESTINATION;
	if (a->is_recheck && (a->flow.frontend || a->flow.out_iface != dst->iface))
		return DROP_FLOW_REVOKED;
	if (!allows(s, to, DIRECTION_INGRESS, &a->key.saddr, from))
		return DROP_RULES_INGRESS;
	if (!a->is_recheck) {
		a->flow.saddr = a->key.saddr;
		a->flow.daddr = a->key.daddr;
		a->flow.sport = a->key.sport;
		a->flow.dport = a->key.dport;
		a->flow.out_iface = dst->iface;
		a->flow.idle_secs = a->key.proto == IPPROTO_TCP	  ? TCP_IDLE_SECS
				    : a->key.proto == IPPROTO_UDP ? UDP_IDLE_SECS
								  : ICMP_IDLE_SECS;
	}
	return settle_scopes(a, from->vni, to->vni);
}

static __always_inline int choose_backend(struct flow *flow, const struct flow_key *key,
					  const struct listener *listener)
{
	__u32 *slots, *backend_id, slot = 0;
	struct backend *backend;
	void *set;

	set = bpf_map_lookup_elem(&backend_sets, &listener->backend_set);
	if (!set)
		return DROP_NO_BACKEND;
	slots = bpf_map_lookup_elem(set, &slot);
	if (!slots || !*slots)
		return DROP_NO_BACKEND;
	slot = 1 + flow_hash(key) % *slots;
	backend_id = bpf_map_lookup_elem(set, &slot);
	if (!backend_id)
		return DROP_NO_BACKEND;
	flow->backend = *backend_id;
	backend = bpf_map_lookup_elem(&backends, &flow->backend);
	if (!backend)
		return DROP_NO_BACKEND;
	flow->daddr = backend->addr;
	flow->dport = backend->port;
	flow->out_iface = backend->iface;
	return DROP_NONE;
}

/* Recheck: the flow stays with its backend, even a deregistered one. */
static __always_inline int check_backend(const struct flow *flow, const struct frontend *frontend)
{
	struct backend *backend;
	struct address *dst;

	if (!same_addr(&flow->saddr, &frontend->node_addr))
		return DROP_FLOW_REVOKED;
	backend = bpf_map_lookup_elem(&backends, &flow->backend);
	if (backend && backend->flags & BACKEND_TERMINATE)
		return DROP_FLOW_REVOKED;
	dst = find_address(frontend->backend_vni, &flow->daddr);
	if (!dst || dst->kind != ADDRESS_WORKLOAD || dst->iface != flow->out_iface)
		return DROP_FLOW_REVOKED;
	return DROP_NONE;
}

/* From the node to the backend: the rules of both, about what the node sends. */
static __always_inline int admit_backend(struct scratch *s, const struct frontend *frontend,
					 const struct listener *listener,
					 const struct interface *node)
{
	struct admission *a = &s->admission;
	struct interface *to;
	int why;

	why = a->is_recheck ? check_backend(&a->flow, frontend)
			    : choose_backend(&a->flow, &a->key, listener);
	if (why)
		return why;
	to = bpf_map_lookup_elem(&interfaces, &a->flow.out_iface);
	if (!to)
		return DROP_NO_BACKEND;
	s->query.dport = bpf_ntohs(a->flow.dport);
	if (!allows(s, node, DIRECTION_EGRESS, &a->flow.daddr, to))
		return DROP_RULES_NODE;
	if (!allows(s, to, DIRECTION_INGRESS, &frontend->node_addr, node))
		return DROP_RULES_BACKEND;
	return DROP_NONE;
}

static __noinline int admit_frontend(struct scratch *s, const struct interface *from,
				     const struct address *dst, const struct interface *to)
{
	struct admission *a = &s->admission;
	struct frontend *frontend;
	struct listener *listener;
	struct interface *node;
	int why;

	frontend = bpf_map_lookup_elem(&frontends, &dst->iface);
	if (!frontend || !to)
		return DROP_FRONTEND_CLOSED;
	if (a->is_recheck && a->flow.frontend != dst->iface)
		return DROP_FLOW_REVOKED;
	if (a->key.proto != IPPROTO_TCP && a->key.proto != IPPROTO_UDP)
		return DROP_FRONTEND_PROTOCOL;
	if (!allows(s, to, DIRECTION_INGRESS, &a->key.saddr, from))
		return DROP_RULES_FRONTEND;
	listener = find_listener(frontend, &a->key);
	if (!listener)
		return DROP_NO_LISTENER;
	node = bpf_map_lookup_elem(&interfaces, &frontend->node);
	if (!node)
		return DROP_FRONTEND_CLOSED;
	if (frontend->flags & FRONTEND_NODE_RULES &&
	    !allows(s, node, DIRECTION_INGRESS, &a->key.saddr, NULL))
		return DROP_RULES_NODE;
	why = admit_backend(s, frontend, listener, node);
	if (why)
		return why;
	if (!a->is_recheck) {
		a->flow.saddr = frontend->node_addr;
		a->flow.frontend = dst->iface;
		a->flow.idle_secs = listener->idle_secs;
	}
	return settle_scopes(a, from->vni, frontend->backend_vni);
}

/* Answers DROP_NONE, a drop reason or TO_RESOLVER. */
static __noinline int admit(struct scratch *s)
{
	struct admission *a = &s->admission;
	struct interface *from, *to = NULL;
	struct address *dst;
	int why;

	from = bpf_map_lookup_elem(&interfaces, &a->key.iface);
	if (!from)
		return DROP_NO_INTERFACE;
	if (!same_addr(&from->addr, &a->key.saddr))
		return DROP_SPOOFED_SOURCE;
	dst = find_address(from->vni, &a->key.daddr);
	if (dst && dst->kind == ADDRESS_RESOLVER)
		return TO_RESOLVER;
	if (!a->may_open)
		return why_not_open(a, dst);
	if (dst && dst->kind <= ADDRESS_NODE)
		to = bpf_map_lookup_elem(&interfaces, &dst->iface);
	s->query.proto = a->key.proto;
	s->query.dport = bpf_ntohs(a->key.dport);
	if (!allows(s, from, DIRECTION_EGRESS, &a->key.daddr, to))
		return DROP_RULES_EGRESS;
	why = check_route(from, &a->key.daddr);
	if (why)
		return why;
	if (!dst)
		return DROP_NO_DESTINATION;
	if (dst->kind == ADDRESS_ROUTER)
		return DROP_TO_ROUTER;
	if (dst->kind == ADDRESS_NODE)
		return DROP_TO_NODE;
	if (dst->iface == a->key.iface)
		return DROP_TO_SELF;
	if (dst->kind == ADDRESS_WORKLOAD)
		return admit_workload(s, from, dst, to);
	if (dst->kind == ADDRESS_FRONTEND)
		return admit_frontend(s, from, dst, to);
	return DROP_NO_DESTINATION;
}

/*
 * Whether the flow that this entry belongs to is still allowed. On success the
 * entry carries the epoch that was read first.
 */
static __always_inline bool recheck(struct scratch *s, const struct flow_key *key,
				    struct flow *flow)
{
	struct admission *a = &s->admission;
	__u32 epoch = epoch_sum(flow);

	a->is_recheck = true;
	a->may_open = true;
	a->flow = *flow;
	if (flow->flags & FLOW_REPLY) {
		peer_key_of(key, flow, &a->key);
		a->flow.saddr = key->daddr;
		a->flow.daddr = key->saddr;
		a->flow.sport = key->dport;
		a->flow.dport = key->sport;
		a->flow.out_iface = key->iface;
	} else {
		a->key = *key;
	}
	if (admit(s))
		return false;
	flow->epoch = epoch;
	return true;
}

#endif
