//! Files that people download. They are sent as they are read: the first byte comes as soon from a
//! database of ten million rows.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use service::exports::Export;
use service::files::Opened;
use service::invoicing::document::Format;
use service::ports::Made;
use service::reports::{self, Query};
use service::{Ctx, Turn};

use crate::asked::Asked;
use crate::state::State;

pub fn router() -> Router<State> {
    Router::new()
        .route("/invoices/{id}/pdf", get(invoice_pdf))
        .route("/invoices/{id}/ubl", get(invoice_ubl))
        .route("/accounting/{file}", get(accounting))
        .route("/claims/{id}/notice", get(notice).head(whole))
        .route("/performance/pdf", get(performance).head(whole))
        .route("/documents/{id}/file", get(document).head(whole))
        .route("/documents/{id}/pages/{page}", get(document_page))
        .route("/documents/{id}/sound", get(document_sound))
        .route("/documents/{id}/preview", get(document_preview))
        .route("/predictions/{id}/{file}", get(waterfall))
        .route("/models/{id}/charts/{file}", get(model_chart))
        .route("/published/{file}", get(published).head(whole))
        .route("/export/{file}", get(export).head(whole))
        .route("/reports/{name}/{table}", get(report_csv).head(whole))
}

/// A download is recorded: it is had whole or not asked for.
pub async fn whole() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// A download's place among those of whoever asked for it, until it is sent or broken off.
fn turn(ctx: &Ctx) -> service::Result<Turn> {
    ctx.app.downloads.take(ctx)
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
    issued(&ctx, &id, Format::Pdf).await
}

async fn invoice_ubl(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Response, Refused> {
    issued(&ctx, &id, Format::Ubl).await
}

async fn issued(ctx: &Ctx, id: &str, format: Format) -> Result<Response, Refused> {
    let (name, bytes) = service::invoicing::document::download(ctx, id, format).await?;
    Ok(file(&name, format.media_type(), stream::iter([Ok(Bytes::from(bytes))])))
}

/// A batch for the accounting program.
async fn accounting(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Response, Refused> {
    let found = service::invoicing::books::download(&ctx, &id).await?;
    Ok(file(&found.name, found.kind, stream::iter([Ok(Bytes::from(found.bytes))])))
}

async fn document(Asked(ctx): Asked, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    let turn = turn(&ctx)?;
    let (name, opened) = service::documents::original::original(&ctx, &id, further(&headers)).await?;
    Ok(attached(&name, &opened, turn, &headers))
}

/// A page as a picture of ours, which a browser may show.
async fn document_page(
    Asked(ctx): Asked,
    Path((id, page)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    made(&ctx, &id, Made::Picture(page), "image/png", &headers).await
}

/// A recording's sound, as ours; a player asks for the part that it plays.
async fn document_sound(Asked(ctx): Asked, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    made(&ctx, &id, Made::Sound, "audio/mpeg", &headers).await
}

/// A video in small, as ours.
async fn document_preview(Asked(ctx): Asked, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Refused> {
    made(&ctx, &id, Made::Preview, "video/mp4", &headers).await
}

async fn made(ctx: &Ctx, id: &str, what: Made, kind: &'static str, headers: &HeaderMap) -> Result<Response, Refused> {
    // A player holds its answer for as long as it plays: that is no download.
    let opened = service::documents::made::made(ctx, id, what).await?;
    Ok(ranged(&opened, None, headers, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))]))
}

/// Whether a part is asked for that does not begin the file.
pub fn further(asked: &HeaderMap) -> bool {
    let range = asked.get(header::RANGE).and_then(|v| v.to_str().ok());
    range.and_then(|range| part(range, u64::MAX)).is_some_and(|(from, _)| from > 0)
}

/// The part of a file that is asked for, or all of it. Only the chunks that hold it are read and decrypted, and the turn
/// is over when the last of them is sent.
fn ranged<const N: usize>(
    opened: &Opened,
    turn: Option<Turn>,
    asked: &HeaderMap,
    told: [(header::HeaderName, HeaderValue); N],
) -> Response {
    let size = opened.size();
    let range = asked.get(header::RANGE).and_then(|v| v.to_str().ok()).and_then(|v| part(v, size));
    if range.is_none() && further(asked) {
        let of = HeaderValue::try_from(format!("bytes */{size}"));
        let headers = of.ok().map(|of| [(header::CONTENT_RANGE, of)]);
        return (
            StatusCode::RANGE_NOT_SATISFIABLE,
            headers.unwrap_or([(header::CONTENT_RANGE, HeaderValue::from_static("bytes */0"))]),
        )
            .into_response();
    }
    let (from, to) = range.unwrap_or((0, size.saturating_sub(1)));
    let pieces = opened.part(from..(to + 1).min(size));
    let pieces = pieces.map_err(|error| std::io::Error::other(error.to_string())).inspect(move |_| {
        let _held = &turn;
    });
    let common = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CONTENT_LENGTH, HeaderValue::from((to + 1).min(size) - from)),
    ];
    let mut answer = (common, told, Body::from_stream(pieces)).into_response();
    if range.is_some() {
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        let of = HeaderValue::try_from(format!("bytes {from}-{to}/{size}"));
        answer.headers_mut().extend(of.ok().map(|of| (header::CONTENT_RANGE, of)));
    }
    answer
}

