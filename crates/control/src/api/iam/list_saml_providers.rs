//! `ListSAMLProviders`.

use aws_wire::{ApiError, request, response};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists identity providers by SAML, of which there are none.
    pub(super) struct ListSAMLProviders(Iam, "IAM API reference, ListSAMLProviders") {}
}

response! {
    /// Nothing.
    pub(super) struct Response {
        /// Nothing.
        none: Vec<String> = "SAMLProviderList",
    }
}

impl Permitted for ListSAMLProviders {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for ListSAMLProviders {
    type Response = Response;

    fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
        Ok(Response { none: Vec::new() })
    }
}
