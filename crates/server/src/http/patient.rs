//! A connection whose patience ends: one that moves no byte either way for long, or does not take what is written to
//! it, is closed, so that slow or silent peers cannot hold places for ever.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// A TCP connection with an end to its patience.
pub struct Patient {
    stream: TcpStream,
    /// How long nothing may move at all.
    idle: Duration,
    /// How long a write may not move.
    stall: Duration,
    alarm: Pin<Box<Sleep>>,
    stuck: bool,
}

impl Patient {
    /// Watches a connection.
    pub fn new(stream: TcpStream, idle: Duration, stall: Duration) -> Self {
        Self { stream, idle, stall, alarm: Box::pin(tokio::time::sleep(idle)), stuck: false }
    }

    fn moved(&mut self) {
        self.stuck = false;
        self.alarm.as_mut().reset(Instant::now() + self.idle);
    }

    fn waiting<T>(&mut self, cx: &mut Context<'_>) -> Poll<Result<T>> {
        ready!(self.alarm.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the peer is silent or does not read")))
    }

    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<Result<T>>) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.moved();
            return outcome;
        }
        if !self.stuck {
            self.stuck = true;
            self.alarm.as_mut().reset(Instant::now() + self.stall);
        }
        self.waiting(cx)
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(outcome) => {
                // Reading does not excuse a write that is stuck: a peer could send and never take.
                if !self.stuck {
                    self.moved();
                }
                Poll::Ready(outcome)
            }
            Poll::Pending => self.waiting(cx),
        }
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
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
