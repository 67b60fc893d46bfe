//! Counting attempts before they are made. The server itself is never limited.

use access::Cx;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cache::{Quota, RateKey};
use kernel::{CompanyId, Email, Kind, Result, UserId};
use uuid::Uuid;

use crate::secrets::fingerprint;
use crate::{Tenancy, session, user};

impl Tenancy {
    /// Counts a password tried on an account. See [`crate::Limits`] for why nobody can lock somebody else out.
    pub(crate) async fn count_password(&self, cx: &Cx, account: &str) -> Result<()> {
        let limits = self.config().limits;
        self.count_address(cx, "password.address", limits.password_address).await?;
        let network = cx.address.map_or_else(String::new, |address| RateKey::address("", address).principal);
        let pair = format!("{account} {network}");
        self.count_account(cx, "password.pair", &pair, limits.password_pair).await?;
        match self.count_account(cx, "password.account", account, limits.password_account).await {
            Err(error) if matches!(error.kind, Kind::RateLimited { .. }) => {
                if self.is_home(account, &network).await? {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            other => other,
        }
    }

    /// Whether the owner of an account has a living session that was last refreshed from this network. As much work for an
    /// account that does not exist.
    async fn is_home(&self, account: &str, network: &str) -> Result<bool> {
        let Ok(email) = Email::parse(account) else { return Ok(false) };
        let directory = self.db().directory().await?;
        let owner = user::repo::find_by_email(&directory, &email).await?;
        let owner = UserId::from_uuid(owner.map_or_else(Uuid::nil, |owner| owner.id));
        let sessions = session::repo::list(&directory, owner, self.db().clock().now()).await?;
        let addresses = sessions.iter().filter_map(|session| session.address.as_deref()?.parse().ok());
        Ok(addresses.map(|address| RateKey::address("", address).principal).any(|known| known == network))
    }

    /// Counts a mail that a stranger causes to an address.
    pub(crate) async fn count_mail(&self, cx: &Cx, account: &str) -> Result<()> {
        let limits = self.config().limits;
        self.count_address(cx, "mail.address", limits.mail_address).await?;
        self.count_account(cx, "mail.account", account, limits.mail_account).await
    }

    /// Counts a token or link that is tried.
    pub(crate) async fn count_token(&self, cx: &Cx) -> Result<()> {
        self.count_address(cx, "token.address", self.config().limits.token_address).await
    }

    /// Counts a code that somebody has sent to an address in the name of a company: against the mails that strangers cause,
    /// and against what the company may send.
    pub async fn count_client_code(&self, cx: &Cx, address: &str) -> Result<()> {
        self.count_mail(cx, address).await?;
        if cx.actor.is_system() {
            return Ok(());
        }
        let key = RateKey::of("client.codes", cx.company()?, "");
        self.cache().limit(&key, self.config().limits.client_codes).await
    }

    /// Counts a code that somebody tries. How often one code may be tried is for whoever keeps it to say.
    pub async fn count_client_try(&self, cx: &Cx) -> Result<()> {
        self.count_token(cx).await
    }

    /// Counts a use of a publishable key without an origin.
    pub(crate) async fn count_keyless_origin(&self, address: Option<std::net::IpAddr>) -> Result<()> {
        let Some(address) = address else { return Ok(()) };
        let key = RateKey::address("key.no_origin", address);
        self.cache().limit(&key, self.config().limits.keyless_origin_address).await
    }

    /// Counts an invitation that a company sends.
    pub(crate) async fn count_invitation(&self, cx: &Cx, company: CompanyId) -> Result<()> {
        if cx.actor.is_system() {
            return Ok(());
        }
        let key = RateKey::of("invitations", company, "");
        self.cache().limit(&key, self.config().limits.invitations).await
    }

    async fn count_address(&self, cx: &Cx, scope: &'static str, quota: Quota) -> Result<()> {
        match cx.address {
            Some(address) if !cx.actor.is_system() => {
                self.cache().limit(&RateKey::address(scope, address), quota).await
            }
            _ => Ok(()),
        }
    }

    /// The account goes into the key as a digest: caches hold no addresses.
    async fn count_account(&self, cx: &Cx, scope: &'static str, account: &str, quota: Quota) -> Result<()> {
        if cx.actor.is_system() {
            return Ok(());
        }
        let digest = URL_SAFE_NO_PAD.encode(fingerprint(account.as_bytes()));
        self.cache().limit(&RateKey::global(scope, digest), quota).await
    }
}
