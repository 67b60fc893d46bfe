//! The no-overlap guard under race, with its negative control.

use crate::engine::{TestDb, admin, admin_count, engines};
use db::{Allocate, NewAllocation, Owner, Subject};
use kernel::time::TimeRange;
use kernel::{CompanyId, Error};
use std::sync::Arc;
use uuid::Uuid;

kernel::id! {
    /// A subject for tests.
    pub struct ThingId("thg");
}

fn minutes(from: i64, to: i64) -> TimeRange {
    let base = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    TimeRange { from: base + chrono::Duration::minutes(from), to: base + chrono::Duration::minutes(to) }
}

fn taken(subject: Subject, busy: TimeRange) -> NewAllocation {
    let owner = Owner::BookingLine(Uuid::now_v7());
    NewAllocation { subject, lane: 0, busy, owner, location: None, expires_at: None }
}

/// Takes all of it or nothing; says whether it got it.
async fn take(db: &db::Db, company: CompanyId, rows: &[NewAllocation]) -> bool {
    let outcome: kernel::Result<()> = db::transaction!(db, company, |tx| {
        match tx.allocate(rows).await? {
            Allocate::Done => Ok(()),
            Allocate::Refused(..) => Err(Error::not_found()),
        }
    });
    match outcome {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), kernel::Kind::NotFound, "only the guard may refuse: {error:?}");
            false
        }
    }
}

#[tokio::test]
async fn ranges_are_half_open_per_subject_and_lane() {
    for test in engines().await {
        let company = CompanyId::new();
        let anna = Subject::staff(ThingId::new());
        assert!(take(&test.db, company, &[taken(anna, minutes(60, 120))]).await);
        for (from, to, free) in
            [(0, 60, true), (120, 180, true), (119, 121, false), (30, 150, false), (70, 80, false), (60, 120, false)]
        {
            assert_eq!(take(&test.db, company, &[taken(anna, minutes(from, to))]).await, free, "{from}..{to}");
        }
        let lane = NewAllocation { lane: 1, ..taken(anna, minutes(60, 120)) };
        assert!(take(&test.db, company, &[lane]).await, "another lane is free");
        assert!(
            take(&test.db, CompanyId::new(), &[taken(anna, minutes(60, 120))]).await,
            "another company is another world"
        );
        test.finish().await;
    }
}

#[tokio::test]
async fn released_and_expired_time_is_free_again() {
    for test in engines().await {
        let company = CompanyId::new();
        let anna = Subject::staff(ThingId::new());
        let past = test.db.read(company).await.unwrap().now() - chrono::Duration::minutes(1);
        let hold =
            NewAllocation { expires_at: Some(past), owner: Owner::Hold(Uuid::now_v7()), ..taken(anna, minutes(0, 60)) };
        assert!(take(&test.db, company, &[hold]).await);
        assert_eq!(test.db.read(company).await.unwrap().busy(&[anna.id], minutes(0, 60)).await.unwrap(), []);
        assert!(!take(&test.db, company, &[taken(anna, minutes(0, 60))]).await, "the guard cannot read the clock");
        let booked = taken(anna, minutes(0, 60));
        let outcome: kernel::Result<Allocate> = db::transaction!(test.db, company, |tx| {
            assert_eq!(tx.release_expired(&[anna]).await?, 1);
            tx.allocate(&[booked]).await
        });
        assert_eq!(outcome.unwrap(), Allocate::Done);
        let released: kernel::Result<u64> =
            db::transaction!(test.db, company, |tx| tx.release_allocations(&[booked.owner]).await);
        assert_eq!(released.unwrap(), 1);
        assert!(take(&test.db, company, &[taken(anna, minutes(30, 90))]).await);
        test.finish().await;
    }
}

#[tokio::test]
async fn what_ends_early_is_cut_and_what_had_not_begun_is_given_back() {
    for test in engines().await {
        let company = CompanyId::new();
        let anna = Subject::staff(ThingId::new());
        let first = taken(anna, minutes(0, 60));
        let again = NewAllocation { owner: first.owner, ..taken(anna, minutes(90, 120)) };
        let other = taken(anna, minutes(120, 150));
        assert!(take(&test.db, company, &[first, again, other]).await);
        let changed: kernel::Result<u64> =
            db::transaction!(test.db, company, |tx| tx.shorten_allocations(first.owner, minutes(0, 30).to).await);
        assert_eq!(changed.unwrap(), 2);
        let left = test.db.read(company).await.unwrap().busy(&[anna.id], minutes(0, 240)).await.unwrap();
        let ranges: Vec<_> = left.iter().map(|taken| taken.busy).collect();
        assert_eq!(ranges, [minutes(0, 30), minutes(120, 150)]);
        test.finish().await;
    }
}

#[tokio::test]
async fn one_of_many_wins_and_crossed_orders_do_not_deadlock() {
    for test in engines().await {
        let company = CompanyId::new();
        let (anna, room) = (Subject::staff(ThingId::new()), Subject::resource(ThingId::new()));
        assert_eq!(race(&test, company, anna, room).await, 1);
        if let Some(deadlocks) = deadlocks(&test).await {
            assert_eq!(deadlocks, 0);
        }
        test.finish().await;
    }
}

#[tokio::test]
async fn control_without_the_guard_the_race_oversells() {
    let Some(test) = crate::engine::postgres().await else { return };
    admin(&test.url, "ALTER TABLE allocation DROP CONSTRAINT allocation_no_overlap").await;
    let won = race(&test, CompanyId::new(), Subject::staff(ThingId::new()), Subject::resource(ThingId::new())).await;
    assert!(won > 1, "the race test would pass without the guard, so it shows nothing");
    test.finish().await;
}

/// Forty want the same two subjects at overlapping times, in both orders; how many got them.
async fn race(test: &TestDb, company: CompanyId, anna: Subject, room: Subject) -> usize {
    let barrier = Arc::new(tokio::sync::Barrier::new(40));
    let tasks: Vec<_> = (0..40)
        .map(|i| {
            let (db, barrier) = (test.db.clone(), barrier.clone());
            let busy = minutes(i % 5, 60 + i % 7);
            let mut rows = vec![taken(anna, busy), taken(room, busy)];
            if i % 2 == 0 {
                rows.reverse();
            }
            tokio::spawn(async move {
                barrier.wait().await;
                take(&db, company, &rows).await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }
    won
}

async fn deadlocks(test: &TestDb) -> Option<i64> {
    if test.db.engine() == db::Engine::Sqlite {
        return None;
    }
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    Some(admin_count(&test.url, sql).await)
}
