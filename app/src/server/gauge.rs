//! How much of a body has come beside how much of it was taken out as parts of a form: what comes and is no part of a file
//! lies in memory, so that it is bounded. Whoever sends next to nothing for long keeps a place from others, and is ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use http::Request;

/// Of a body; the same for all who hold it.
#[derive(Clone, Default)]
pub struct Gauge(Arc<AtomicU64>);

/// Bytes that may lie there and be no part of anything: headers of parts, and what was read ahead.
const AHEAD: u64 = 4 << 20;
/// A body may begin slowly; then it comes at this pace at least.
const BEGINNING: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 4 << 10;

impl Gauge {
    /// So many bytes were taken out of the body.
    pub fn taken(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Bounds a request's body, and leaves the gauge where whoever takes its parts finds it.
pub fn bounded(request: Request<Body>) -> Request<Body> {
    let gauge = Gauge::default();
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(gauge.clone());
    let (mut came, begun) = (0_u64, Instant::now());
    let body = body.into_data_stream().map(move |piece| {
        let piece: Bytes = piece.map_err(std::io::Error::other)?;
        if came.saturating_sub(gauge.0.load(Ordering::Relaxed)) > AHEAD {
            return Err(std::io::Error::other("more comes than is part of a file"));
        }
        came += piece.len() as u64;
        let since = begun.elapsed();
        if since > BEGINNING && came < BYTES_A_SECOND * since.as_secs() {
            return Err(std::io::Error::other("the body comes too slowly"));
        }
        Ok(piece)
    });
    Request::from_parts(parts, Body::from_stream(body))
}
