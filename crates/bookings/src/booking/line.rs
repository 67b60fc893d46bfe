//! A line of a visit: one service by one person with the places and things it needs, as agreed.
//! The same shape lies in a hold before the booking exists.

use super::LineId;
use catalog::{Localized, Requirement, ResourceId, ServiceId};
use chrono::{DateTime, Duration, Utc};
use kernel::time::TimeRange;
use serde::{Deserialize, Serialize};
use staff::StaffId;

/// One service of a visit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// Its id; a hold's lines keep theirs when they become a booking's.
    pub id: LineId,
    /// The service.
    pub service_id: ServiceId,
    /// The service's name when it was booked.
    pub service_name: Localized,
    /// The service's colour when it was booked.
    pub color: Option<String>,
    /// Who does it; none for a rental.
    pub staff_id: Option<StaffId>,
    /// That person's name when it was booked.
    pub staff_name: Option<String>,
    /// How that person was found.
    pub staff_choice: StaffChoice,
    /// Start, without the buffer.
    pub starts_at: DateTime<Utc>,
    /// End, without the buffer.
    pub ends_at: DateTime<Utc>,
    /// Elapsed minutes.
    pub duration_minutes: u16,
    /// Minutes that the person is taken before the start.
    pub buffer_before_minutes: u16,
    /// Minutes that the person is taken after the end.
    pub buffer_after_minutes: u16,
    /// What it costs.
    pub price: Price,
    /// Tax in hundredths of a percent, contained in the price.
    pub tax_rate_bp: u16,
    /// What it needs beside a person; kept so that a move asks for the same again.
    pub requirements: Vec<Requirement>,
    /// The units that it took.
    pub resources: Vec<TakenUnit>,
}

impl Line {
    /// The time that the client sees.
    pub fn range(&self) -> TimeRange {
        TimeRange { from: self.starts_at, to: self.ends_at }
    }

    /// The longest time that somebody or something stays taken after its end.
    pub fn aftermath(&self) -> Duration {
        let cleanup = self.resources.iter().map(|unit| unit.cleanup_minutes).max().unwrap_or(0);
        Duration::minutes(i64::from(cleanup.max(self.buffer_after_minutes)))
    }
}

/// A concrete unit that a line occupies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenUnit {
    /// The unit.
    pub id: ResourceId,
    /// Its name when it was booked.
    pub name: String,
    /// Minutes taken before the start.
    pub setup_minutes: u16,
    /// Minutes taken after the end.
    pub cleanup_minutes: u16,
}

/// A line's price in minor units of the booking's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// How to read the amount.
    pub kind: catalog::PriceKind,
    /// Minor units.
    pub minor: i64,
}

/// How the staff member of a line was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "StaffChoice")]
pub enum StaffChoice {
    /// Asked for by name.
    Named,
    /// Nobody else could.
    OnlyOne,
    /// The client's usual person.
    Usual,
    /// Fewest booked minutes on that day.
    LeastBooked,
    /// Leaves the day least cut up.
    LeastFragmented,
    /// All else equal: the first in order.
    First,
    /// The service needs nobody.
    None,
}

impl StaffChoice {
    const ALL: [Self; 7] =
        [Self::Named, Self::OnlyOne, Self::Usual, Self::LeastBooked, Self::LeastFragmented, Self::First, Self::None];

    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Named => "NAMED",
            Self::OnlyOne => "ONLY_ONE",
            Self::Usual => "USUAL",
            Self::LeastBooked => "LEAST_BOOKED",
            Self::LeastFragmented => "LEAST_FRAGMENTED",
            Self::First => "FIRST",
            Self::None => "NONE",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text)
    }
}
