//! Answers over HTTP/2 whose peer gives no room for them. There a peer stops reading by closing the window of one stream: the
//! connection goes on, answers pings and carries other streams, so [`super::patient`] sees nothing. An answer that waits for
//! room longer than it may is reset, alone.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use hyper::rt::Executor;
use tokio::time::Instant;

/// An answer goes out in pieces of this size, each when the one before has left: what the peer has no room for stays with
/// its stream, where its time is counted.
const PIECE: usize = 16 * 1024;

tokio::task_local! {
    /// Of the stream that the current task serves.
    static PACE: Arc<Pace>;
}

/// Since when a stream has had a piece that its peer gave no room for.
#[derive(Default)]
struct Pace(Mutex<Option<Instant>>);

impl Pace {
    fn set(&self, waiting_since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = waiting_since;
    }

    fn waiting_since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the streams of HTTP/2 connections, none of which waits longer for room than this.
#[derive(Clone, Copy)]
pub struct Streams {
    /// How long a stream may wait.
    pub stall: Duration,
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let (pace, stall) = (Arc::new(Pace::default()), self.stall);
        tokio::spawn(PACE.scope(pace.clone(), async move {
            let mut stream = pin!(stream);
            let mut alarm = pin!(tokio::time::sleep(stall));
            poll_fn(|cx| {
                if stream.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                let Some(since) = pace.waiting_since() else { return Poll::Pending };
                if alarm.deadline() != since + stall {
                    alarm.as_mut().reset(since + stall);
                }
                ready!(alarm.as_mut().poll(cx));
                tracing::debug!("an answer that was not taken is dropped");
                Poll::Ready(())
            })
            // Dropping the stream resets it.
            .await;
        }));
    }
}

/// The same answer, watched where it is one of HTTP/2.
pub fn pace(response: Response) -> Response {
    match PACE.try_with(Arc::clone) {
        Ok(pace) => response.map(|body| Body::new(Paced { body, rest: Bytes::new(), pace })),
        Err(_) => response,
    }
}

/// A body in pieces. The connection asks for the next one when there was room for the one before.
struct Paced {
    body: Body,
    rest: Bytes,
    pace: Arc<Pace>,
}

impl hyper::body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.pace.set(None);
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(trailers))) => return Poll::Ready(Some(Ok(trailers))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.pace.set(Some(Instant::now()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
}
