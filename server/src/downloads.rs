//! Files that people download. They are sent as they are read: the first byte comes as soon from a
//! database of ten million rows.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{Stream, TryStreamExt, stream};
use http::header;
use service::models::export::Export;
use service::reports::{self, Query};

use crate::asked::Asked;
use crate::state::State;

pub fn router() -> Router<State> {
    Router::new()
        .route("/invoices/{id}/pdf", get(invoice_pdf))
        .route("/export/predictions.csv", get(predictions_csv))
        .route("/reports/{name}/{table}", get(report_csv))
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

async fn predictions_csv(Asked(ctx): Asked, RawQuery(query): RawQuery) -> Result<Response, Refused> {
    let query = Query::parse(&query.unwrap_or_default());
    let export = service::models::export::export(&ctx, &query).await?;
    let pieces = stream::try_unfold(export, |mut export: Export| async move {
        Ok(export.next().await?.map(|piece| (Bytes::from(piece), export)))
    });
    Ok(file("predictions.csv", "text/csv; charset=utf-8", pieces))
}

async fn report_csv(
    Asked(ctx): Asked,
    Path((name, table)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let query = Query::parse(&query.unwrap_or_default());
    let download = reports::download(&ctx, &name, &table, &query).await?;
    let file_name = download.name.clone();
    let pieces = stream::try_unfold(download, |mut download| async move {
        Ok(download.next().await?.map(|piece| (Bytes::from(piece), download)))
    });
    Ok(file(&file_name, "text/csv; charset=utf-8", pieces))
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
