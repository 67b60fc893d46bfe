//! A connection to exactly the address that was checked.

use crate::address::{Policy, is_public};
use crate::{Fault, Settings};
use futures_util::future::BoxFuture;
use hyper::Uri;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use url::{Host, Url};

/// Addresses of a name that are tried, one after another.
const MAX_TRIED: usize = 3;
/// Longest head of an answer, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// Who knows where names lead.
pub trait Resolve: Send + Sync {
    /// The addresses of a host, each with the port.
    fn resolve(&self, host: &str, port: u16) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// The names of the system.
pub(crate) struct System;

impl Resolve for System {
    fn resolve(&self, host: &str, port: u16) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let name = (host.to_owned(), port);
        Box::pin(async move { Ok(tokio::net::lookup_host(name).await?.collect()) })
    }
}

/// Opens connections.
pub(crate) struct Connector {
    pub(crate) policy: Policy,
    pub(crate) total_timeout: Duration,
    connect_timeout: Duration,
    names: Arc<dyn Resolve>,
}

/// An open connection; it ends with this.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<String>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connector {
    pub(crate) fn new(settings: Settings, names: Arc<dyn Resolve>) -> Self {
        Self {
            policy: Policy::new(&settings.trusted),
            total_timeout: settings.total_timeout,
            connect_timeout: settings.connect_timeout,
            names,
        }
    }

    /// Connects to where a URL leads, if it leads to the public internet.
    pub(crate) async fn open(&self, url: &Url) -> Result<Connection, Fault> {
        self.policy.check(url)?;
        let addresses = self.addresses(url).await?;
        let mut fault = Fault::Unreachable;
        for address in addresses.into_iter().take(MAX_TRIED) {
            match tokio::time::timeout(self.connect_timeout, shake_hands(url, address)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => fault = error,
                Err(_) => fault = Fault::TimedOut,
            }
        }
        Err(fault)
    }

    /// Where a URL leads. A name that leads inside as well as outside is not asked at all.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, Fault> {
        let (host, port) = (url.host().ok_or(Fault::Address)?, url.port_or_known_default().ok_or(Fault::Address)?);
        let addresses = match host {
            Host::Ipv4(address) => vec![SocketAddr::from((address, port))],
            Host::Ipv6(address) => vec![SocketAddr::from((address, port))],
            Host::Domain(name) => {
                let found = tokio::time::timeout(self.connect_timeout, self.names.resolve(name, port)).await;
                found.map_err(|_| Fault::TimedOut)?.map_err(|_| Fault::Unreachable)?
            }
        };
        if !self.policy.trusts(url) && !addresses.iter().all(|address| is_public(address.ip())) {
            return Err(Fault::NotPublic);
        }
        if addresses.is_empty() { Err(Fault::Unreachable) } else { Ok(addresses) }
    }
}

async fn shake_hands(url: &Url, address: SocketAddr) -> Result<Connection, Fault> {
    let uri: Uri = url.as_str().parse().map_err(|_| Fault::Address)?;
    let tcp = tower::service_fn(move |_: Uri| async move { TcpStream::connect(address).await.map(TokioIo::new) });
    let connector: HttpsConnector<_> =
        HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().wrap_connector(tcp);
    let stream = connector.oneshot(uri).await.map_err(|_| Fault::Unreachable)?;
    let mut builder = http1::Builder::new();
    let (sender, connection) =
        builder.max_buf_size(MAX_HEAD).handshake(stream).await.map_err(|_| Fault::Unreachable)?;
    let driver = tokio::spawn(async move {
        // What goes wrong is told to whoever waits for the answer.
        let _ = connection.await;
    });
    Ok(Connection { sender, driver })
}
