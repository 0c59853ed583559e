//! `DescribeTags`.

use aws_wire::query::Bounds;
use aws_wire::{ApiError, request, response};
use model::arn::ElbArn;

use super::view::tag::TagItem;
use crate::api::action::Read;
use crate::api::arn::resource;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::tagged::tags_of;

request! {
    /// Shows the tags of resources.
    pub(super) struct DescribeTags(ElasticLoadBalancing, "ELBv2 API reference, DescribeTags") {
        /// Of which resources.
        resource_arns: Vec<ElbArn> = "ResourceArns" [Bounds::items(1, 20)],
    }
}

response! {
    /// Tags.
    pub(super) struct Response {
        /// By resource.
        descriptions: Vec<Description> = "TagDescriptions",
    }
}

response! {
    /// The tags of a resource.
    pub(super) struct Description {
        /// The resource.
        resource_arn: String = "ResourceArn",
        /// Its tags.
        tags: Vec<TagItem> = "Tags",
    }
}

impl Permitted for DescribeTags {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeTags {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let describe = |arn: &ElbArn| -> Result<Description, ApiError> {
            let (id, arn) = resource(call, arn)?;
            let tags = tags_of(call, id).map(TagItem::all).unwrap_or_default();
            Ok(Description { resource_arn: arn.to_string(), tags })
        };
        let descriptions = self.resource_arns.iter().map(describe).collect::<Result<_, _>>()?;
        Ok(Response { descriptions })
    }
}
