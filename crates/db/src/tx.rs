//! One company's open write transaction.

use crate::connection::End;
use crate::day::{DayChanges, DayStep};
use crate::stamp::Stamps;
use crate::{CompanyOwned, Engine, Global, Reader, Stamp, fault, raw};
use chrono::NaiveDate;
use kernel::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DeleteMany, EntityTrait, QueryFilter, UpdateMany};
use std::collections::BTreeSet;
use std::ops::Deref;

/// Rows per INSERT: enough to make the round trip cheap, few enough to bind and to shard.
const CHUNK: usize = 100;

/// An open write transaction: everything of [`Reader`], seeing its own writes, and the writes.
///
/// It sets `company_id` of what it inserts and filters what it updates, so another company's row is out of reach. What
/// must happen after the commit is said with [`Tx::after_commit`]; if the transaction does not commit, it does not happen.
pub struct Tx {
    reader: Reader,
    touched: BTreeSet<&'static str>,
    days: DayChanges,
    after_commit: Vec<Box<dyn FnOnce() + Send + Sync>>,
    preview: bool,
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Tx {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader, touched: BTreeSet::new(), days: DayChanges::default(), after_commit: Vec::new(), preview: false }
    }

    /// Inserts one row of this company.
    pub async fn insert<A>(&self, row: A) -> Result<()>
    where
        A: ActiveModelTrait + Send,
        A::Entity: CompanyOwned,
    {
        self.insert_many([row]).await
    }

    /// Inserts rows of this company, a hundred per statement.
    pub async fn insert_many<A>(&self, rows: impl IntoIterator<Item = A>) -> Result<()>
    where
        A: ActiveModelTrait + Send,
        A::Entity: CompanyOwned,
    {
        self.insert_rows(rows, None).await
    }

    /// Inserts rows of this company; `on_conflict` says what to do with one that is there already.
    pub async fn upsert<A>(&self, rows: impl IntoIterator<Item = A>, on_conflict: OnConflict) -> Result<()>
    where
        A: ActiveModelTrait + Send,
        A::Entity: CompanyOwned,
    {
        self.insert_rows(rows, Some(on_conflict)).await
    }

    #[allow(clippy::disallowed_methods, reason = "this is where the company is set")]
    async fn insert_rows<A>(&self, rows: impl IntoIterator<Item = A>, on_conflict: Option<OnConflict>) -> Result<()>
    where
        A: ActiveModelTrait + Send,
        A::Entity: CompanyOwned,
    {
        let company = self.company().uuid();
        let mut rows = rows.into_iter().map(|mut row| {
            row.set(<A::Entity as CompanyOwned>::COMPANY, company.into());
            row
        });
        loop {
            let chunk: Vec<A> = rows.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            let mut insert = A::Entity::insert_many(chunk);
            if let Some(rule) = &on_conflict {
                insert = insert.on_conflict(rule.clone());
            }
            insert.exec_without_returning(self.conn()).await.map_err(fault)?;
        }
    }

    /// An UPDATE of this company's rows; add what to set and which rows.
    #[allow(clippy::disallowed_methods, reason = "this is where the company filter is added")]
    pub fn update<E: CompanyOwned>(&self) -> UpdateMany<E> {
        E::update_many().filter(E::COMPANY.eq(self.company().uuid()))
    }

    /// A DELETE of this company's rows: for links and expired leftovers, never for business rows, which are archived.
    #[allow(clippy::disallowed_methods, reason = "this is where the company filter is added")]
    pub fn delete<E: CompanyOwned>(&self) -> DeleteMany<E> {
        E::delete_many().filter(E::COMPANY.eq(self.company().uuid()))
    }

    /// Inserts a row of a global table.
    #[allow(clippy::disallowed_methods, reason = "global tables have no company to set")]
    pub async fn insert_global<A>(&self, row: A) -> Result<()>
    where
        A: ActiveModelTrait + Send,
        A::Entity: Global,
    {
        A::Entity::insert(row).exec_without_returning(self.conn()).await.map_err(fault)?;
        Ok(())
    }

    /// An UPDATE of a global table.
    #[allow(clippy::disallowed_methods, reason = "global tables have no company to filter by")]
    pub fn update_global<E: Global + EntityTrait>(&self) -> UpdateMany<E> {
        E::update_many()
    }

    /// A DELETE of a global table's rows.
    #[allow(clippy::disallowed_methods, reason = "global tables have no company to filter by")]
    pub fn delete_global<E: Global + EntityTrait>(&self) -> DeleteMany<E> {
        E::delete_many()
    }

    /// Says that a small table of the company changes: its stamp is replaced at commit, so no cache serves the old one.
    pub fn touch(&mut self, table: &'static str) {
        self.touched.insert(table);
    }

    /// Are these small tables still what they were under these stamps? One statement.
    ///
    /// Asked under the locks that whoever changes the tables needs too, a yes stays true until commit, and what was loaded
    /// under the stamps may be used in the transaction. It is no for a table that this very transaction changes.
    pub async fn unchanged(&self, seen: &[(&'static str, Stamp)]) -> Result<bool> {
        if seen.iter().any(|(name, _)| self.touched.contains(name)) {
            return Ok(false);
        }
        // The prelude of SQLite's single writer read the stamps; nobody can have written since.
        if self.engine() == Engine::Sqlite {
            return Ok(seen.iter().all(|(name, stamp)| self.stamp(name) == *stamp));
        }
        let sql =
            "SELECT coalesce(string_agg(name || '=' || value, ','), '') AS stamps FROM stamp WHERE company_id = $1";
        let rows = raw::query(self, sql.to_owned(), vec![self.company().uuid().into()]).await?;
        let text: String = rows.first().map_or(Ok(String::new()), |row| row.try_get("", "stamps")).map_err(fault)?;
        let now = Stamps::parse(&text);
        Ok(seen.iter().all(|(name, stamp)| now.get(name) == *stamp))
    }

    /// Says whether this only shows what would happen: then the block's value is given, and everything is rolled back. The
    /// decision is made on the very rows and under the very locks of the real thing, so the two cannot differ in what they say.
    pub fn preview_if(&mut self, preview: bool) {
        self.preview = preview;
    }

    pub(crate) fn is_preview(&self) -> bool {
        self.preview
    }

    /// Says that the calendar of these local dates changes: each gets a fresh stamp at commit, and once that is done
    /// `effect` is told what the stamps were and are. It is not waited for and must not fail.
    pub fn change_days(
        &mut self,
        dates: impl IntoIterator<Item = NaiveDate>,
        effect: impl FnOnce(&[DayStep]) + Send + Sync + 'static,
    ) {
        self.days.push(dates.into_iter().collect(), Box::new(effect));
    }

    /// What to do once this has committed; it is not waited for and must not fail.
    pub fn after_commit(&mut self, effect: impl FnOnce() + Send + Sync + 'static) {
        self.after_commit.push(Box::new(effect));
    }

    pub(crate) async fn end(self, end: End) -> Result<(), sea_orm::DbErr> {
        self.reader.end(end).await
    }

    /// Stamps are written last and in order of name, so that they are locked briefly and never crosswise.
    /// Answers with the small tables that changed.
    pub(crate) async fn commit(mut self) -> Result<BTreeSet<&'static str>> {
        self.write_stamps().await?;
        let days = std::mem::take(&mut self.days).write(&self).await?;
        self.reader.end(End::Commit).await.map_err(fault)?;
        for effect in self.after_commit {
            effect();
        }
        for (steps, effect) in days {
            effect(&steps);
        }
        Ok(self.touched)
    }

    async fn write_stamps(&self) -> Result<()> {
        if self.touched.is_empty() {
            return Ok(());
        }
        let company = self.company().uuid();
        let stamps = self.touched.iter().map(|name| [company.into(), (*name).into(), Stamp::fresh().0.into()]);
        let (rows, values) = raw::rows(stamps);
        let sql = format!(
            "INSERT INTO stamp (company_id, name, value) VALUES {rows} \
             ON CONFLICT (company_id, name) DO UPDATE SET value = excluded.value"
        );
        raw::execute(self, sql, values).await?;
        Ok(())
    }
}
