//! Messages over a connection: reading them with the limits of RFC 6455, writing them to a peer who must take them.
//! What a socket needs while nothing happens is all it keeps: ten thousand of them must fit in little memory.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::message::{Closing, Said};

/// Kept for as long as the socket is open; longer messages take more while they are read.
const READ_BUFFER: usize = 512;
const LARGEST_MESSAGE: usize = 256 * 1024;
/// How long the peer may take for the farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// A WebSocket.
pub struct Wire {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    /// How long the peer may take for a message.
    stall: Duration,
}

impl Wire {
    /// The WebSocket over a connection that has been upgraded.
    pub async fn new(upgraded: Upgraded, stall: Duration) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(LARGEST_MESSAGE))
            .max_frame_size(Some(LARGEST_MESSAGE));
        let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        Self { stream, stall }
    }

    /// What the peer says next; None when it is only a sign of life. Can be given up and called again.
    pub async fn hear(&mut self) -> Result<Option<Said>, Closing> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Said::read(&text).map(Some),
            Some(Ok(Message::Binary(_))) => Err(Closing::BadMessage("Binary messages are not understood".to_owned())),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
            Some(Ok(Message::Close(_))) | None => Err(Closing::Gone),
            Some(Err(error)) => Err(closing_of(&error)),
        }
    }

    /// Says something. A peer who does not take it in time is taken for gone.
    pub async fn say(&mut self, text: Utf8Bytes) -> Result<(), Closing> {
        self.send(Message::Text(text)).await
    }

    /// Asks for a sign of life, which every WebSocket gives by itself.
    pub async fn ping(&mut self) -> Result<(), Closing> {
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Closing> {
        match timeout(self.stall, self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Closing::Gone),
        }
    }

    /// Ends the socket. What the peer is still sending is read away: a connection that is closed over unread bytes is
    /// reset, and the peer would not learn why.
    pub async fn close(mut self, closing: Closing) {
        let farewell = async {
            let _ = match closing.frame() {
                Some(frame) => self.stream.send(Message::Close(Some(frame))).await,
                // The answer to the peer's own farewell.
                None => self.stream.flush().await,
            };
            let connection = self.stream.get_mut();
            let mut rest = vec![0; 4096];
            if connection.shutdown().await.is_ok() {
                while connection.read(&mut rest).await.is_ok_and(|count| count > 0) {}
            }
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

fn closing_of(error: &Error) -> Closing {
    match error {
        Error::Capacity(_) => Closing::TooLarge,
        Error::Utf8(_) => Closing::NotText,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Closing::Gone,
        Error::Protocol(_) => Closing::Protocol,
        _ => Closing::Gone,
    }
}
