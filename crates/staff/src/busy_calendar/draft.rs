//! What is asked for when a calendar is brought in.

use super::MAX_TEXT;
use crate::member::StaffId;
use kernel::text::text;
use kernel::{Checks, CommonCode, Issue, Result};
use serde::Serialize;

/// A calendar that is uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportDraft {
    /// Whose.
    pub staff_id: StaffId,
    /// What people call it; the calendar that is called so already is replaced.
    pub name: String,
    /// The iCalendar text.
    pub text: String,
}

/// A calendar that is read from an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubscribeDraft {
    /// Whose.
    pub staff_id: StaffId,
    /// What people call it.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// The name of a calendar.
pub(super) fn name(checks: &mut Checks, raw: &str) -> Option<String> {
    checks.check("name", text(raw, 1, 60))
}

impl ImportDraft {
    /// Its name, or everything that is wrong with it before it is read.
    pub(super) fn check(&self) -> Result<String> {
        let mut checks = Checks::new();
        let name = name(&mut checks, &self.name);
        if self.text.len() > MAX_TEXT {
            checks.add("text", Issue::new(CommonCode::TooLong).with("max", MAX_TEXT));
        }
        checks.build(|| name)
    }
}

impl SubscribeDraft {
    /// Its name, or what is wrong with it.
    pub(super) fn check(&self) -> Result<String> {
        let mut checks = Checks::new();
        let name = name(&mut checks, &self.name);
        checks.build(|| name)
    }
}