/// `bytes=100-199`, `bytes=100-` or `bytes=-100` of so many: first and last byte. Anything else is answered whole.
fn part(asked: &str, of: u64) -> Option<(u64, u64)> {
    let (from, to) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let last = of.checked_sub(1)?;
    let (from, to) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) => (from, to.min(last)),
        (Ok(from), Err(_)) if to.is_empty() => (from, last),
        (Err(_), Ok(count)) if from.is_empty() && count > 0 => (of.saturating_sub(count), last),
        _ => return None,
    };
    (from <= to).then_some((from, to))
}

/// Whatever it is: it is saved, never shown.
pub fn attached(name: &str, opened: &Opened, turn: Turn, asked: &HeaderMap) -> Response {
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string();
    let disposition = HeaderValue::try_from(format!("attachment; filename*=UTF-8''{name}"));
    let told = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    ranged(opened, Some(turn), asked, told)
}

async fn notice(Asked(ctx): Asked, Path(id): Path<String>) -> Result<Response, Refused> {
    let _turn = turn(&ctx)?;
    Ok(whole_file(service::claims::notice::file(&ctx, &id).await?))
}

async fn performance(Asked(ctx): Asked, RawQuery(query): RawQuery) -> Result<Response, Refused> {
    let _turn = turn(&ctx)?;
    let query = Query::parse(&query.unwrap_or_default());
    Ok(whole_file(service::reports::performance::pdf(&ctx, &query).await?))
}

async fn waterfall(Asked(ctx): Asked, Path((id, name)): Path<(String, String)>) -> Result<Response, Refused> {
    let _turn = turn(&ctx)?;
    Ok(whole_file(service::claims::waterfall_file::file(&ctx, &id, &name).await?))
}

async fn model_chart(Asked(ctx): Asked, Path((id, name)): Path<(String, String)>) -> Result<Response, Refused> {
    let _turn = turn(&ctx)?;
    Ok(whole_file(service::models::report::file(&ctx, &id, &name).await?))
}

fn whole_file(found: contract::page::File) -> Response {
    file(&found.name, found.kind, stream::iter([Ok(Bytes::from(found.bytes))]))
}

async fn published(Asked(ctx): Asked, Path(name): Path<String>) -> Result<Response, Refused> {
    let _turn = turn(&ctx)?;
    Ok(whole_file(service::publishing::reports::file(&ctx, &name).await?))
}

async fn export(Asked(ctx): Asked, Path(name): Path<String>, RawQuery(query): RawQuery) -> Result<Response, Refused> {
    let query = Query::parse(&query.unwrap_or_default());
    let turn = turn(&ctx)?;
    let export = service::exports::begin(&ctx, &name, &query).await?;
    let (name, kind) = (export.name(), export.kind());
    let pieces = stream::try_unfold((export, turn), |(mut export, turn): (Export, Turn)| async move {
        Ok(export.next().await?.map(|piece| (Bytes::from(piece), (export, turn))))
    });
    Ok(file(&name, kind, pieces))
}

async fn report_csv(
    Asked(ctx): Asked,
    Path((name, table)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let query = Query::parse(&query.unwrap_or_default());
    let turn = turn(&ctx)?;
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
        // Which part of the address is wrong, where one is.
        let named: Vec<String> = error.fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
        let words = if named.is_empty() { error.message.clone() } else { named.join(" ") };
        (crate::asked::status(&error), words).into_response()
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
