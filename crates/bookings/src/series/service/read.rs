//! Reading series: one, a page, the visits of one.

use crate::Bookings;
use crate::booking::service::Reach;
use crate::booking::{Booking, BookingId};
use crate::error::BookingErrorCode;
use crate::series::repo::{self, Filter};
use crate::series::{Series, SeriesId};
use access::Cx;
use db::{Reader, Tx};
use kernel::{Error, Page, PageRequest, Result};

/// A series and those of its visits that the caller reaches.
pub(super) struct Around {
    pub(super) series: Series,
    pub(super) visits: Vec<Booking>,
    /// Whether these are all. Who reaches a part changes that part, and leaves the series to who reaches the whole.
    pub(super) is_whole: bool,
}

impl Bookings {
    /// A series that the caller may see: one with a visit that they reach.
    pub async fn get_series(&self, cx: &Cx, r: &Reader, id: SeriesId) -> Result<Series> {
        let reach = self.reach(cx, r).await?;
        let series = repo::find(r, id).await?.ok_or_else(Error::not_found)?;
        if reach != Reach::All {
            let visits = crate::booking::repo::list_of_series(r, &[id]).await?;
            if !visits.iter().any(|booking| reach.has(booking)) {
                return Err(Error::not_found());
            }
        }
        Ok(series)
    }

    /// A page of the series that the caller may see, the newest first.
    pub async fn list_series(
        &self,
        cx: &Cx,
        r: &Reader,
        mut filter: Filter,
        request: &PageRequest,
    ) -> Result<Page<Series>> {
        let known = crate::booking::repo::Filter { clients: filter.client.into_iter().collect(), ..Default::default() };
        self.expect_known(r, &known).await?;
        match self.reach(cx, r).await? {
            Reach::All => {}
            Reach::Own(Some(own)) => filter.own = Some(own),
            Reach::Own(None) => return Ok(Page::empty()),
        }
        repo::page(r, &filter, request).await
    }

    /// What surrounds a visit that the caller reaches.
    pub(super) async fn around(&self, cx: &Cx, r: &Reader, pivot: &Booking) -> Result<Around> {
        let reach = self.reach(cx, r).await?;
        let own = pivot.series.ok_or_else(|| Error::invalid(BookingErrorCode::NotInSeries).at("bookingId"))?;
        let series = repo::find(r, own.id).await?.ok_or_else(Error::not_found)?;
        let mut visits = crate::booking::repo::list_of_series(r, &[own.id]).await?;
        let all = visits.len();
        visits.retain(|booking| reach.has(booking));
        Ok(Around { series, is_whole: visits.len() == all, visits })
    }

    /// The same in a transaction, of the version that the caller saw. With the client locked, until it ends nobody else moves
    /// or ends a visit of theirs.
    pub(super) async fn around_in(&self, cx: &Cx, tx: &Tx, id: BookingId, version: i32) -> Result<(Booking, Around)> {
        let pivot = self.expected(cx, tx, id, version).await?;
        let around = self.around(cx, tx, &pivot).await?;
        Ok((pivot, around))
    }
}
