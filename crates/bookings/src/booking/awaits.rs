//! What a pending booking waits for. It is agreed once nothing is left, and declined when its time is over.

use serde::{Deserialize, Serialize};

/// Something that a pending booking waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "BookingAwaits")]
pub enum Awaited {
    /// That staff approve it.
    Approval,
    /// That its prepayment comes in.
    Prepayment,
}

/// All that a booking waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Awaits {
    /// That staff approve it.
    pub approval: bool,
    /// That its prepayment comes in.
    pub prepayment: bool,
}

impl Awaits {
    /// Whether it waits for nothing.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Each thing, in the order in which they mostly come.
    pub fn list(self) -> Vec<Awaited> {
        [(self.approval, Awaited::Approval), (self.prepayment, Awaited::Prepayment)]
            .into_iter()
            .filter_map(|(waits, what)| waits.then_some(what))
            .collect()
    }

    /// What is left once this has come; none when it was not waited for.
    pub fn without(self, what: Awaited) -> Option<Self> {
        match what {
            Awaited::Approval => self.approval.then_some(Self { approval: false, ..self }),
            Awaited::Prepayment => self.prepayment.then_some(Self { prepayment: false, ..self }),
        }
    }
}
