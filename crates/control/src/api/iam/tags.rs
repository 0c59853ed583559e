//! Tags in IAM's requests, with IAM's errors.
//!
//! Source: IAM API reference, errors of `TagUser`, 2026.

use aws_wire::query::{FullTag, Tag};
use aws_wire::{ApiError, Dialect};
use http::StatusCode;
use model::Tags;
use model::iam::FoldedName;
use model::limits::TAGS_MAX;

/// A list of tags, checked.
///
/// # Errors
/// `LimitExceeded` for too many, `InvalidInput` for a key that occurs twice, whatever its case, `ValidationError` for
/// one that is not allowed.
pub(in crate::api) fn collect(tags: &[FullTag]) -> Result<Tags, ApiError> {
    let tags: Vec<Tag> = tags.iter().map(|FullTag(tag)| tag.clone()).collect();
    if tags.len() > TAGS_MAX {
        let message = format!("Cannot exceed quota for TagsPerResource: {TAGS_MAX}");
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "LimitExceeded",
            message,
        ));
    }
    let mut keys: Vec<FoldedName> = tags.iter().map(|tag| FoldedName::new(&tag.key)).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.len() < tags.len() {
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(ApiError::client("InvalidInput", message));
    }
    Tag::collect(Dialect::Query, &tags)
}
