//! The request context: the first argument of every use case.
//!
//! Holds: company, actor and permissions never change within one `Cx`; a clone is the same request.
//! Deliberately absent: connections, transactions, handles of domains.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use kernel::{Clock, CompanyId, Error, Locale, Result, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::actor::{Actor, ClientProof, KeyKind};
use crate::permission::{Permission, PermissionSet};
use crate::role::{BuiltinRole, Role};

/// What a person without a selected company lacks, in the place of a permission's name.
const COMPANY_SELECTION: &str = "company_selection";

/// Which door the request came through. Bookings remember it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A person in the company's own application.
    Web,
    /// A program with a secret key.
    Api,
    /// A client or a stranger: widget, booking page, signed link.
    Public,
    /// The server itself.
    System,
}

/// What is known of a request, fixed when it starts. Read through [`Cx`].
pub struct Context {
    company: Option<CompanyId>,
    permissions: PermissionSet,
    clock: Arc<dyn Clock>,
    /// Who is asking.
    pub actor: Actor,
    /// Which door they came through.
    pub channel: Channel,
    /// The language of messages.
    pub locale: Locale,
    /// The request's id: in its logs, its events, and the masked errors shown to its caller.
    pub request_id: Uuid,
    /// The caller's network address, for limits; none for the server itself.
    pub address: Option<IpAddr>,
    /// The origin of the web page that asks with a publishable key, which may be taken off the key's list meanwhile.
    pub origin: Option<Box<str>>,
}

/// Who is asking, for which company, and what they may do. Cheap to clone.
#[derive(Clone)]
pub struct Cx {
    context: Arc<Context>,
    decided: Arc<AtomicBool>,
}

impl Deref for Cx {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl Cx {
    /// Starts a context: anonymous, without a company, until told otherwise.
    pub fn builder(clock: Arc<dyn Clock>) -> CxBuilder {
        CxBuilder {
            context: Context {
                company: None,
                permissions: PermissionSet::EMPTY,
                clock,
                actor: Actor::Anonymous,
                channel: Channel::Public,
                locale: Locale::Uk,
                request_id: Uuid::now_v7(),
                address: None,
                origin: None,
            },
        }
    }

    /// The server acting for a company: may do everything in it.
    pub fn system(name: &'static str, company: CompanyId, clock: Arc<dyn Clock>) -> Self {
        Self::builder(clock).company(company).actor(Actor::System { name }).channel(Channel::System).build()
    }

    /// A member with a built-in role and no session behind them. For tests.
    pub fn for_tests(company: CompanyId, role: BuiltinRole, clock: Arc<dyn Clock>) -> Self {
        let actor = match role {
            BuiltinRole::PublishableKey => Actor::ApiKey { key: Uuid::now_v7(), kind: KeyKind::Publishable },
            person => Actor::User {
                user: UserId::new(),
                session: Uuid::now_v7(),
                membership: Some(Uuid::now_v7()),
                role: Some(Role::Builtin(person)),
            },
        };
        Self::builder(clock).company(company).actor(actor).permissions(role.permissions()).build()
    }

    /// The same request as a new use case: nothing is decided yet. The edge calls it once per root field, so that
    /// a use case that forgot to authorise isn't covered by its neighbour.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self { context: self.context.clone(), decided: Arc::new(AtomicBool::new(self.actor.is_system())) }
    }

    /// Goes on only with `permission`. The first line of a use case.
    pub fn require(&self, permission: Permission) -> Result<()> {
        self.decide();
        if self.can(permission) { Ok(()) } else { Err(self.refusal(permission)) }
    }

    /// Goes on with the first of these that the actor has, and says which: "all, or only their own".
    pub fn require_any(&self, permissions: &[Permission]) -> Result<Permission> {
        self.decide();
        let granted = permissions.iter().copied().find(|permission| self.can(*permission));
        granted.ok_or_else(|| match permissions.last() {
            Some(least) => self.refusal(*least),
            None => Error::unauthenticated(),
        })
    }

    /// Whether the actor has `permission`. For what is shown or hidden inside a use case; it decides nothing about
    /// the use case itself.
    pub fn can(&self, permission: Permission) -> bool {
        self.context.permissions.contains(permission)
    }

    /// Lets everybody go on, and says why that is right. The first line of a use case that is deliberately public.
    pub fn public(&self, why: &'static str) {
        debug_assert!(!why.is_empty(), "a public use case says why it is public");
        self.decide();
    }

    /// Whether a use case has said who may enter.
    pub fn is_decided(&self) -> bool {
        self.decided.load(Ordering::Relaxed)
    }

