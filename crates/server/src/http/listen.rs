//! Accepting connections, and stopping: when told to, no new ones are taken, idle ones close, requests under way finish,
//! and after the allowed time what is left is dropped. `axum::serve` has no such limits, so the loop is ours.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::paced::{self, Streams};
use super::patient::{Patience, Patient};
use crate::config::Http;
use crate::telemetry::{CONNECTIONS, Counted};

/// The other end of the connection a request came over, in its extensions.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Longer than the keep-alive of usual reverse proxies (60 s), so that they close first and no request meets a
/// connection that is just being closed.
const IDLE: Duration = Duration::from_secs(75);
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);
const HTTP2_PING: Duration = Duration::from_secs(20);
/// Largest head of a request.
const HEAD: u32 = 64 * 1024;

/// Serves until `stop`, then until all is answered or the allowed time is over.
pub async fn serve(listener: TcpListener, router: Router, http: &Http, stop: CancellationToken) {
    let stall = Duration::from_secs(http.stall_seconds);
    let builder = builder(stall);
    let patience = Patience { idle: IDLE, stall, answer: stall + Duration::from_secs(http.deadline_seconds) };
    let room = Arc::new(Semaphore::new(http.max_connections));
    let graceful = GracefulShutdown::new();
    let over = CancellationToken::new();
    loop {
        let accepted = async {
            let place = room.clone().acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accepted => match accepted {
                Some(accepted) => accepted,
                None => break,
            },
        };
        let (stream, peer) = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                // Out of file descriptors, most likely: others will close soon.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                continue;
            }
        };
        let connection = graceful.watch(open(&builder, stream, peer, router.clone(), patience));
        let over = over.clone();
        tokio::spawn(async move {
            let counted = Counted::new(CONNECTIONS);
            if let Some(Err(error)) = over.run_until_cancelled(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((counted, place));
        });
    }
    drop(listener);
    let allowed = Duration::from_secs(http.shutdown_seconds);
    if tokio::time::timeout(allowed, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and are dropped");
        over.cancel();
    }
}

fn builder(stall: Duration) -> Builder<Streams> {
    let mut builder = Builder::new(Streams { stall });
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(HEAD as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING)
        .max_header_list_size(HEAD)
        .max_concurrent_streams(200);
    builder
}

fn open(
    builder: &Builder<Streams>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = Box<dyn std::error::Error + Send + Sync>> + Send + use<>
{
    // Answers are small and written at once: waiting to fill packets would only delay them.
    let _ = stream.set_nodelay(true);
    let service = router.into_service().map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.map(Body::new)
    });
    let service = service.map_response(paced::pace);
    let io = TokioIo::new(Patient::new(stream, patience));
    builder.serve_connection_with_upgrades(io, TowerToHyperService::new(service)).into_owned()
}
