//! Files that people download. They are sent as they are read: the first byte comes as soon from a
//! database of ten million rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State as Extract};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use contract::ErrorKind;
use futures_util::{Stream, TryStreamExt, stream};
use http::{StatusCode, header};
use service::Ctx;
use service::models::export::Export;
use service::reports::{self, Query};

use crate::asked::Asked;
use crate::state::State;

pub fn router() -> Router<State> {
    Router::new()
        .route("/invoices/{id}/pdf", get(invoice_pdf))
        .route("/claims/{id}/notice", get(notice).head(whole))
        .route("/performance/pdf", get(performance).head(whole))
        .route("/documents/{id}/file", get(document).head(whole))
        .route("/documents/{id}/pages/{page}", get(document_page))
        .route("/documents/{id}/sound", get(document_sound))
        .route("/predictions/{id}/{file}", get(waterfall))
        .route("/models/{id}/charts/{file}", get(model_chart))
        .route("/export/predictions.csv", get(predictions_csv).head(whole))
        .route("/reports/{name}/{table}", get(report_csv).head(whole))
}

/// A download is recorded: it is had whole or not asked for.
pub async fn whole() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// Downloads that one person or key may have under way.
const AT_ONCE: usize = 4;

/// How many downloads each has under way, in this process.
pub type UnderWay = Arc<Mutex<HashMap<String, usize>>>;

/// A download's place among those of whoever asked for it, until it is done or broken off.
struct Turn {
    all: UnderWay,
    name: String,
}

impl Turn {
    fn take(state: &State, ctx: &Ctx) -> service::Result<Turn> {
        let name = ctx.caller.actor.name();
        let mut all = state.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(name.clone()).or_default();
        if *count >= AT_ONCE {
            let words = format!("{AT_ONCE} downloads of yours are under way: wait until one of them is done.");
            return Err(service::Error::refused(ErrorKind::TooMany, words));
        }
        *count += 1;
        Ok(Turn { all: state.downloads.clone(), name })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.name);
            }
        }
    }
}

/// A file in pieces. One that breaks off is not ended, so that nobody takes a part for the whole.
fn file<S>(name: &str, kind: &'static str, pieces: S) -> Response
where
    S: Stream<Item = service::Result<Bytes>> + Send + 'static,
{
    let disposition = format!("attachment; filename=\"{name}\"");
    let pieces = pieces.map_err(|error| std::io::Error::other(error.into_app().message));
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], Body::from_stream(pieces))
        .into_response()
}

async fn invoice_pdf(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Response, Refused> {
    let (name, bytes) = service::invoicing::document::download(&ctx, &id).await?;
    Ok(file(&name, "application/pdf", stream::iter([Ok(Bytes::from(bytes))])))
}

async fn document(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    let (name, bytes) = service::documents::original::original(&ctx, &id).await?;
    Ok(attached(&name, bytes))
}

/// A page as a picture of ours, which a browser may show.
async fn document_page(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path((id, page)): Path<(String, u32)>,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    let drawn = service::documents::picture::picture(&ctx, &id, page).await?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((headers, drawn).into_response())
}

/// A recording's sound, as ours; a player asks for the part that it plays.
async fn document_sound(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path(id): Path<String>,
    headers: http::HeaderMap,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    let sound = service::documents::picture::sound(&ctx, &id).await?;
    let asked = headers.get(header::RANGE).and_then(|v| v.to_str().ok()).and_then(|v| part(v, sound.len()));
    let common = [
        (header::CONTENT_TYPE, "audio/mpeg"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    Ok(match asked {
        Some((from, to)) => {
            let range = [(header::CONTENT_RANGE, format!("bytes {from}-{to}/{}", sound.len()))];
            (StatusCode::PARTIAL_CONTENT, common, range, sound[from..=to].to_vec()).into_response()
        }
        None => (common, sound).into_response(),
    })
}

/// `bytes=100-199`, `bytes=100-` or `bytes=-100` of so many: first and last byte. Anything else is answered whole.
fn part(asked: &str, of: usize) -> Option<(usize, usize)> {
    let (from, to) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let last = of.checked_sub(1)?;
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, to.min(last)),
        (Ok(from), Err(_)) if to.is_empty() => (from, last),
        (Err(_), Ok(count)) if from.is_empty() && count > 0 => (of.saturating_sub(count), last),
        _ => return None,
    };
    (from <= to).then_some((from, to))
}

/// Whatever it is: it is saved, never shown.
pub fn attached(name: &str, bytes: Vec<u8>) -> Response {
    let name: String = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

async fn notice(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    Ok(whole_file(service::claims::notice::file(&ctx, &id).await?))
}

async fn performance(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    let query = Query::parse(&query.unwrap_or_default());
    Ok(whole_file(service::reports::performance::pdf(&ctx, &query).await?))
}

async fn waterfall(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    Ok(whole_file(service::claims::waterfall_file::file(&ctx, &id, &name).await?))
}

async fn model_chart(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let _turn = Turn::take(&state, &ctx)?;
    Ok(whole_file(service::models::report::file(&ctx, &id, &name).await?))
}

fn whole_file(found: contract::page::File) -> Response {
    file(&found.name, found.kind, stream::iter([Ok(Bytes::from(found.bytes))]))
}

async fn predictions_csv(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let query = Query::parse(&query.unwrap_or_default());
    let turn = Turn::take(&state, &ctx)?;
    let export = service::models::export::export(&ctx, &query).await?;
    let pieces = stream::try_unfold((export, turn), |(mut export, turn): (Export, Turn)| async move {
        Ok(export.next().await?.map(|piece| (Bytes::from(piece), (export, turn))))
    });
    Ok(file("predictions.csv", "text/csv; charset=utf-8", pieces))
}

async fn report_csv(
    Extract(state): Extract<State>,
    Asked(ctx): Asked,
    Path((name, table)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let query = Query::parse(&query.unwrap_or_default());
    let turn = Turn::take(&state, &ctx)?;
    let download = reports::download(&ctx, &name, &table, &query).await?;
    let (file_name, kind) = (download.name.clone(), download.kind);
    let pieces = stream::try_unfold((download, turn), |(mut download, turn)| async move {
        Ok(download.next().await?.map(|piece| (Bytes::from(piece), (download, turn))))
    });
    Ok(file(&file_name, kind, pieces))
}

/// A refusal in words alone: a browser shows it as the page.
struct Refused(service::Error);

impl From<service::Error> for Refused {
    fn from(error: service::Error) -> Refused {
        Refused(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = self.0.into_app();
        (crate::asked::status(&error), error.message).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_part_of_a_file_is_asked_for_as_browsers_do() {
        assert_eq!(part("bytes=0-", 10), Some((0, 9)));
        assert_eq!(part("bytes=2-4", 10), Some((2, 4)));
        assert_eq!(part("bytes=2-400", 10), Some((2, 9)));
        assert_eq!(part("bytes=-3", 10), Some((7, 9)));
        for other in ["bytes=9-2", "bytes=20-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=-"] {
            assert_eq!(part(other, 10), None, "{other}");
        }
    }
}