    /// Stops a debug build, and so every test, when `what` happens before anybody asked who may.
    ///
    /// # Panics
    /// In debug builds only.
    pub fn assert_decided(&self, what: &str) {
        debug_assert!(
            self.is_decided(),
            "{what}: the use case neither required a permission nor said why it is public"
        );
    }

    /// The company the request is about; without one a person is told to select it, and nobody else is anybody.
    pub fn company(&self) -> Result<CompanyId> {
        self.context.company.ok_or_else(|| self.without_company().unwrap_or_else(Error::unauthenticated))
    }

    /// The company the request is about, if any.
    pub fn company_id(&self) -> Option<CompanyId> {
        self.context.company
    }

    /// The person who is asking; `Unauthenticated` when it is no person.
    pub fn user(&self) -> Result<UserId> {
        match self.actor {
            Actor::User { user, .. } => Ok(user),
            _ => Err(Error::unauthenticated()),
        }
    }

    /// Goes on only for a client of the company, who may see and do what is theirs; says what proves them.
    pub fn client(&self) -> Result<ClientProof> {
        self.decide();
        match self.actor {
            Actor::Client { proof, .. } => Ok(proof),
            _ => Err(Error::unauthenticated()),
        }
    }

    /// Whether a client is asking, who proved who they are. It decides nothing about the use case itself.
    pub fn is_client(&self) -> bool {
        matches!(self.actor, Actor::Client { .. })
    }

    /// The card of the client who is asking; none for everybody else, and for a client without one.
    pub fn client_card(&self) -> Option<Uuid> {
        match self.actor {
            Actor::Client { client, .. } => client,
            _ => None,
        }
    }

    /// What the actor may do.
    pub fn permissions(&self) -> PermissionSet {
        self.context.permissions
    }

    /// The present by the process' clock. Inside a transaction use the transaction's: replicas' clocks differ.
    pub fn now(&self) -> DateTime<Utc> {
        self.context.clock.now()
    }

    /// The clock itself.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.context.clock
    }

    /// Whether a stranger is asking: nobody, a key in a web page, a client.
    pub fn is_public(&self) -> bool {
        matches!(self.actor, Actor::Anonymous | Actor::Client { .. } | Actor::ApiKey { kind: KeyKind::Publishable, .. })
    }

    /// Whether strangers share the actor, so that the network tells them apart: nobody, a key in a web page.
    pub fn is_shared(&self) -> bool {
        self.is_public() && !self.is_client()
    }

    fn decide(&self) {
        self.decided.store(true, Ordering::Relaxed);
    }

    fn refusal(&self, permission: Permission) -> Error {
        if self.actor.is_anonymous() {
            return Error::unauthenticated();
        }
        self.without_company().unwrap_or_else(|| Error::forbidden(permission.name))
    }

    /// Logging in again would not help a person who has selected no company.
    fn without_company(&self) -> Option<Error> {
        let is_person = matches!(self.actor, Actor::User { .. });
        (is_person && self.context.company.is_none()).then(|| Error::forbidden(COMPANY_SELECTION))
    }
}

impl fmt::Debug for Cx {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cx")
            .field("company", &self.context.company)
            .field("actor", &self.actor)
            .field("channel", &self.channel)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Cx`]: where requests, jobs and commands begin.
pub struct CxBuilder {
    context: Context,
}

impl CxBuilder {
    /// The company the request is about.
    #[must_use]
    pub fn company(mut self, company: CompanyId) -> Self {
        self.context.company = Some(company);
        self
    }

    /// Who is asking.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Self {
        self.context.actor = actor;
        self
    }

    /// What they may do. The server itself may do everything, whatever is said here.
    #[must_use]
    pub fn permissions(mut self, permissions: PermissionSet) -> Self {
        self.context.permissions = permissions;
        self
    }

    /// Which door they came through.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.context.channel = channel;
        self
    }

    /// The language of messages.
    #[must_use]
    pub fn locale(mut self, locale: Locale) -> Self {
        self.context.locale = locale;
        self
    }

    /// The request's id, when the edge has chosen one.
    #[must_use]
    pub fn request_id(mut self, id: Uuid) -> Self {
        self.context.request_id = id;
        self
    }

    /// The caller's network address.
    #[must_use]
    pub fn address(mut self, address: Option<IpAddr>) -> Self {
        self.context.address = address;
        self
    }

    /// The origin of the web page that asks.
    #[must_use]
    pub fn origin(mut self, origin: Option<Box<str>>) -> Self {
        self.context.origin = origin;
        self
    }

    /// The finished context.
    pub fn build(mut self) -> Cx {
        let system = self.context.actor.is_system();
        if system {
            self.context.permissions = PermissionSet::all();
        }
        Cx { context: Arc::new(self.context), decided: Arc::new(AtomicBool::new(system)) }
    }
}
