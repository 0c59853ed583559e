/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * What a packet is: parse and check of Ethernet, IPv4 and transport headers.
 * After parse_ipv4() the headers that struct packet describes are readable by
 * direct access; options and quotes are pulled where they are needed.
 */
#ifndef ADIT_PACKET_H
#define ADIT_PACKET_H

#include "addr.h"
#include "config.h"

#define IP_OFF	    ETH_HLEN
#define L4_OFF	    (ETH_HLEN + sizeof(struct iphdr))
#define HEADERS_LEN (L4_OFF + sizeof(struct tcphdr))

#define IPV4_NO_OPTIONS 0x45 /* version and header length */
#define IPV4_DF		0x4000
#define IPV4_FRAGMENT	0x3fff /* more fragments, or an offset */

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct packet {
	struct flow_key key;
	__u32 now;	/* seconds */
	__u16 tot_len;	/* of the IPv4 packet, without padding */
	__u8 l4_len;	/* of the transport header */
	__u8 tcp_flags; /* 0 unless TCP */
	__u8 icmp_type; /* 0 unless ICMP */
	bool from_fabric;
};

static __always_inline void *data_of(const struct __sk_buff *skb)
{
	return (void *)(long)skb->data;
}

static __always_inline void *data_end_of(const struct __sk_buff *skb)
{
	return (void *)(long)skb->data_end;
}

/* Makes the first len bytes readable, or all if there are fewer. */
static __always_inline void pull(struct __sk_buff *skb, __u32 len)
{
	if (data_of(skb) + len > data_end_of(skb))
		bpf_skb_pull_data(skb, len < skb->len ? len : skb->len);
}

static __always_inline bool is_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static __always_inline bool may_open(const struct packet *p)
{
	if (p->key.proto == IPPROTO_TCP)
		return is_syn(p);
	return p->key.proto == IPPROTO_UDP || p->icmp_type == ICMP_ECHO;
}

static __always_inline bool is_icmp_error(const struct packet *p)
{
	return p->key.proto == IPPROTO_ICMP &&
	       (p->icmp_type == ICMP_DEST_UNREACH || p->icmp_type == ICMP_TIME_EXCEEDED ||
		p->icmp_type == ICMP_PARAMETERPROB);
}

static __always_inline int parse_tcp(struct packet *p, struct tcphdr *tcp, void *end, __u32 len)
{
	if ((void *)(tcp + 1) > end || len < sizeof(*tcp))
		return DROP_MALFORMED;
	p->l4_len = tcp->doff * 4;
	p->tcp_flags = ((__u8 *)tcp)[13];
	p->key.sport = tcp->source;
	p->key.dport = tcp->dest;
	if (p->l4_len < sizeof(*tcp) || p->l4_len > len)
		return DROP_MALFORMED;
	if (p->tcp_flags & TCP_SYN && p->tcp_flags & (TCP_FIN | TCP_RST))
		return DROP_TCP_FLAGS;
	if (!(p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)))
		return DROP_TCP_FLAGS;
	return DROP_NONE;
}

static __always_inline int parse_udp(struct packet *p, struct udphdr *udp, void *end, __u32 len)
{
	__u32 udp_len;

	if ((void *)(udp + 1) > end || len < sizeof(*udp))
		return DROP_MALFORMED;
	udp_len = bpf_ntohs(udp->len);
	if (udp_len < sizeof(*udp) || udp_len > len)
		return DROP_MALFORMED;
	p->l4_len = sizeof(*udp);
	p->key.sport = udp->source;
	p->key.dport = udp->dest;
	return DROP_NONE;
}

static __always_inline int parse_icmp(struct packet *p, struct icmphdr *icmp, void *end, __u32 len)
{
	if ((void *)(icmp + 1) > end || len < sizeof(*icmp))
		return DROP_MALFORMED;
	p->l4_len = sizeof(*icmp);
	p->icmp_type = icmp->type;
	p->key.sport = icmp->id;
	p->key.dport = icmp->id;
	return DROP_NONE;
}

/* TCP or UDP of len bytes; key.proto is set. */
static __always_inline int parse_ports(struct packet *p, void *l4, void *end, __u32 len)
{
	if (p->key.proto == IPPROTO_TCP)
		return parse_tcp(p, l4, end, len);
	if (p->key.proto == IPPROTO_UDP)
		return parse_udp(p, l4, end, len);
	return DROP_PROTOCOL;
}

/* A GSO packet is as large as the largest packet that it stands for. */
static __always_inline bool is_too_big(const struct __sk_buff *skb, const struct packet *p)
{
	__u32 size = p->tot_len;

	if (skb->gso_size)
		size = sizeof(struct iphdr) + p->l4_len + skb->gso_size;
	return size > config.mtu;
}

/* key.iface is set by the caller; an ICMP error gets no meaningful ports. */
static __always_inline int parse_ipv4(const struct __sk_buff *skb, struct packet *p)
{
	struct iphdr *ip = data_of(skb) + IP_OFF;
	void *end = data_end_of(skb);
	void *l4 = ip + 1;
	int why;

	if (l4 > end || ip->version != 4)
		return DROP_MALFORMED;
	p->tot_len = bpf_ntohs(ip->tot_len);
	if (p->tot_len < sizeof(*ip) || p->tot_len > skb->len - ETH_HLEN)
		return DROP_MALFORMED;
	if (*(__u8 *)ip != IPV4_NO_OPTIONS)
		return DROP_IP_OPTIONS;
	if (ip->frag_off & bpf_htons(IPV4_FRAGMENT))
		return DROP_FRAGMENT;
	set_ipv4(&p->key.saddr, ip->saddr);
	set_ipv4(&p->key.daddr, ip->daddr);
	p->key.proto = ip->protocol;
	if (p->key.proto == IPPROTO_ICMP)
		why = parse_icmp(p, l4, end, p->tot_len - sizeof(*ip));
	else
		why = parse_ports(p, l4, end, p->tot_len - sizeof(*ip));
	if (why)
		return why;
	if (is_too_big(skb, p))
		return DROP_TOO_BIG;
	if (p->key.proto == IPPROTO_ICMP && p->icmp_type != ICMP_ECHO &&
	    p->icmp_type != ICMP_ECHOREPLY && !is_icmp_error(p))
		return DROP_ICMP_TYPE;
	return DROP_NONE;
}

#endif
