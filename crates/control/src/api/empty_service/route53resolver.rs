//! Route 53 Resolver.

use super::Answer::{self, List, Unsupported};
use super::Member::{self, Count};
use super::empty_actions;

const NO_RULES: &str = "there are no resolver endpoints and rules";
const NO_FIREWALLS: &str = "there are no DNS firewalls";
const NO_LOGS: &str = "there are no query logs";
const NO_OUTPOSTS: &str = "there are no outposts";
const FIXED: &str = "resolvers cannot be configured";

const TOTALS: &[Member] = &[Count("TotalCount"), Count("TotalFilteredCount")];

const fn no_such(what: &'static str) -> Answer {
    let code = "ResourceNotFoundException";
    Answer::NoSuch { code, what }
}

empty_actions! {
    AssociateFirewallRuleGroup: => Unsupported(NO_FIREWALLS);
    AssociateResolverEndpointIpAddress: => Unsupported(NO_RULES);
    AssociateResolverQueryLogConfig: => Unsupported(NO_LOGS);
    AssociateResolverRule: => Unsupported(NO_RULES);
    CreateFirewallDomainList: => Unsupported(NO_FIREWALLS);
    CreateFirewallRule: => Unsupported(NO_FIREWALLS);
    CreateFirewallRuleGroup: => Unsupported(NO_FIREWALLS);
    CreateOutpostResolver: => Unsupported(NO_OUTPOSTS);
    CreateResolverEndpoint: => Unsupported(NO_RULES);
    CreateResolverQueryLogConfig: => Unsupported(NO_LOGS);
    CreateResolverRule: => Unsupported(NO_RULES);
    DeleteFirewallDomainList: => Unsupported(NO_FIREWALLS);
    DeleteFirewallRule: => Unsupported(NO_FIREWALLS);
    DeleteFirewallRuleGroup: => Unsupported(NO_FIREWALLS);
    DeleteOutpostResolver: => Unsupported(NO_OUTPOSTS);
    DeleteResolverEndpoint: => Unsupported(NO_RULES);
    DeleteResolverQueryLogConfig: => Unsupported(NO_LOGS);
    DeleteResolverRule: => Unsupported(NO_RULES);
    DisassociateFirewallRuleGroup: => Unsupported(NO_FIREWALLS);
    DisassociateResolverEndpointIpAddress: => Unsupported(NO_RULES);
    DisassociateResolverQueryLogConfig: => Unsupported(NO_LOGS);
    DisassociateResolverRule: => Unsupported(NO_RULES);
    GetFirewallConfig: "ResourceId" => no_such("Firewall config");
    GetFirewallDomainList: "FirewallDomainListId" => no_such("Firewall domain list");
    GetFirewallRuleGroup: "FirewallRuleGroupId" => no_such("Firewall rule group");
    GetFirewallRuleGroupAssociation: "FirewallRuleGroupAssociationId" => no_such("Firewall rule group association");
    GetFirewallRuleGroupPolicy: "Arn" => no_such("Firewall rule group");
    GetOutpostResolver: "Id" => no_such("Outpost resolver");
    GetResolverConfig: "ResourceId" => no_such("Resolver config");
    GetResolverDnssecConfig: "ResourceId" => no_such("Resolver dnssec config");
    GetResolverEndpoint: "ResolverEndpointId" => no_such("Resolver endpoint");
    GetResolverQueryLogConfig: "ResolverQueryLogConfigId" => no_such("Resolver query log config");
    GetResolverQueryLogConfigAssociation: "ResolverQueryLogConfigAssociationId"
        => no_such("Resolver query log config association");
    GetResolverQueryLogConfigPolicy: "Arn" => no_such("Resolver query log config");
    GetResolverRule: "ResolverRuleId" => no_such("Resolver rule");
    GetResolverRuleAssociation: "ResolverRuleAssociationId" => no_such("Resolver rule association");
    GetResolverRulePolicy: "Arn" => no_such("Resolver rule");
    ImportFirewallDomains: => Unsupported(NO_FIREWALLS);
    ListFirewallConfigs: => List("FirewallConfigs", &[]);
    ListFirewallDomainLists: => List("FirewallDomainLists", &[]);
    ListFirewallDomains: "FirewallDomainListId" => no_such("Firewall domain list");
    ListFirewallRuleGroupAssociations: => List("FirewallRuleGroupAssociations", &[]);
    ListFirewallRuleGroups: => List("FirewallRuleGroups", &[]);
    ListFirewallRules: "FirewallRuleGroupId" => no_such("Firewall rule group");
    ListOutpostResolvers: => List("OutpostResolvers", &[]);
    ListResolverConfigs: => List("ResolverConfigs", &[]);
    ListResolverDnssecConfigs: => List("ResolverDnssecConfigs", &[]);
    ListResolverEndpointIpAddresses: "ResolverEndpointId" => no_such("Resolver endpoint");
    ListResolverEndpoints: => List("ResolverEndpoints", &[]);
    ListResolverQueryLogConfigAssociations: => List("ResolverQueryLogConfigAssociations", TOTALS);
    ListResolverQueryLogConfigs: => List("ResolverQueryLogConfigs", TOTALS);
    ListResolverRuleAssociations: => List("ResolverRuleAssociations", &[]);
    ListResolverRules: => List("ResolverRules", &[]);
    ListTagsForResource: "ResourceArn" => no_such("Resource");
    PutFirewallRuleGroupPolicy: => Unsupported(NO_FIREWALLS);
    PutResolverQueryLogConfigPolicy: => Unsupported(NO_LOGS);
    PutResolverRulePolicy: => Unsupported(NO_RULES);
    TagResource: => Unsupported(NO_RULES);
    UntagResource: => Unsupported(NO_RULES);
    UpdateFirewallConfig: => Unsupported(NO_FIREWALLS);
    UpdateFirewallDomains: => Unsupported(NO_FIREWALLS);
    UpdateFirewallRule: => Unsupported(NO_FIREWALLS);
    UpdateFirewallRuleGroupAssociation: => Unsupported(NO_FIREWALLS);
    UpdateOutpostResolver: => Unsupported(NO_OUTPOSTS);
    UpdateResolverConfig: => Unsupported(FIXED);
    UpdateResolverDnssecConfig: => Unsupported(FIXED);
    UpdateResolverEndpoint: => Unsupported(NO_RULES);
    UpdateResolverRule: => Unsupported(NO_RULES);
}
