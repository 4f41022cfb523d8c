//! Documents of a claim: sending them, and reading what they say.

use app::gauge::Gauge;
use axum::Extension;
use axum::Json;
use axum::extract::{Multipart, Path};
use axum::response::Response;
use contract::ErrorKind;
use extract::Place;
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use service::documents::{self, Found, list, original, upload as put};
use store::documents::Document as Kept;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::asked::Asked;

/// A document, and what was found in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    #[schema(example = "doc_019a969e49327bae9ed3b31419513596")]
    pub document_id: String,
    pub claim_id: String,
    /// As it was called when it came.
    pub name: String,
    /// Of the bytes as they came.
    pub sha256: String,
    pub size_bytes: u64,
    /// `pdf`, `docx`, `email`, `text` or `unknown`; empty before it was read.
    #[serde(rename = "type")]
    pub kind: String,
    /// `stored` (waits to be read), `to_confirm`, `done` (all is answered), `needs_password`, `needs_manual`, `refused`
    /// or `quarantined`.
    pub state: String,
    /// Why nothing was read, for programs.
    pub fail_code: Option<String>,
    /// The same for people, with what to do.
    pub detail: Option<String>,
    pub pages: u32,
    /// The total that the document states.
    pub stated_total_pence: Option<i64>,
    /// Whether the heads that were found come to it.
    pub heads_agree: Option<bool>,
    pub uploaded_at: String,
    pub read_at: Option<String>,
    /// What a person may confirm. None of it is part of the claim before that.
    pub candidates: Vec<Candidate>,
}

/// A fact that a document may state, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidate {
    pub candidate_id: String,
    /// As in a claim.
    #[schema(example = "special_therapy_pence")]
    pub field: String,
    /// Pence and months are whole numbers, dates ISO, answers true or false.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
    /// As it stands in the document.
    pub raw: String,
    pub page: u32,
    /// Four corners on the page from top left clockwise, as shares of its width and height.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Vec<f32>>>)]
    pub quad: Option<extract::Quad>,
    /// From which character of its text to which (exclusive).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<u32>>)]
    pub range: Option<[usize; 2]>,
    /// From which second of a recording to which.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<f32>>)]
    pub span: Option<[f32; 2]>,
    /// 0 to 1.
    pub confidence: f64,
    pub extractor: String,
}

/// A document that came in, and where the company has the same file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    #[serde(flatten)]
    pub document: Document,
    /// Numbers of other claims of the company with the same file.
    pub also_on: Vec<String>,
}

impl Candidate {
    fn of(found: Found) -> Result<Candidate, Problem> {
        let (quad, range, span) = match found.place {
            Place::Quad(quad) => (Some(quad), None, None),
            Place::Range(range) => (None, Some(range), None),
            Place::Span(span) => (None, None, Some(span)),
        };
        Ok(Candidate {
            candidate_id: found.id.to_string(),
            field: found.field,
            value: serde_json::to_value(found.value).map_err(service::Error::from)?,
            raw: found.raw,
            page: found.page,
            quad,
            range,
            span,
            confidence: found.confidence,
            extractor: found.extractor,
        })
    }
}

impl Document {
    fn of(kept: Kept, found: Vec<Found>) -> Result<Document, Problem> {
        let sums = documents::sums_of(&kept)?;
        Ok(Document {
            document_id: kept.id.to_string(),
            claim_id: kept.claim().map(|claim| claim.to_string()).unwrap_or_default(),
            detail: documents::fail_of(&kept).map(|fail| fail.words().to_owned()),
            name: kept.name,
            sha256: kept.sha256,
            size_bytes: kept.size,
            kind: kept.kind,
            state: kept.state,
            fail_code: kept.fail_code,
            pages: kept.pages,
            stated_total_pence: sums.map(|s| s.stated),
            heads_agree: sums.map(|s| s.agree),
            uploaded_at: kept.uploaded_at.to_rfc3339(),
            read_at: kept.read_at.map(|at| at.to_rfc3339()),
            candidates: found.into_iter().map(Candidate::of).collect::<Result<_, _>>()?,
        })
    }
}

