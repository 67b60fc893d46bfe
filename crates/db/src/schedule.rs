//! Schedule rows: what a transaction locks before it decides about somebody's or something's time.
//!
//! A booking locks its location shared and its client, staff and resources exclusively; whoever changes opening hours,
//! shifts, absences or maintenance locks the same row exclusively. So a decision that was made on the facts read under the
//! locks is still right at commit, also where no constraint could say so (limits per day, changed hours).

use crate::{Engine, Tx, raw};
use kernel::{Id, Result};
use uuid::Uuid;

/// Kinds of subjects in the order in which they are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum SubjectKind {
    /// A branch: its opening hours and closures.
    Location = 0,
    /// A client: limits per client.
    Client = 1,
    /// A staff member.
    Staff = 2,
    /// A unit of a resource.
    Resource = 3,
}

/// Something whose time can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Which one.
    pub id: Uuid,
}

impl Subject {
    /// A location's schedule.
    pub fn location(id: impl Id) -> Self {
        Self { kind: SubjectKind::Location, id: id.uuid() }
    }

    /// A client's schedule.
    pub fn client(id: impl Id) -> Self {
        Self { kind: SubjectKind::Client, id: id.uuid() }
    }

    /// A staff member's schedule.
    pub fn staff(id: impl Id) -> Self {
        Self { kind: SubjectKind::Staff, id: id.uuid() }
    }

    /// A resource unit's schedule.
    pub fn resource(id: impl Id) -> Self {
        Self { kind: SubjectKind::Resource, id: id.uuid() }
    }
}

/// How a schedule is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// With others that only rely on it.
    Shared,
    /// Alone.
    Exclusive,
}

/// One schedule to lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// Whose.
    pub subject: Subject,
    /// How.
    pub mode: LockMode,
}

impl Subject {
    /// To rely on this schedule until commit.
    pub fn shared(self) -> Lock {
        Lock { subject: self, mode: LockMode::Shared }
    }

    /// To change this schedule, or take time of it.
    pub fn exclusive(self) -> Lock {
        Lock { subject: self, mode: LockMode::Exclusive }
    }
}

impl Tx {
    /// Locks schedules until the transaction ends, always in the same order (kind, then id), so that no two transactions
    /// wait for each other. Call it once per transaction, with everything. On SQLite the single writer is the lock.
    pub async fn lock_schedules(&self, locks: &[Lock]) -> Result<()> {
        crate::failpoint!("db.lock_schedules.skip", |_| Ok(()));
        if self.engine() == Engine::Sqlite || locks.is_empty() {
            return Ok(());
        }
        let mut locks = locks.to_vec();
        // Of a subject that is named twice the stronger lock is kept: taking the weaker first would invite a deadlock.
        locks.sort_by_key(|lock| (lock.subject, std::cmp::Reverse(lock.mode)));
        locks.dedup_by_key(|lock| lock.subject);
        for run in locks.chunk_by(|one, next| one.mode == next.mode) {
            match run[0].mode {
                LockMode::Shared => {
                    for lock in run {
                        self.share(lock.subject).await?;
                    }
                }
                LockMode::Exclusive => self.seize(run).await?,
            }
        }
        Ok(())
    }

    /// Locks one row with others; makes it when nobody has needed it before.
    async fn share(&self, subject: Subject) -> Result<()> {
        let select = "SELECT kind FROM schedule WHERE company_id = $1 AND kind = $2 AND subject_id = $3 FOR SHARE";
        let values = || vec![self.company().uuid().into(), (subject.kind as i32).into(), subject.id.into()];
        if raw::query(self, select.to_owned(), values()).await?.is_empty() {
            let insert =
                "INSERT INTO schedule (company_id, kind, subject_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            raw::execute(self, insert.to_owned(), values()).await?;
            raw::query(self, select.to_owned(), values()).await?;
        }
        Ok(())
    }

    /// Locks rows alone, in the order given, and makes those that nobody has needed before: one statement, row by row.
    /// Rows that are made apart from those that are locked would be held out of order, which deadlocks under race (seen).
    /// The update that the conflict leads to locks the row and then, by its condition, does not happen.
    async fn seize(&self, run: &[Lock]) -> Result<()> {
        let company = self.company().uuid();
        let (rows, values) = raw::rows(
            run.iter().map(|lock| [company.into(), (lock.subject.kind as i32).into(), lock.subject.id.into()]),
        );
        let sql = format!(
            "INSERT INTO schedule (company_id, kind, subject_id) VALUES {rows} \
             ON CONFLICT (company_id, kind, subject_id) DO UPDATE SET kind = excluded.kind WHERE FALSE"
        );
        raw::execute(self, sql, values).await?;
        Ok(())
    }
}
