//! A line of a visit: one service by one person with the places and things it needs, as agreed.
//! The same shape lies in a hold before the booking exists.

use super::LineId;
use catalog::{AddOnId, Localized, Processing, Requirement, ResourceId, ServiceId};
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
    /// Whether it begins together with the line before it.
    #[serde(default)]
    pub with_previous: bool,
    /// For which of the companions, from 1; none: for the client.
    #[serde(default)]
    pub guest: Option<u8>,
    /// How many people it is for: the room that it takes holds them all.
    #[serde(default = "one")]
    pub persons: u16,
    /// What the client has on top of the service.
    #[serde(default)]
    pub add_ons: Vec<TakenAddOn>,
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
    /// Elapsed minutes, add-ons included.
    pub duration_minutes: u16,
    /// Time in the middle in which the person is free.
    #[serde(default)]
    pub processing: Option<Processing>,
    /// Minutes that the person is taken before the start.
    pub buffer_before_minutes: u16,
    /// Minutes that the person is taken after the end.
    pub buffer_after_minutes: u16,
    /// What it costs, add-ons included.
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

    /// The stretches that it keeps its person, buffers included: two around the processing time.
    pub fn attended(&self) -> Vec<TimeRange> {
        let whole = self.range().widen(self.buffer_before_minutes.into(), self.buffer_after_minutes.into());
        let Some(gap) = self.processing else { return vec![whole] };
        let pauses = self.starts_at + Duration::minutes(gap.after.into());
        let resumes = pauses + Duration::minutes(gap.minutes.into());
        if self.ends_at <= resumes {
            return vec![whole];
        }
        vec![TimeRange { from: whole.from, to: pauses }, TimeRange { from: resumes, to: whole.to }]
    }

    /// The time that it takes from somebody or something: with the longest of buffers, set-up and clean-up.
    pub fn occupied(&self) -> TimeRange {
        let setup = self.resources.iter().map(|unit| unit.setup_minutes).max().unwrap_or(0);
        let before = Duration::minutes(i64::from(setup.max(self.buffer_before_minutes)));
        TimeRange { from: self.starts_at - before, to: self.ends_at + self.aftermath() }
    }

    /// The longest time that somebody or something stays taken after its end.
    pub fn aftermath(&self) -> Duration {
        let cleanup = self.resources.iter().map(|unit| unit.cleanup_minutes).max().unwrap_or(0);
        Duration::minutes(i64::from(cleanup.max(self.buffer_after_minutes)))
    }
}

/// One person, for lines that were written before lines knew for how many they are.
const fn one() -> u16 {
    1
}

/// An add-on as it was when it was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenAddOn {
    /// The add-on.
    pub id: AddOnId,
    /// Its name.
    pub name: Localized,
    /// Minutes that it lengthens the line by.
    pub minutes: u16,
    /// What of the line's price is for it, in minor units.
    pub price_minor: i64,
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
