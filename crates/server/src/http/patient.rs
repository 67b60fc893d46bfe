//! A connection whose patience ends: one that moves no byte either way for long, does not take what is written to it, or
//! begins to ask and never finishes, is closed, so that slow or silent peers cannot hold places for ever.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// How a connection of HTTP/2 begins.
const HTTP2: &[u8] = b"PRI * HTTP/2";
/// How the answer begins that turns a connection into a WebSocket.
const SWITCHED: &[u8] = b"HTTP/1.1 101";

/// How long a connection is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long nothing may move at all.
    pub idle: Duration,
    /// How long a write may not move.
    pub stall: Duration,
    /// How long after the first byte of a request its answer may begin, however many bytes trickle in meanwhile.
    pub answer: Duration,
}

/// A TCP connection with an end to its patience.
pub struct Patient {
    stream: TcpStream,
    patience: Patience,
    alarm: Pin<Box<Sleep>>,
    is_stuck: bool,
    /// When the peer began to ask what has no answer yet.
    asked_at: Option<Instant>,
    /// Whether this is no longer HTTP/1, where each request has an answer: a WebSocket, or HTTP/2.
    is_free_form: bool,
}

impl Patient {
    /// Watches a connection.
    pub fn new(stream: TcpStream, patience: Patience) -> Self {
        let alarm = Box::pin(tokio::time::sleep(patience.idle));
        Self { stream, patience, alarm, is_stuck: false, asked_at: None, is_free_form: false }
    }

    fn moved(&mut self) {
        self.is_stuck = false;
        let idle = Instant::now() + self.patience.idle;
        let unanswered = self.asked_at.filter(|_| !self.is_free_form).map(|asked_at| asked_at + self.patience.answer);
        self.alarm.as_mut().reset(unanswered.map_or(idle, |unanswered| unanswered.min(idle)));
    }

    fn heard(&mut self, bytes: &[u8]) {
        self.is_free_form |= bytes.starts_with(HTTP2);
        if !bytes.is_empty() {
            self.asked_at.get_or_insert_with(Instant::now);
        }
        // Reading does not excuse a write that is stuck: a peer could send and never take.
        if !self.is_stuck {
            self.moved();
        }
    }

    fn said(&mut self, bytes: &[u8]) {
        self.is_free_form |= bytes.starts_with(SWITCHED);
        self.asked_at = None;
    }

    fn waiting<T>(&mut self, cx: &mut Context<'_>) -> Poll<Result<T>> {
        ready!(self.alarm.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the peer is silent, too slow, or does not read")))
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<Result<T>>) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.moved();
            return outcome;
        }
        if !self.is_stuck {
            self.is_stuck = true;
            self.alarm.as_mut().reset(Instant::now() + self.patience.stall);
        }
        self.waiting(cx)
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(outcome) => {
                self.heard(&buffer.filled()[before..]);
                Poll::Ready(outcome)
            }
            Poll::Pending => self.waiting(cx),
        }
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.said(bytes);
        self.written(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.said(slices.first().map_or(&[], |slice| slice));
        self.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // Flushing a TCP stream does nothing, so it is no sign that anything moved.
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