#[utoipa::path(
    post, path = "/api/v1/claims/{id}/documents", tag = "documents",
    params(("id" = String, Path, description = "A claim's id, `clm_…`")),
    request_body(content_type = "multipart/form-data", description = "One file, under the name `file`: by default a document of up to 25 MB, a sound recording of 100 MB or a video of 500 MB"),
    responses(
        (status = 201, description = "The file is kept and waits to be read", body = Uploaded),
        (status = 409, description = "The same file is on the claim already", body = Problem),
        (status = 413, description = "The file is larger than is taken of its kind", body = Problem),
        (status = 422, description = "There is no file in the body", body = Problem),
    ),
    security(("key" = []))
)]
pub async fn upload(
    Asked(ctx): Asked,
    Path(id): Path<String>,
    Extension(gauge): Extension<Gauge>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, Json<Uploaded>), Problem> {
    let words = "Send the file as multipart/form-data, under the name “file”.";
    let _turn = put::turn(&ctx)?;
    let mut form = form.map_err(|_| Problem::refused(ErrorKind::Invalid, words))?;
    while let Some(part) = form.next_field().await.map_err(|error| broken(&error))? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let gauge = gauge.clone();
        let source = part.inspect_ok(move |piece| gauge.taken(piece.len())).map_err(|error| broken(&error)).boxed();
        let made = put::upload(&ctx, &id, &name, source).await?;
        let also_on = made.also_on.into_iter().map(|(_, number)| number).collect();
        return Ok((
            StatusCode::CREATED,
            Json(Uploaded { document: Document::of(made.document, Vec::new())?, also_on }),
        ));
    }
    Err(Problem::refused(ErrorKind::Invalid, words))
}

fn broken(error: &axum::extract::multipart::MultipartError) -> service::Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let words = "This file is larger than any that is taken: send the part that matters.";
        return service::Error::refused(ErrorKind::TooLarge, words);
    }
    service::Error::refused(ErrorKind::Invalid, "The body broke off, or is no form. Send it again.")
}

#[utoipa::path(
    get, path = "/api/v1/claims/{id}/documents", tag = "documents",
    params(("id" = String, Path, description = "A claim's id, `clm_…`")),
    responses((status = 200, description = "The oldest first, without candidates", body = [Document]), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub async fn list_all(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Json<Vec<Document>>, Problem> {
    let all = list::of_claim(&ctx, &id).await?;
    Ok(Json(all.into_iter().map(|kept| Document::of(kept, Vec::new())).collect::<Result<_, _>>()?))
}

#[utoipa::path(
    get, path = "/api/v1/documents/{id}", tag = "documents",
    params(("id" = String, Path, description = "A document's id, `doc_…`")),
    responses((status = 200, body = Document), (status = 404, body = Problem)),
    security(("key" = []))
)]
pub async fn read(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Json<Document>, Problem> {
    let (kept, found) = list::one(&ctx, &id).await?;
    Ok(Json(Document::of(kept, found)?))
}

#[utoipa::path(
    get, path = "/api/v1/documents/{id}/file", tag = "documents",
    params(("id" = String, Path, description = "A document's id, `doc_…`")),
    responses(
        (status = 200, description = "The file as it came", content_type = "application/octet-stream"),
        (status = 206, description = "The part that `Range` asks for", content_type = "application/octet-stream"),
        (status = 404, body = Problem),
    ),
    security(("key" = []))
)]
pub async fn file(Asked(ctx): Asked, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let turn = ctx.app.downloads.take(&ctx)?;
    let (name, opened) = original::original(&ctx, &id, crate::downloads::further(&headers)).await?;
    Ok(crate::downloads::attached(&name, &opened, turn, &headers))
}
