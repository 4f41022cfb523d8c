//! What a claim finally settled for, as the insurer's claims system knows it.

use axum::Json;
use axum::extract::Path;
use chrono::NaiveDate;
use contract::ErrorKind;
use domain::Money;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use service::claims::outcome::{self, Became, Put};
use utoipa::ToSchema;

use super::body::Body;
use super::problem::Problem;
use crate::asked::Asked;

/// What was finally paid. It settles nothing here: models are judged by it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRequest {
    #[schema(example = 124_050)]
    pub amount_pence: i64,
    /// Between the accident and today.
    #[schema(example = "2026-03-31")]
    pub settled_on: String,
    /// The claims system's own name for it, up to 200 characters.
    #[serde(default)]
    pub reference: String,
}

/// An outcome as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    pub outcome_id: String,
    pub claim_id: String,
    pub amount_pence: i64,
    pub settled_on: String,
    pub reference: String,
    /// `api`, `file` or `form`.
    pub source: String,
    /// `A`: recorded apart from the decision; `B`, `C`, `D`: a person's entry of the day on which it was decided by hand,
    /// overridden or accepted.
    pub tier: String,
    pub recorded_at: String,
    /// The one that it corrects.
    pub supersedes: Option<String>,
    /// When another corrected it; null of the one in force.
    pub superseded_at: Option<String>,
}

impl Outcome {
    fn of(o: &store::outcomes::Outcome) -> Outcome {
        Outcome {
            outcome_id: o.id.to_string(),
            claim_id: o.claim.to_string(),
            amount_pence: o.amount.pence(),
            settled_on: o.settled_on.to_string(),
            reference: o.reference.clone(),
            source: o.source.key().into(),
            tier: o.tier.key().into(),
            recorded_at: o.at.to_rfc3339(),
            supersedes: o.supersedes.map(|id| id.to_string()),
            superseded_at: o.superseded_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// The outcome in force, and all that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcomes {
    /// Null where none is known.
    pub outcome: Option<Outcome>,
    /// The one in force first, then those that were corrected, newest first.
    pub history: Vec<Outcome>,
}

#[utoipa::path(
    get, path = "/api/v1/claims/{id}/outcome", tag = "claims",
    params(("id" = String, Path, description = "A claim's id, `clm_…`")),
    responses((status = 200, body = Outcomes), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub async fn read(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Json<Outcomes>, Problem> {
    let all = outcome::read(&ctx, &id).await?;
    let outcome = all.iter().find(|o| o.superseded_at.is_none()).map(Outcome::of);
    Ok(Json(Outcomes { outcome, history: all.iter().map(Outcome::of).collect() }))
}

#[utoipa::path(
    post, path = "/api/v1/claims/{id}/outcome", tag = "claims",
    params(("id" = String, Path, description = "A claim's id, `clm_…`")),
    request_body = OutcomeRequest,
    responses(
        (status = 201, description = "It was recorded, in the place of the one before where there was one", body = Outcome),
        (status = 200, description = "The same is recorded already", body = Outcome),
        (status = 404, body = Problem),
        (status = 422, description = "Fields must be corrected; each is named", body = Problem),
    ),
    security(("key" = []))
)]
pub async fn record(
    Asked(ctx): Asked,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let request: OutcomeRequest = serde_json::from_slice(&body)
        .map_err(|e| Problem::refused(ErrorKind::Invalid, format!("The body cannot be read: {e}.")))?;
    let settled_on: NaiveDate = request
        .settled_on
        .parse()
        .map_err(|_| service::Error::field("settled_on", "give a date as year-month-day, such as 2026-03-31"))?;
    let put = Put {
        amount: Money::from_pence(request.amount_pence),
        settled_on,
        reference: request.reference.trim().to_owned(),
    };
    let (recorded, became) = outcome::record(&ctx, &id, put).await.map_err(as_sent)?;
    let status = if became == Became::Known { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(Outcome::of(&recorded))))
}

/// The form's names of fields as the API calls them.
fn as_sent(error: service::Error) -> Problem {
    let mut error = error.into_app();
    for field in &mut error.fields {
        if field.field == "amount" {
            field.field = "amount_pence".into();
        }
    }
    Problem::new(error)
}
