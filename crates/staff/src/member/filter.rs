//! Which staff a list shows. Lists are cut out of the snapshot, not of the database.

use super::StaffMember;
use catalog::ServiceId;
use kernel::text::{search_key, sort_key};
use kernel::{Cursor, CursorKey, Locale};
use tenancy::LocationId;

/// Which staff to list; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// Part of the name, in any case.
    pub search: Option<String>,
    /// Those who work at this location.
    pub location_id: Option<LocationId>,
    /// Those who perform this service.
    pub service_id: Option<ServiceId>,
    /// Only those whom clients can book themselves, or not.
    pub bookable_online: Option<bool>,
    /// Only those who left, or only those who are here; `None` lists those who are here.
    pub archived: Option<bool>,
}

impl MemberFilter {
    /// Does the list show this person?
    pub fn matches(&self, member: &StaffMember) -> bool {
        member.archived == self.archived.unwrap_or(false)
            && self.location_id.is_none_or(|id| member.works_at(id))
            && self.service_id.is_none_or(|id| member.performs(id).is_some())
            && self.bookable_online.is_none_or(|online| member.bookable_online == online)
            && self.search.as_deref().is_none_or(|needle| search_key(&member.name).contains(&search_key(needle)))
    }
}

/// Where a person stands in lists: by position, then name as compared in `locale`.
pub fn place(member: &StaffMember, locale: Locale) -> Cursor {
    // Flipping the sign bit makes the bytes of a signed number ascend with it.
    let position = (member.position ^ i32::MIN).to_be_bytes();
    let key = [&position[..], &sort_key(&member.name, locale)].concat();
    Cursor { key: CursorKey::Bytes(key), id: member.id.uuid() }
}
