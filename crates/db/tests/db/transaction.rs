//! Commit, rollback, retry, stamps, effects after commit.

use crate::engine::engines;
use db::{Stamp, Subject};
use kernel::{CompanyId, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

kernel::id! {
    /// A subject for tests.
    pub struct ThingId("thg");
}

#[tokio::test]
async fn a_stamp_changes_with_the_commit_and_only_with_it() {
    for test in engines().await {
        let company = CompanyId::new();
        assert_eq!(test.db.read(company).await.unwrap().stamp("catalog"), Stamp(0));

        let refused: kernel::Result<()> = db::transaction!(test.db, company, |tx| {
            tx.touch("catalog");
            Err(Error::not_found())
        });
        assert!(refused.is_err());
        assert_eq!(test.db.read(company).await.unwrap().stamp("catalog"), Stamp(0));

        let before = test.db.read(company).await.unwrap();
        db::transaction!(test.db, company, |tx| {
            tx.touch("catalog");
            Ok(())
        })
        .unwrap();
        let first = test.db.read(company).await.unwrap().stamp("catalog");
        assert_ne!(first, Stamp(0));
        assert_eq!(before.stamp("catalog"), Stamp(0), "an open snapshot keeps its own stamp");
        assert_eq!(
            test.db.read(CompanyId::new()).await.unwrap().stamp("catalog"),
            Stamp(0),
            "another company's is its own"
        );

        db::transaction!(test.db, company, |tx| {
            tx.touch("catalog");
            Ok(())
        })
        .unwrap();
        assert_ne!(test.db.read(company).await.unwrap().stamp("catalog"), first);
        drop(before);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_transaction_knows_whether_a_small_table_is_still_the_same() {
    for test in engines().await {
        let company = CompanyId::new();
        let seen = [("catalog", test.db.read(company).await.unwrap().stamp("catalog"))];
        let same: kernel::Result<bool> = db::transaction!(test.db, company, |tx| {
            let same = tx.unchanged(&seen).await?;
            tx.touch("catalog");
            assert!(!tx.unchanged(&seen).await?, "its own change counts");
            Ok(same)
        });
        assert!(same.unwrap());
        let same: kernel::Result<bool> = db::transaction!(test.db, company, |tx| tx.unchanged(&seen).await);
        assert!(!same.unwrap());
        test.finish().await;
    }
}

#[tokio::test]
async fn effects_run_after_a_commit_and_never_after_a_rollback() {
    for test in engines().await {
        let ran = Arc::new(AtomicU32::new(0));
        for commit in [true, false] {
            let outcome: kernel::Result<()> = db::transaction!(test.db, CompanyId::new(), |tx| {
                let ran = ran.clone();
                tx.after_commit(move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                });
                if commit { Ok(()) } else { Err(Error::not_found()) }
            });
            assert_eq!(outcome.is_ok(), commit);
        }
        assert_eq!(ran.load(Ordering::SeqCst), 1);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_transaction_that_is_dropped_half_way_leaves_nothing_and_its_connection_is_usable() {
    for test in engines().await {
        let company = CompanyId::new();
        for _ in 0..40 {
            let mut attempts = test.db.attempts(company);
            let mut tx = attempts.begin().await.unwrap();
            tx.touch("catalog");
            tx.lock_schedules(&[Subject::staff(ThingId::new()).exclusive()]).await.unwrap();
            drop(tx);
        }
        assert_eq!(test.db.read(company).await.unwrap().stamp("catalog"), Stamp(0));
        test.finish().await;
    }
}

#[tokio::test]
async fn a_deadlock_is_retried_unseen() {
    let Some(test) = crate::engine::postgres().await else { return };
    let company = CompanyId::new();
    let (one, two) = (Subject::staff(ThingId::new()), Subject::staff(ThingId::new()));
    let barrier = Arc::new(tokio::sync::Barrier::new(2));
    let tries = Arc::new(AtomicU32::new(0));
    // Each takes its locks in two calls and in opposite orders, which the rule of one call per transaction forbids.
    let run = |first: Subject, second: Subject| {
        let (db, barrier, tries) = (test.db.clone(), barrier.clone(), tries.clone());
        tokio::spawn(async move {
            let mut met = false;
            db::transaction!(db, company, |tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                tx.lock_schedules(&[first.exclusive()]).await?;
                if !met {
                    met = true;
                    barrier.wait().await;
                }
                tx.lock_schedules(&[second.exclusive()]).await
            })
        })
    };
    let (left, right) = (run(one, two), run(two, one));
    left.await.unwrap().unwrap();
    right.await.unwrap().unwrap();
    assert!(tries.load(Ordering::SeqCst) >= 3, "the two never collided, so nothing was shown");
    test.finish().await;
}

#[tokio::test]
async fn statements_are_counted_with_the_prelude_as_one() {
    for test in engines().await {
        let ((), count) = db::counted(Box::pin(async {
            let reader = test.db.read(CompanyId::new()).await.unwrap();
            reader
                .busy(&[uuid::Uuid::nil()], kernel::time::TimeRange { from: reader.now(), to: reader.now() })
                .await
                .unwrap();
        }))
        .await;
        assert_eq!(count, 2);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_preview_gives_its_value_and_leaves_nothing() {
    for test in engines().await {
        let company = CompanyId::new();
        let ran = Arc::new(AtomicU32::new(0));
        let preview = async |preview: bool| -> kernel::Result<i32> {
            db::transaction!(test.db, company, |tx| {
                tx.preview_if(preview);
                tx.touch("catalog");
                let ran = ran.clone();
                tx.after_commit(move || {
                    ran.fetch_add(1, Ordering::Relaxed);
                });
                Ok(7)
            })
        };
        let stamp = async || test.db.read(company).await.unwrap().stamp("catalog");
        assert_eq!((preview(true).await.unwrap(), stamp().await), (7, Stamp(0)));
        assert_eq!(ran.load(Ordering::Relaxed), 0);
        // The control: the same without it is written.
        assert_eq!(preview(false).await.unwrap(), 7);
        assert_ne!(stamp().await, Stamp(0));
        assert_eq!(ran.load(Ordering::Relaxed), 1);
        test.finish().await;
    }
}
