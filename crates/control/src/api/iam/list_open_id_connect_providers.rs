//! `ListOpenIDConnectProviders`.

use aws_wire::{ApiError, request, response};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists identity providers by OpenID Connect, of which there are none.
    pub(super) struct ListOpenIDConnectProviders(Iam, "IAM API reference, ListOpenIDConnectProviders") {}
}

response! {
    /// Nothing.
    pub(super) struct Response {
        /// Nothing.
        none: Vec<String> = "OpenIDConnectProviderList",
    }
}

impl Permitted for ListOpenIDConnectProviders {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for ListOpenIDConnectProviders {
    type Response = Response;

    fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
        Ok(Response { none: Vec::new() })
    }
}
