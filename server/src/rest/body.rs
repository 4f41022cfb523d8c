//! A call's body, whose refusal is a problem document as every other.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use contract::ErrorKind;
use http::StatusCode;

use super::problem::Problem;

/// The whole body.
pub struct Body(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Body(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let words = "This body is larger than a call may be: send less at a time.";
                Err(Problem::refused(ErrorKind::TooLarge, words))
            }
            Err(_) => Err(Problem::refused(ErrorKind::Invalid, "The body broke off. Send it again.")),
        }
    }
}
