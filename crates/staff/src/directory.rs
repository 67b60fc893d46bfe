//! The port of clients: whether those whom a client prefers work here. Only ids cross; names stay with us.

use crate::{Staff, StaffId};
use clients::ports::StaffDirectory;
use db::Reader;
use kernel::Result;
use uuid::Uuid;

#[async_trait::async_trait]
impl StaffDirectory for Staff {
    async fn all_exist(&self, reader: &Reader, staff: &[Uuid]) -> Result<bool> {
        let members = self.members(reader).await?;
        Ok(staff.iter().all(|id| members.get(StaffId::from_uuid(*id)).is_some()))
    }
}
