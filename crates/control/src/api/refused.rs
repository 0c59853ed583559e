//! Actions of AWS that are known and not offered, with the reason: refused by name, never pretended.
//!
//! What is in no list is answered as an action that does not exist. Invariant: nothing here is served as well.

use aws_wire::{ApiError, Service};

/// Actions that one reason refuses.
pub(crate) struct Refused {
    /// Whose they are.
    pub(crate) service: Service,
    /// The rest of the sentence that begins with the action's name.
    pub(crate) why: &'static str,
    /// Their names.
    pub(crate) actions: &'static [&'static str],
}

/// The error for an action that is known and not offered.
pub(super) fn refusal(service: Service, action: &str) -> Option<ApiError> {
    let mut all = REFUSED.iter().filter(|refused| refused.service == service);
    let refused = all.find(|refused| refused.actions.contains(&action))?;
    Some(unsupported(action, refused.why))
}

/// The error for an action that is not offered; `why` is the rest of the sentence that begins with its name.
pub(super) fn unsupported(action: &str, why: &str) -> ApiError {
    let message = format!("{action} is not supported: {why}.");
    ApiError::client("UnsupportedOperation", message)
}

/// All of them.
pub(crate) const REFUSED: &[Refused] = &[
    Refused {
        service: Service::Ec2,
        why: "there are no gateways to other networks",
        actions: &[
            "AllocateAddress",
            "AssociateAddress",
            "AssociateNatGatewayAddress",
            "AttachInternetGateway",
            "CreateCarrierGateway",
            "CreateEgressOnlyInternetGateway",
            "CreateInternetGateway",
            "CreateNatGateway",
            "CreateVpcBlockPublicAccessExclusion",
            "DeleteCarrierGateway",
            "DeleteEgressOnlyInternetGateway",
            "DeleteInternetGateway",
            "DeleteNatGateway",
            "DeleteVpcBlockPublicAccessExclusion",
            "DetachInternetGateway",
            "DisassociateAddress",
            "DisassociateNatGatewayAddress",
            "ModifyVpcBlockPublicAccessExclusion",
            "ModifyVpcBlockPublicAccessOptions",
            "ReleaseAddress",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "networks are joined by endpoints alone",
        actions: &[
            "AcceptTransitGatewayVpcAttachment",
            "AcceptVpcPeeringConnection",
            "AssociateTransitGatewayRouteTable",
            "AttachVpnGateway",
            "CreateCustomerGateway",
            "CreateTransitGateway",
            "CreateTransitGatewayRoute",
            "CreateTransitGatewayRouteTable",
            "CreateTransitGatewayVpcAttachment",
            "CreateVpcPeeringConnection",
            "CreateVpnConnection",
            "CreateVpnConnectionRoute",
            "CreateVpnGateway",
            "DeleteCustomerGateway",
            "DeleteTransitGateway",
            "DeleteTransitGatewayRoute",
            "DeleteTransitGatewayRouteTable",
            "DeleteTransitGatewayVpcAttachment",
            "DeleteVpcPeeringConnection",
            "DeleteVpnConnection",
            "DeleteVpnConnectionRoute",
            "DeleteVpnGateway",
            "DetachVpnGateway",
            "DisableVgwRoutePropagation",
            "EnableVgwRoutePropagation",
            "ModifyVpcPeeringConnectionOptions",
            "RejectTransitGatewayVpcAttachment",
            "RejectVpcPeeringConnection",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "network ACLs are the default ones, which allow everything",
        actions: &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
            "ReplaceNetworkAclEntry",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "instances run from their launch to their end",
        actions: &[
            "MonitorInstances",
            "RebootInstances",
            "StartInstances",
            "StopInstances",
            "UnmonitorInstances",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "a VPC has the addresses that it was created with",
        actions: &["AssociateVpcCidrBlock", "DisassociateVpcCidrBlock"],
    },
    Refused {
        service: Service::Ec2,
        why: "there are no prefix lists",
        actions: &[
            "CreateManagedPrefixList",
            "DeleteManagedPrefixList",
            "ModifyManagedPrefixList",
            "RestoreManagedPrefixListVersion",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "there are no EC2 Instance Connect endpoints",
        actions: &[
            "CreateInstanceConnectEndpoint",
            "DeleteInstanceConnectEndpoint",
            "ModifyInstanceConnectEndpoint",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "instances are told by the host how to reach their network",
        actions: &[
            "AssociateDhcpOptions",
            "CreateDhcpOptions",
            "DeleteDhcpOptions",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "there are no flow logs",
        actions: &["CreateFlowLogs", "DeleteFlowLogs"],
    },
    Refused {
        service: Service::Ec2,
        why: "instances share the host's files and have no volumes, images or keys of their own",
        actions: &[
            "AttachVolume",
            "CreateImage",
            "CreateKeyPair",
            "CreateSnapshot",
            "CreateVolume",
            "DeleteKeyPair",
            "DeleteSnapshot",
            "DeleteVolume",
            "DeregisterImage",
            "DetachVolume",
            "ImportKeyPair",
            "RegisterImage",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "instances are launched by RunInstances alone, on this host, and have no roles",
        actions: &[
            "AllocateHosts",
            "AssociateIamInstanceProfile",
            "CancelSpotInstanceRequests",
            "CreateLaunchTemplate",
            "CreateLaunchTemplateVersion",
            "CreatePlacementGroup",
            "DeleteLaunchTemplate",
            "DeleteLaunchTemplateVersions",
            "DeletePlacementGroup",
            "DisassociateIamInstanceProfile",
            "ModifyHosts",
            "ModifyInstancePlacement",
            "ModifyLaunchTemplate",
            "ReleaseHosts",
            "ReplaceIamInstanceProfileAssociation",
            "RequestSpotInstances",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "there is no instance metadata service",
        actions: &[
            "GetInstanceMetadataDefaults",
            "ModifyInstanceMetadataDefaults",
        ],
    },
    Refused {
        service: Service::Ec2,
        why: "nothing is charged for",
        actions: &["ModifyVpcEndpointServicePayerResponsibility"],
    },
    Refused {
        service: Service::ElasticLoadBalancing,
        why: "listeners of network load balancers have no rules and no certificates here",
        actions: &[
            "AddListenerCertificates",
            "CreateRule",
            "DeleteRule",
            "DescribeListenerCertificates",
            "DescribeSSLPolicies",
            "ModifyRule",
            "RemoveListenerCertificates",
            "SetRulePriorities",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "there are no groups: policies are attached to users and roles",
        actions: &[
            "AddUserToGroup",
            "AttachGroupPolicy",
            "CreateGroup",
            "DeleteGroup",
            "DeleteGroupPolicy",
            "DetachGroupPolicy",
            "PutGroupPolicy",
            "RemoveUserFromGroup",
            "UpdateGroup",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "there are no permissions boundaries",
        actions: &[
            "DeleteRolePermissionsBoundary",
            "DeleteUserPermissionsBoundary",
            "PutRolePermissionsBoundary",
            "PutUserPermissionsBoundary",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "instances have no roles",
        actions: &[
            "AddRoleToInstanceProfile",
            "CreateInstanceProfile",
            "DeleteInstanceProfile",
            "RemoveRoleFromInstanceProfile",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "users sign with access keys alone",
        actions: &[
            "ChangePassword",
            "CreateLoginProfile",
            "CreateServiceSpecificCredential",
            "CreateVirtualMFADevice",
            "EnableMFADevice",
            "UpdateAccountPasswordPolicy",
            "UpdateLoginProfile",
            "UploadSSHPublicKey",
            "UploadSigningCertificate",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "there are no identity providers",
        actions: &[
            "CreateOpenIDConnectProvider",
            "CreateSAMLProvider",
            "DeleteOpenIDConnectProvider",
            "DeleteSAMLProvider",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "services have no roles of their own",
        actions: &["CreateServiceLinkedRole", "DeleteServiceLinkedRole"],
    },
    Refused {
        service: Service::Iam,
        why: "it is not recorded when keys are used",
        actions: &["GetAccessKeyLastUsed"],
    },
    Refused {
        service: Service::Iam,
        why: "who may do what is found out by doing it",
        actions: &[
            "GetContextKeysForCustomPolicy",
            "GetContextKeysForPrincipalPolicy",
            "SimulateCustomPolicy",
            "SimulatePrincipalPolicy",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "users, roles and policies are listed by their own actions",
        actions: &["GetAccountAuthorizationDetails"],
    },
    Refused {
        service: Service::Iam,
        why: "there are no certificates of servers",
        actions: &[
            "DeleteServerCertificate",
            "UpdateServerCertificate",
            "UploadServerCertificate",
        ],
    },
    Refused {
        service: Service::Iam,
        why: "accounts are named by their operator",
        actions: &["CreateAccountAlias", "DeleteAccountAlias"],
    },
    Refused {
        service: Service::Sts,
        why: "there are no identity providers",
        actions: &[
            "AssumeRoleWithSAML",
            "AssumeRoleWithWebIdentity",
            "GetFederationToken",
            "GetWebIdentityToken",
        ],
    },
    Refused {
        service: Service::Sts,
        why: "denials are told in full",
        actions: &["DecodeAuthorizationMessage"],
    },
    Refused {
        service: Service::Sns,
        why: "messages go to HTTP and HTTPS endpoints alone",
        actions: &[
            "CheckIfPhoneNumberIsOptedOut",
            "CreatePlatformApplication",
            "CreatePlatformEndpoint",
            "CreateSMSSandboxPhoneNumber",
            "DeleteEndpoint",
            "DeletePlatformApplication",
            "DeleteSMSSandboxPhoneNumber",
            "GetEndpointAttributes",
            "GetPlatformApplicationAttributes",
            "GetSMSAttributes",
            "GetSMSSandboxAccountStatus",
            "ListEndpointsByPlatformApplication",
            "ListOriginationNumbers",
            "ListPhoneNumbersOptedOut",
            "ListPlatformApplications",
            "ListSMSSandboxPhoneNumbers",
            "OptInPhoneNumber",
            "SetEndpointAttributes",
            "SetPlatformApplicationAttributes",
            "SetSMSAttributes",
            "VerifySMSSandboxPhoneNumber",
        ],
    },
    Refused {
        service: Service::Sns,
        why: "a topic's policy is set as a whole, by SetTopicAttributes",
        actions: &["AddPermission", "RemovePermission"],
    },
    Refused {
        service: Service::Sns,
        why: "messages are published one by one",
        actions: &["PublishBatch"],
    },
    Refused {
        service: Service::Sns,
        why: "messages are not looked into",
        actions: &["GetDataProtectionPolicy", "PutDataProtectionPolicy"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_refused_is_served() {
        for served in crate::api::actions() {
            let refusal = refusal(served.spec.service, served.spec.name);
            assert!(refusal.is_none(), "{}", served.spec.name);
        }
        let error = refusal(Service::Ec2, "CreateNatGateway").unwrap();
        assert_eq!(error.code(), "UnsupportedOperation");
        assert_eq!(
            error.message(),
            "CreateNatGateway is not supported: there are no gateways to other networks."
        );
        assert!(refusal(Service::Sts, "CreateNatGateway").is_none());
    }
}
