//! The rules by name, and what a refused candidate broke. Codes are stable: clients match on them.

use uuid::Uuid;

/// A rule of availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rule {
    /// The visit lies outside the dates or the reach for which the facts were read, or is empty: nothing can be
    /// promised.
    NotCovered,
    /// The start is not a whole minute on the grid of candidate starts.
    NotOnGrid,
    /// The start is before now and the minimum notice.
    TooSoon,
    /// The local date is after the last one that may be booked, or before the first.
    BeyondHorizon,
    /// A line, or a buffer, lies outside opening hours.
    OutsideOpeningHours,
    /// A closure of the location cuts a line or a buffer.
    LocationClosed,
    /// No such staff member works here on that local date.
    StaffNotEmployed,
    /// The staff member does not do this service; or nobody does.
    StaffNotQualified,
    /// A line, or a buffer, lies outside the staff member's shifts.
    OutsideWorkingHours,
    /// Approved time off cuts a line or a buffer.
    StaffTimeOff,
    /// Another calendar of the staff member says that they are busy during a line or a buffer.
    StaffImportedBusy,
    /// The staff member has as many visits or minutes on that local date as they may.
    StaffDayFull,
    /// The staff member is occupied, on every lane.
    StaffBusy,
    /// The location has too few such units, or not this one.
    NoResource,
    /// A unit is under maintenance.
    ResourceMaintenance,
    /// A unit is occupied.
    ResourceBusy,
    /// The service is done as often on that local date as it may be.
    ServiceDayFull,
    /// The client has as many visits on that local date as they may.
    ClientDayFull,
    /// The client has as many visits to come as they may.
    ClientLimit,
    /// The service is for clients without any other visit.
    FirstVisitOnly,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 20] = [
        Self::NotCovered,
        Self::NotOnGrid,
        Self::TooSoon,
        Self::BeyondHorizon,
        Self::OutsideOpeningHours,
        Self::LocationClosed,
        Self::StaffNotEmployed,
        Self::StaffNotQualified,
        Self::OutsideWorkingHours,
        Self::StaffTimeOff,
        Self::StaffImportedBusy,
        Self::StaffDayFull,
        Self::StaffBusy,
        Self::NoResource,
        Self::ResourceMaintenance,
        Self::ResourceBusy,
        Self::ServiceDayFull,
        Self::ClientDayFull,
        Self::ClientLimit,
        Self::FirstVisitOnly,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotCovered => "NOT_COVERED",
            Self::NotOnGrid => "NOT_ON_GRID",
            Self::TooSoon => "TOO_SOON",
            Self::BeyondHorizon => "BEYOND_HORIZON",
            Self::OutsideOpeningHours => "OUTSIDE_OPENING_HOURS",
            Self::LocationClosed => "LOCATION_CLOSED",
            Self::StaffNotEmployed => "STAFF_NOT_EMPLOYED",
            Self::StaffNotQualified => "STAFF_NOT_QUALIFIED",
            Self::OutsideWorkingHours => "OUTSIDE_WORKING_HOURS",
            Self::StaffTimeOff => "STAFF_TIME_OFF",
            Self::StaffImportedBusy => "STAFF_IMPORTED_BUSY",
            Self::StaffDayFull => "STAFF_DAY_FULL",
            Self::StaffBusy => "STAFF_BUSY",
            Self::NoResource => "NO_RESOURCE",
            Self::ResourceMaintenance => "RESOURCE_MAINTENANCE",
            Self::ResourceBusy => "RESOURCE_BUSY",
            Self::ServiceDayFull => "SERVICE_DAY_FULL",
            Self::ClientDayFull => "CLIENT_DAY_FULL",
            Self::ClientLimit => "CLIENT_LIMIT",
            Self::FirstVisitOnly => "FIRST_VISIT_ONLY",
        }
    }

    /// Whether staff with the permission may set the rule aside by naming it: the grid, notice, horizon, working time and
    /// limits. Overlap, skills, employment and what the location does not have can never be overridden.
    pub const fn is_overridable(self) -> bool {
        matches!(
            self,
            Self::NotOnGrid
                | Self::TooSoon
                | Self::BeyondHorizon
                | Self::OutsideOpeningHours
                | Self::LocationClosed
                | Self::OutsideWorkingHours
                | Self::StaffTimeOff
                | Self::StaffImportedBusy
                | Self::StaffDayFull
                | Self::ServiceDayFull
                | Self::ClientDayFull
                | Self::ClientLimit
                | Self::FirstVisitOnly
        )
    }
}

/// A set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules(u32);

impl Rules {
    /// No rule.
    pub const NONE: Self = Self(0);
    /// Every rule that may be overridden.
    pub const OVERRIDABLE: Self = {
        let mut set = Self::NONE;
        let mut next = 0;
        while next < Rule::ALL.len() {
            set = set.with(Rule::ALL[next]);
            next += 1;
        }
        set
    };

    /// The set and this rule, unless the rule can never be overridden: then the set is unchanged.
    #[must_use]
    pub const fn with(self, rule: Rule) -> Self {
        if rule.is_overridable() { Self(self.0 | 1 << rule as u16) } else { self }
    }

    /// Whether the rule is in the set.
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u16) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Rule> for Rules {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        rules.into_iter().fold(Self::NONE, Self::with)
    }
}

/// One broken rule, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The line (from 0) that breaks it; none when the visit as a whole does.
    pub line: Option<usize>,
    /// The staff member or resource unit that it is about.
    pub subject: Option<Uuid>,
}

impl Violation {
    /// The rule's stable code.
    pub const fn code(self) -> &'static str {
        self.rule.code()
    }
}
