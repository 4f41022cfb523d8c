//! Reading a claim, and recording what a person decided.

use axum::Json;
use axum::extract::Path;
use contract::ErrorKind;
use domain::Money;
use serde::Deserialize;
use service::claims::decide::{Put, decide as put};
use store::decisions::Decider;
use utoipa::ToSchema;

use super::answer::{Claim, Decision, Prediction};
use super::body::Body;
use super::problem::Problem;
use crate::asked::Asked;

#[utoipa::path(
    get, path = "/api/v1/claims/{id}", tag = "claims",
    params(("id" = String, Path, description = "A claim's id, `clm_…`")),
    responses((status = 200, body = Claim), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub async fn read(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Json<Claim>, Problem> {
    let found = service::claims::read::claim(&ctx, &id).await?;
    let claim = found.claim;
    Ok(Json(Claim {
        claim_id: claim.id.to_string(),
        number: service::claims::number(claim.number),
        external_reference: claim.reference,
        status: claim.status.key().to_owned(),
        total_pence: claim.total.pence(),
        created_at: claim.created_at.to_rfc3339(),
        prediction: found.prediction.as_ref().map(|(p, name, version)| Prediction::of(p, name, *version)),
        decision: found.decision.as_ref().map(Decision::of),
    }))
}

/// What a person decided. The integration passes it on; it does not decide.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// `accept` the predicted amount, or `override` it (also where there is no prediction).
    #[schema(example = "override")]
    pub kind: String,
    /// The prediction that the person saw. Required with `accept`; accepting another one is refused.
    pub prediction_id: Option<String>,
    /// The insurer's own name for the person who decided, 1 to 200 characters. Required: nothing is
    /// settled without a person (UK GDPR Art. 22A).
    #[serde(default)]
    #[schema(example = "J. Okafor, motor claims")]
    pub decided_by: String,
    /// When the person decided (RFC 3339): at most five minutes before the prediction, not after now.
    /// Required.
    #[serde(default)]
    #[schema(example = "2026-11-24T14:05:00Z")]
    pub decided_at: String,
    /// Required with `override`.
    pub amount_pence: Option<i64>,
    /// Required with `override`: medical_evidence, missing_information, liability, negotiated,
    /// head_unsupported, case_law, model_wrong or other.
    #[serde(default)]
    pub reason: String,
    /// Required with the reason `other`.
    #[serde(default)]
    pub note: String,
    /// Whether a medical report has been received. Without one a claim is settled only if it is no
    /// whiplash claim (Civil Liability Act 2018, section 6).
    #[serde(default)]
    pub medical_report_received: bool,
    /// The person says that it is no whiplash injury, where the claim left that open and does not claim the tariff.
    #[serde(default)]
    pub no_whiplash: bool,
}

#[utoipa::path(
    post, path = "/api/v1/claims/{id}/decision", tag = "claims",
    params(("id" = String, Path, description = "A claim's id, `clm_…`")),
    request_body = DecisionRequest,
    responses(
        (status = 200, description = "The decision was recorded", body = Decision),
        (status = 409, description = "The claim is decided or in review", body = Problem),
        (status = 422, description = "Fields must be corrected; each is named", body = Problem),
    ),
    security(("key" = []))
)]
pub async fn decide(Asked(ctx): Asked, Path(id): Path<String>, Body(body): Body) -> Result<Json<Decision>, Problem> {
    let request: DecisionRequest = serde_json::from_slice(&body)
        .map_err(|e| Problem::refused(ErrorKind::Invalid, format!("The body cannot be read: {e}.")))?;
    let accept = match request.kind.as_str() {
        "accept" | "accepted" => true,
        "override" | "overridden" | "manual" => false,
        _ => return Err(service::Error::field("kind", "give accept or override").into()),
    };
    let prediction = match request.prediction_id.as_deref().map(str::parse) {
        None if accept => {
            return Err(service::Error::field("prediction_id", "name the prediction that the person saw").into());
        }
        Some(Err(_)) => return Err(service::Error::field("prediction_id", "give a prediction's id, prd_…").into()),
        Some(Ok(id)) => Some(id),
        None => None,
    };
    if request.decided_by.trim().is_empty() {
        return Err(service::Error::field("decided_by", "name the person who decided, in 1 to 200 characters").into());
    }
    let at = chrono::DateTime::parse_from_rfc3339(&request.decided_at).map_err(|_| {
        service::Error::field("decided_at", "say when the person decided, such as 2026-11-24T14:05:00Z")
    })?;
    let decision = Put {
        accept,
        no_whiplash: request.no_whiplash,
        decider: Some(Decider { name: request.decided_by.trim().to_owned(), at: at.to_utc() }),
        prediction,
        amount: request.amount_pence.map(Money::from_pence),
        reason: request.reason,
        note: request.note,
        medical_report: request.medical_report_received,
        offer: None,
    };
    let made = put(&ctx, &id, decision).await?;
    Ok(Json(Decision::of(&made)))
}
