//! Wall time of a schedule: what stands on the clock at the location, without a date or a zone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{CommonCode, Issue};

/// A time of day in whole minutes, `00:00` to `24:00` (the end of the day).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallTime(u16);

/// Not a time between `00:00` and `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day")]
pub struct InvalidWallTime;

impl From<InvalidWallTime> for Issue {
    fn from(_: InvalidWallTime) -> Self {
        Self::new(CommonCode::Invalid)
    }
}

impl WallTime {
    /// `00:00`.
    pub const MIDNIGHT: Self = Self(0);
    /// `24:00`.
    pub const END_OF_DAY: Self = Self(1440);

    /// The time so many minutes after `00:00`; at most 1440.
    pub const fn from_minutes(minutes: u16) -> Result<Self, InvalidWallTime> {
        if minutes <= Self::END_OF_DAY.0 { Ok(Self(minutes)) } else { Err(InvalidWallTime) }
    }

    /// Minutes after `00:00`.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl TryFrom<i32> for WallTime {
    type Error = InvalidWallTime;

    fn try_from(minutes: i32) -> Result<Self, InvalidWallTime> {
        u16::try_from(minutes).map_err(|_| InvalidWallTime).and_then(Self::from_minutes)
    }
}

impl From<WallTime> for i32 {
    fn from(time: WallTime) -> Self {
        time.0.into()
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for WallTime {
    type Err = InvalidWallTime;

    /// Reads exactly `HH:MM`.
    fn from_str(text: &str) -> Result<Self, InvalidWallTime> {
        let &[a, b, b':', c, d] = text.as_bytes() else { return Err(InvalidWallTime) };
        if ![a, b, c, d].iter().all(u8::is_ascii_digit) || c > b'5' {
            return Err(InvalidWallTime);
        }
        let digit = |byte: u8| u16::from(byte - b'0');
        Self::from_minutes((digit(a) * 10 + digit(b)) * 60 + digit(c) * 10 + digit(d))
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A stretch of a working day. One whose end is not after its start crosses midnight and belongs to the
/// date it starts on: `22:00` to `06:00`; `00:00` to `00:00` is a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WallInterval {
    /// When it starts; `24:00` means the midnight after its date.
    pub start: WallTime,
    /// When it ends, on its date or, when not after the start, on the next one.
    pub end: WallTime,
}

impl WallInterval {
    /// The interval between two times of day.
    pub const fn new(start: WallTime, end: WallTime) -> Self {
        Self { start, end }
    }

    /// Whether it ends on the date after the one it starts on. Ending at `24:00` does not.
    pub fn crosses_midnight(self) -> bool {
        self.end <= self.start
    }

    /// Minutes after `00:00` of its date at which it ends; above 1440 when it crosses midnight.
    pub fn end_minutes(self) -> u16 {
        self.end.0 + if self.crosses_midnight() { WallTime::END_OF_DAY.0 } else { 0 }
    }

    /// Its length on a day without a clock change.
    pub fn minutes(self) -> u16 {
        self.end_minutes() - self.start.0
    }

    /// Whether two intervals of the same date share wall time.
    pub fn overlaps(self, other: Self) -> bool {
        self.start.0 < other.end_minutes() && other.start.0 < self.end_minutes()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn interval(start: &str, end: &str) -> WallInterval {
        WallInterval::new(start.parse().unwrap(), end.parse().unwrap())
    }

    #[test]
    fn only_the_plain_spelling_is_read() {
        assert_eq!("09:30".parse::<WallTime>().unwrap().minutes(), 570);
        assert_eq!("24:00".parse(), Ok(WallTime::END_OF_DAY));
        for text in ["9:30", "09:60", "24:01", "25:00", "0930", "09:30:00", "-1:00", "+9:30", "", "٠٩:٣٠"] {
            assert_eq!(text.parse::<WallTime>(), Err(InvalidWallTime), "{text}");
        }
        for minutes in 0..=1440 {
            let time = WallTime::from_minutes(minutes).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(WallTime::try_from(-1), Err(InvalidWallTime));
    }

    #[test]
    fn an_end_that_is_not_after_the_start_lies_on_the_next_day() {
        assert_eq!(interval("22:00", "06:00").minutes(), 480);
        assert_eq!(interval("00:00", "00:00").minutes(), 1440);
        assert_eq!(interval("18:00", "24:00").minutes(), 360);
        assert!(!interval("18:00", "24:00").crosses_midnight());
        assert!(interval("22:00", "06:00").overlaps(interval("23:00", "23:30")));
        assert!(!interval("09:00", "12:00").overlaps(interval("12:00", "13:00")));
    }
}
