//! Route 53.

use super::Answer::{self, Count, List, Unsupported};
use super::Member::{self, MaxItems, NotTruncated};
use super::empty_actions;

const NO_ZONES: &str = "there are no hosted zones";
const NO_HEALTH_CHECKS: &str = "there are no health checks but those of target groups";
const NO_POLICIES: &str = "there are no traffic policies";
const NO_SETS: &str = "there are no name servers that answer the world";
const NO_LOGS: &str = "there are no query logs";
const NO_CIDRS: &str = "there are no CIDR collections";
const NO_PLACES: &str = "no answer depends on where it is asked for";

const PAGE: &[Member] = &[NotTruncated, MaxItems];

const fn no_such(code: &'static str, what: &'static str) -> Answer {
    Answer::NoSuch { code, what }
}

const ZONE: Answer = no_such("NoSuchHostedZone", "hosted zone");
const HEALTH_CHECK: Answer = no_such("NoSuchHealthCheck", "health check");
const DELEGATION_SET: Answer = no_such("NoSuchDelegationSet", "delegation set");
const POLICY: Answer = no_such("NoSuchTrafficPolicy", "traffic policy");
const POLICY_INSTANCE: Answer = no_such("NoSuchTrafficPolicyInstance", "traffic policy instance");
const COLLECTION: Answer = no_such("NoSuchCidrCollectionException", "cidr collection");

