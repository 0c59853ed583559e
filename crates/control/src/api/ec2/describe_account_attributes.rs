//! `DescribeAccountAttributes`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request, response};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows what the account may have.
    pub(super) struct DescribeAccountAttributes(Ec2, "EC2 API reference, DescribeAccountAttributes") {
        /// Which; all if none is given.
        attribute_names: Vec<String> = "AttributeName",
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// Attributes.
    pub(super) struct Response {
        /// The attributes.
        attributes: Vec<AttributeItem> = "accountAttributeSet",
    }
}

response! {
    /// An attribute.
    pub(super) struct AttributeItem {
        /// Name.
        name: &'static str = "attributeName",
        /// Values.
        values: Vec<ValueItem> = "attributeValueSet",
    }
}

response! {
    /// A value of an attribute.
    pub(super) struct ValueItem {
        /// The value.
        value: String = "attributeValue",
    }
}

impl Permitted for DescribeAccountAttributes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeAccountAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let quotas = &call.state.settings().quotas;
        let all = [
            ("supported-platforms", "VPC".to_owned()),
            ("default-vpc", "none".to_owned()),
            ("max-instances", quotas.instances.to_string()),
            (
                "vpc-max-security-groups-per-interface",
                quotas.security_groups_per_interface.to_string(),
            ),
            ("max-elastic-ips", "0".to_owned()),
            ("vpc-max-elastic-ips", "0".to_owned()),
        ];
        let known = |name: &String| all.iter().any(|(known, _)| known == name);
        if let Some(name) = self.attribute_names.iter().find(|name| !known(name)) {
            return Err(call.invalid_value("attributeName", name, "There is no such attribute."));
        }
        let wanted = |name: &str| {
            self.attribute_names.is_empty() || self.attribute_names.iter().any(|it| it == name)
        };
        let wanted = all.into_iter().filter(|(name, _)| wanted(name));
        let attributes = wanted
            .map(|(name, value)| AttributeItem { name, values: vec![ValueItem { value }] })
            .collect();
        Ok(Response { attributes })
    }
}
