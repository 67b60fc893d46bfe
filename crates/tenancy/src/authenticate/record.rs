//! The one statement behind tokens: session, person, place in the selected company and role, joined.

use access::Role;
use chrono::{DateTime, Utc};
use db::Directory;
use kernel::{CompanyId, Error, Result};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::Place;
use crate::role::RoleRef;
use crate::role::repo::stored_permissions;
use crate::session::SessionId;

const STATEMENT: &str = "\
    SELECT s.id, s.user_id, s.company_id, s.generation, s.pair_used, s.last_seen_at, s.expires_at, s.revoked_at, \
           u.locale, u.disabled_at, \
           m.id AS member_id, m.builtin_role, m.role_id, m.ends_at, m.removed_at, \
           r.name AS role_name, r.permissions AS role_permissions \
    FROM session s \
    JOIN user_account u ON u.id = s.user_id \
    LEFT JOIN membership m ON m.company_id = s.company_id AND m.user_id = s.user_id \
    LEFT JOIN role r ON r.company_id = m.company_id AND r.id = m.role_id \
    WHERE s.id IN ";

/// What the records say about a session.
#[derive(Debug, FromQueryResult)]
pub(super) struct SessionRecord {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) company_id: Option<Uuid>,
    pub(super) generation: i32,
    pub(super) pair_used: bool,
    pub(super) last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    pub(super) locale: String,
    disabled_at: Option<DateTime<Utc>>,
    member_id: Option<Uuid>,
    builtin_role: Option<String>,
    role_id: Option<Uuid>,
    ends_at: Option<DateTime<Utc>>,
    removed_at: Option<DateTime<Utc>>,
    role_name: Option<String>,
    role_permissions: Option<serde_json::Value>,
}

pub(super) async fn find(directory: &Directory, session: SessionId) -> Result<Option<SessionRecord>> {
    Ok(find_many(directory, &[session.uuid()]).await?.pop())
}

/// Those of the sessions that exist, in any order. The list is filled up to a power of two with its last entry, so that
/// there are few different statements.
pub(super) async fn find_many(directory: &Directory, sessions: &[Uuid]) -> Result<Vec<SessionRecord>> {
    let Some(last) = sessions.last() else { return Ok(Vec::new()) };
    let filled = sessions.iter().chain(std::iter::repeat(last)).take(sessions.len().next_power_of_two());
    let values: Vec<Value> = filled.map(|id| (*id).into()).collect();
    let places: Vec<String> = (1..=values.len()).map(|number| format!("${number}")).collect();
    let sql = format!("{STATEMENT}({})", places.join(", "));
    let statement = Statement::from_sql_and_values(directory.conn().get_database_backend(), sql, values);
    SessionRecord::find_by_statement(statement).all(directory.conn()).await.map_err(db::fault)
}

impl SessionRecord {
    /// Whether the session can be used at this instant.
    pub(super) fn lives(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at && self.disabled_at.is_none()
    }

    /// The person's living place in the selected company, if there is one.
    pub(super) fn place(&self, now: DateTime<Utc>) -> Result<Option<Place>> {
        let (Some(company), Some(member)) = (self.company_id, self.member_id) else { return Ok(None) };
        if self.removed_at.is_some() || self.ends_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        let role = match RoleRef::from_columns(self.builtin_role.as_deref(), self.role_id)? {
            RoleRef::Builtin(role) => Role::Builtin(role),
            RoleRef::Custom(id) => {
                let permissions =
                    self.role_permissions.as_ref().ok_or_else(|| Error::internal("a member's role is gone"))?;
                Role::Custom {
                    id: id.uuid(),
                    name: self.role_name.clone().unwrap_or_default(),
                    permissions: stored_permissions(permissions),
                }
            }
        };
        Ok(Some(Place { company: CompanyId::from_uuid(company), member, role }))
    }
}