empty_actions! {
    ActivateKeySigningKey: "POST keysigningkey/*/*/activate" => Unsupported(NO_ZONES);
    AssociateVPCWithHostedZone: "POST hostedzone/*/associatevpc" => Unsupported(NO_ZONES);
    ChangeCidrCollection: "POST cidrcollection/*" => Unsupported(NO_CIDRS);
    ChangeResourceRecordSets: "POST hostedzone/*/rrset" => Unsupported(NO_ZONES);
    ChangeTagsForResource: "POST tags/*/*" => Unsupported(NO_ZONES);
    CreateCidrCollection: "POST cidrcollection" => Unsupported(NO_CIDRS);
    CreateHealthCheck: "POST healthcheck" => Unsupported(NO_HEALTH_CHECKS);
    CreateHostedZone: "POST hostedzone" => Unsupported(NO_ZONES);
    CreateKeySigningKey: "POST keysigningkey" => Unsupported(NO_ZONES);
    CreateQueryLoggingConfig: "POST queryloggingconfig" => Unsupported(NO_LOGS);
    CreateReusableDelegationSet: "POST delegationset" => Unsupported(NO_SETS);
    CreateTrafficPolicy: "POST trafficpolicy" => Unsupported(NO_POLICIES);
    CreateTrafficPolicyInstance: "POST trafficpolicyinstance" => Unsupported(NO_POLICIES);
    CreateTrafficPolicyVersion: "POST trafficpolicy/*" => Unsupported(NO_POLICIES);
    CreateVPCAssociationAuthorization: "POST hostedzone/*/authorizevpcassociation" => Unsupported(NO_ZONES);
    DeactivateKeySigningKey: "POST keysigningkey/*/*/deactivate" => Unsupported(NO_ZONES);
    DeleteCidrCollection: "DELETE cidrcollection/*" => Unsupported(NO_CIDRS);
    DeleteHealthCheck: "DELETE healthcheck/*" => Unsupported(NO_HEALTH_CHECKS);
    DeleteHostedZone: "DELETE hostedzone/*" => Unsupported(NO_ZONES);
    DeleteKeySigningKey: "DELETE keysigningkey/*/*" => Unsupported(NO_ZONES);
    DeleteQueryLoggingConfig: "DELETE queryloggingconfig/*" => Unsupported(NO_LOGS);
    DeleteReusableDelegationSet: "DELETE delegationset/*" => Unsupported(NO_SETS);
    DeleteTrafficPolicy: "DELETE trafficpolicy/*/*" => Unsupported(NO_POLICIES);
    DeleteTrafficPolicyInstance: "DELETE trafficpolicyinstance/*" => Unsupported(NO_POLICIES);
    DeleteVPCAssociationAuthorization: "POST hostedzone/*/deauthorizevpcassociation" => Unsupported(NO_ZONES);
    DisableHostedZoneDNSSEC: "POST hostedzone/*/disable-dnssec" => Unsupported(NO_ZONES);
    DisassociateVPCFromHostedZone: "POST hostedzone/*/disassociatevpc" => Unsupported(NO_ZONES);
    EnableHostedZoneDNSSEC: "POST hostedzone/*/enable-dnssec" => Unsupported(NO_ZONES);
    GetAccountLimit: "GET accountlimit/*" => Unsupported(NO_ZONES);
    GetChange: "GET change/*" => no_such("NoSuchChange", "change");
    GetCheckerIpRanges: "GET checkeripranges" => Unsupported(NO_HEALTH_CHECKS);
    GetDNSSEC: "GET hostedzone/*/dnssec" => ZONE;
    GetGeoLocation: "GET geolocation" => Unsupported(NO_PLACES);
    GetHealthCheck: "GET healthcheck/*" => HEALTH_CHECK;
    GetHealthCheckCount: "GET healthcheckcount" => Count("HealthCheckCount");
    GetHealthCheckLastFailureReason: "GET healthcheck/*/lastfailurereason" => HEALTH_CHECK;
    GetHealthCheckStatus: "GET healthcheck/*/status" => HEALTH_CHECK;
    GetHostedZone: "GET hostedzone/*" => ZONE;
    GetHostedZoneCount: "GET hostedzonecount" => Count("HostedZoneCount");
    GetHostedZoneLimit: "GET hostedzonelimit/*/*" => ZONE;
    GetQueryLoggingConfig: "GET queryloggingconfig/*" => no_such("NoSuchQueryLoggingConfig", "query logging config");
    GetReusableDelegationSet: "GET delegationset/*" => DELEGATION_SET;
    GetReusableDelegationSetLimit: "GET reusabledelegationsetlimit/*/*" => DELEGATION_SET;
    GetTrafficPolicy: "GET trafficpolicy/*/*" => POLICY;
    GetTrafficPolicyInstance: "GET trafficpolicyinstance/*" => POLICY_INSTANCE;
    GetTrafficPolicyInstanceCount: "GET trafficpolicyinstancecount" => Count("TrafficPolicyInstanceCount");
    ListCidrBlocks: "GET cidrcollection/*/cidrblocks" => COLLECTION;
    ListCidrCollections: "GET cidrcollection" => List("CidrCollections", &[]);
    ListCidrLocations: "GET cidrcollection/*" => COLLECTION;
    ListGeoLocations: "GET geolocations" => Unsupported(NO_PLACES);
    ListHealthChecks: "GET healthcheck" => List("HealthChecks", PAGE);
    ListHostedZones: "GET hostedzone" => List("HostedZones", PAGE);
    ListHostedZonesByName: "GET hostedzonesbyname" => List("HostedZones", PAGE);
    ListHostedZonesByVPC: "GET hostedzonesbyvpc" => List("HostedZoneSummaries", &[MaxItems]);
    ListQueryLoggingConfigs: "GET queryloggingconfig" => List("QueryLoggingConfigs", &[]);
    ListResourceRecordSets: "GET hostedzone/*/rrset" => ZONE;
    ListReusableDelegationSets: "GET delegationset" => List("DelegationSets", PAGE);
    ListTagsForResource: "GET tags/hostedzone/*" => ZONE;
    ListTagsForResource: "GET tags/healthcheck/*" => HEALTH_CHECK;
    ListTagsForResources: "POST tags/hostedzone" => ZONE;
    ListTagsForResources: "POST tags/healthcheck" => HEALTH_CHECK;
    ListTrafficPolicies: "GET trafficpolicies" => List("TrafficPolicySummaries", PAGE);
    ListTrafficPolicyInstances: "GET trafficpolicyinstances" => List("TrafficPolicyInstances", PAGE);
    ListTrafficPolicyInstancesByHostedZone: "GET trafficpolicyinstances/hostedzone" => ZONE;
    ListTrafficPolicyInstancesByPolicy: "GET trafficpolicyinstances/trafficpolicy" => POLICY;
    ListTrafficPolicyVersions: "GET trafficpolicies/*/versions" => POLICY;
    ListVPCAssociationAuthorizations: "GET hostedzone/*/authorizevpcassociation" => ZONE;
    TestDNSAnswer: "GET testdnsanswer" => ZONE;
    UpdateHealthCheck: "POST healthcheck/*" => Unsupported(NO_HEALTH_CHECKS);
    UpdateHostedZoneComment: "POST hostedzone/*" => Unsupported(NO_ZONES);
    UpdateHostedZoneFeatures: "POST hostedzone/*/features" => Unsupported(NO_ZONES);
    UpdateTrafficPolicyComment: "POST trafficpolicy/*/*" => Unsupported(NO_POLICIES);
    UpdateTrafficPolicyInstance: "POST trafficpolicyinstance/*" => Unsupported(NO_POLICIES);
}
