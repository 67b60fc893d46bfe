//! A subscriber over graphql-transport-ws (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::client::Client;

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u32,
}

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl Socket {
    /// Connects as `client`, with its token in `connection_init`.
    pub async fn open(client: &Client) -> Result<Self> {
        let payload = client.token().map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        Self::open_with(client, payload).await
    }

    /// Connects with this payload in `connection_init`.
    pub async fn open_with(client: &Client, payload: Value) -> Result<Self> {
        let url = format!("{}/graphql/ws", client.base().replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
        let (stream, _) = connect_async(request).await?;
        let mut socket = Self { stream, next: 0 };
        socket.send(json!({ "type": "connection_init", "payload": payload })).await?;
        let answer = socket.receive().await?;
        anyhow::ensure!(answer["type"] == "connection_ack", "not acknowledged: {answer}");
        Ok(socket)
    }

    /// Begins a subscription and gives its id.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> Result<String> {
        self.next += 1;
        let id = self.next.to_string();
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await?;
        Ok(id)
    }

    /// The data of the next event.
    pub async fn event(&mut self) -> Result<Value> {
        let message = self.receive().await?;
        anyhow::ensure!(message["type"] == "next", "no event: {message}");
        anyhow::ensure!(message["payload"]["errors"].is_null(), "an event with errors: {message}");
        Ok(message["payload"]["data"].clone())
    }

    /// The next message, pings answered.
    pub async fn receive(&mut self) -> Result<Value> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next()).await.context("nothing came in time")?;
            match message.context("the socket ended")?? {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text)?;
                    if message["type"] == "ping" {
                        self.send(json!({ "type": "pong" })).await?;
                        continue;
                    }
                    return Ok(message);
                }
                Message::Close(frame) => bail!("closed: {}", frame.map_or(0, |frame| u16::from(frame.code))),
                _ => {}
            }
        }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) -> Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }

    /// The code with which the server closes the socket, whatever it says before.
    pub async fn closed(&mut self) -> Result<u16> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next()).await.context("it stays open")?;
            match message {
                Some(Ok(Message::Close(frame))) => return Ok(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(1006),
            }
        }
    }
}
