//! Connections, with a limit on how long a peer may take to say what it wants: one that sends its
//! headers a byte a minute, or nothing at all, holds no connection for ever.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Until a request's headers are there, counted from the connection or from the answer before.
const HEADERS: Duration = Duration::from_secs(20);
/// How long requests under way may take when the server stops.
const LAST: Duration = Duration::from_secs(30);

/// Answers connections until `stopped`; requests under way are finished.
pub async fn serve(listener: TcpListener, router: Router, stopped: impl Future<Output = ()>) {
    // HTTP/1.1 alone, as proxies speak it to what is behind them: telling it from HTTP/2 would wait for
    // the first bytes without a limit.
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    let connections = GracefulShutdown::new();
    let mut stopped = pin!(stopped);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of file handles, for one: those that are open are answered meanwhile.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = &mut stopped => break,
        };
        // An answer goes out at once.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A peer that goes away, or is too slow, is no fault of ours.
            let _ = connection.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(LAST, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests took too long and were broken off");
    }
}
