//! Which of many callers are still who they were. Asked every few seconds for all who listen on a socket or stream, so it
//! costs a statement per some hundred of them and not one each.

use std::collections::HashMap;

use access::{Actor, Cx};
use kernel::{CompanyId, Kind, Result};
use uuid::Uuid;

use super::Entrance;
use super::record::{self, SessionRecord};
use crate::handle::Tenancy;

/// Sessions in one statement.
const TOGETHER: usize = 512;

impl Tenancy {
    /// For each caller whether what let them in still stands: a living session or key, of the same company, with the
    /// same permissions, and the page's origin on the key's list. An error says nothing about anybody.
    pub async fn still_stand(&self, callers: &[Cx]) -> Result<Vec<bool>> {
        let sessions = self.sessions_of(callers).await?;
        let mut keys = HashMap::new();
        let mut standing = Vec::with_capacity(callers.len());
        for cx in callers {
            standing.push(match cx.actor {
                Actor::User { session, .. } => match sessions.get(&session) {
                    Some(record) => self.stands(cx, session, record),
                    None => false,
                },
                // All visitors of a page have the same key and the same origin: they are asked for once.
                Actor::ApiKey { key, .. } => match keys.get(&(key, cx.origin.as_deref())) {
                    Some(stands) => *stands,
                    None => *keys.entry((key, cx.origin.as_deref())).or_insert(self.key_stands(cx).await?),
                },
                Actor::Client { .. } => self.client_stands(cx).await?,
                Actor::Anonymous | Actor::System { .. } => true,
            });
        }
        Ok(standing)
    }

    async fn sessions_of(&self, callers: &[Cx]) -> Result<HashMap<Uuid, SessionRecord>> {
        let mut ids: Vec<Uuid> = callers.iter().filter_map(session).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut sessions = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            let directory = self.db().directory().await?;
            let found = record::find_many(&directory, ids).await?;
            sessions.extend(found.into_iter().map(|record| (record.id, record)));
        }
        Ok(sessions)
    }

    /// A record that cannot be understood lets nobody in, and says nothing about others.
    fn stands(&self, cx: &Cx, session: Uuid, record: &SessionRecord) -> bool {
        record.company_id == cx.company_id().map(CompanyId::uuid)
            && self
                .member_cx(&Entrance::default(), session, record)
                .is_ok_and(|now| now.company_id() == cx.company_id() && now.permissions() == cx.permissions())
    }

    async fn client_stands(&self, cx: &Cx) -> Result<bool> {
        same(cx, self.recheck(cx).await)
    }

    async fn key_stands(&self, cx: &Cx) -> Result<bool> {
        same(cx, self.recheck(cx).await)
    }
}

fn session(cx: &Cx) -> Option<Uuid> {
    match cx.actor {
        Actor::User { session, .. } => Some(session),
        _ => None,
    }
}

fn same(cx: &Cx, now: Result<Cx>) -> Result<bool> {
    match now {
        Ok(now) => Ok(now.company_id() == cx.company_id() && now.permissions() == cx.permissions()),
        Err(error) if error.kind == Kind::Unavailable => Err(error),
        Err(_) => Ok(false),
    }
}
