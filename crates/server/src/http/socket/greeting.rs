//! From the upgrade to the acknowledgement: who is there. What the peer says meanwhile is heard, so that a second
//! `connection_init` or an operation that comes too early is refused at once, and pings are answered.

use std::time::Duration;

use axum::http::request::Parts;
use kernel::Kind;
use serde_json::Value;

use super::message::{Closing, Payload, Said, Say};
use super::wire::Wire;
use crate::app::App;
use crate::http::caller::{self, Caller, Refused};

/// Waits for `connection_init`, finds out who sent it, and says so.
pub async fn greet(app: &App, parts: &Parts, wire: &mut Wire) -> Result<Caller, Closing> {
    let patience = Duration::from_secs(app.config.graphql.socket_init_seconds);
    let payload = tokio::time::timeout(patience, initialisation(wire)).await;
    let payload = payload.unwrap_or(Err(Closing::InitialisationTimeout))?;
    let authorization = authorization(payload)?;
    let caller = {
        let known = caller::identify_socket(app, parts, authorization.as_deref());
        tokio::pin!(known);
        loop {
            tokio::select! {
                biased;
                caller = &mut known => break caller.map_err(closing_of)?,
                said = wire.hear() => match said? {
                    Some(Said::ConnectionInit(_)) => return Err(Closing::TooManyInitialisations),
                    said => small_talk(wire, said).await?,
                },
            }
        }
    };
    wire.say(Say::ConnectionAck.text()).await?;
    Ok(caller)
}

/// Whoever was not judged may come again with the same proof; whoever was refused may not.
fn closing_of(refused: Refused) -> Closing {
    let Refused::Caller { error, cx, .. } = refused else { return Closing::Forbidden };
    let closing = match error.kind {
        Kind::Unavailable | Kind::RateLimited { .. } => Closing::TryAgain,
        Kind::Internal => Closing::Broken,
        _ => Closing::Forbidden,
    };
    // What is worded here is what is wrong with us: it goes to the log.
    let _ = gql::refuse(error, &cx);
    closing
}

async fn initialisation(wire: &mut Wire) -> Result<Payload, Closing> {
    loop {
        match wire.hear().await? {
            Some(Said::ConnectionInit(payload)) => return Ok(payload),
            said => small_talk(wire, said).await?,
        }
    }
}

/// What may be said before one is known.
async fn small_talk(wire: &mut Wire, said: Option<Said>) -> Result<(), Closing> {
    match said {
        Some(Said::Ping(payload)) => wire.say(Say::Pong { payload }.text()).await,
        Some(Said::Subscribe(..)) => Err(Closing::NotInitialised),
        _ => Ok(()),
    }
}

/// `authorization` of the payload, whatever the case of its name: front ends copy the header's. Whoever sends something
/// else under that name, or two of them, believes to be somebody and is not taken for nobody.
fn authorization(payload: Payload) -> Result<Option<String>, Closing> {
    let mut values = payload.into_iter().flatten().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    match (values.next(), values.next()) {
        (None | Some((_, Value::Null)), None) => Ok(None),
        (Some((_, Value::String(value))), None) => Ok(Some(value)),
        _ => Err(Closing::Forbidden),
    }
}
