//! Who asks and when, as an extractor: the context of a use case for a plain route and for REST.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use contract::AppError;
use http::StatusCode;
use http::request::Parts;
use service::Ctx;

use crate::state::State;

/// The context of whoever the layer in front found: a person by their session, an integration by its
/// key.
pub struct Asked(pub Ctx);

impl FromRequestParts<State> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Asked, Response> {
        if let Some(ctx) = parts.extensions.get::<Ctx>() {
            return Ok(Asked(ctx.clone()));
        }
        let asker = parts.extensions.get::<app::Asker>();
        match asker.and_then(|a| a.caller.clone().map(|caller| (caller, a.now))) {
            Some((caller, now)) => Ok(Asked(Ctx { app: state.app.clone(), caller, now })),
            None => Err((StatusCode::UNAUTHORIZED, "Sign in to go on.").into_response()),
        }
    }
}

/// The status of a refusal.
pub fn status(error: &AppError) -> StatusCode {
    StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
