//! A subscriber over graphql-transport-ws (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
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
const PATIENCE: Duration = Duration::from_secs(20);

impl Socket {
    /// Connects as `client`, with its token in `connection_init`.
    pub async fn open(client: &Client) -> Result<Self> {
        let payload = client.token().map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        Self::open_with(client, payload).await
    }

    /// Connects with this payload in `connection_init`.
    pub async fn open_with(client: &Client, payload: Value) -> Result<Self> {
        Self::connect(client, "", &[]).await?.greet(payload).await
    }

    /// Connects and says nothing yet: `query` follows the path, `headers` are the upgrade's.
    pub async fn connect(client: &Client, query: &str, headers: &[(&'static str, &str)]) -> Result<Self> {
        let url = format!("{}/graphql/ws{query}", client.base().replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
        request.headers_mut().insert("x-forwarded-for", client.address().to_string().parse()?);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse()?);
        }
        let (stream, _) = connect_async(request).await?;
        Ok(Self { stream, next: 0 })
    }

    /// Says who is there, and waits until it is acknowledged.
    pub async fn greet(mut self, payload: Value) -> Result<Self> {
        self.send(json!({ "type": "connection_init", "payload": payload })).await?;
        let answer = self.receive().await?;
        anyhow::ensure!(answer == json!({ "type": "connection_ack" }), "not acknowledged: {answer}");
        Ok(self)
    }

    /// Begins an operation and gives its id.
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
            match self.frame().await?.context("the socket ended")? {
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

    /// The next frame, whatever it is; None when the connection has ended.
    pub async fn frame(&mut self) -> Result<Option<Message>> {
        let frame = tokio::time::timeout(PATIENCE, self.stream.next()).await.context("nothing came in time")?;
        Ok(frame.transpose()?)
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) -> Result<()> {
        self.say(Message::text(message.to_string())).await
    }

    /// Sends a frame.
    pub async fn say(&mut self, message: Message) -> Result<()> {
        Ok(self.stream.send(message).await?)
    }

    /// Sends bytes as they are, which may be no frame at all.
    pub async fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.get_mut().write_all(bytes).await?)
    }

    /// The code and reason with which the server closes the socket, whatever it says before.
    pub async fn closed(&mut self) -> Result<(u16, String)> {
        loop {
            match self.frame().await.context("it stays open")? {
                Some(Message::Close(Some(frame))) => return Ok((frame.code.into(), frame.reason.to_string())),
                Some(Message::Close(None)) => return Ok((1005, String::new())),
                Some(_) => {}
                None => return Ok((1006, String::new())),
            }
        }
    }
}
