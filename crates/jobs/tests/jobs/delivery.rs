//! What committed is handled, what did not commit is not; what fails is repeated, then given up and shown.

use std::time::Duration;

use access::{Actor, BuiltinRole, Cx};
use kernel::{CompanyId, Error, Kind, PageRequest};
use serde::{Deserialize, Serialize};
use zapys_jobs::{Delivery, Drained, HistoryFilter, Job, JobError, JobId};

use crate::setup::{Happened, Seen, worlds};

#[tokio::test]
async fn a_committed_event_reaches_every_handler_once() {
    for world in worlds().await {
        let (mails, invoices, company) = (Seen::default(), Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| {
            let (mails, invoices) = (mails.clone(), invoices.clone());
            registrar.on::<Happened>("test.mail", move |cx: Cx, event: Delivery<Happened>| {
                mails.push((cx.company().unwrap(), event.number, event.attempt));
                assert_eq!(cx.actor, Actor::System { name: "test.mail" });
                std::future::ready(Ok(()))
            });
            registrar.on::<Happened>("test.invoice", move |_: Cx, event: Delivery<Happened>| {
                invoices.push(event.number);
                std::future::ready(Ok(()))
            });
        });
        world.publish(&jobs, company, 1).await.unwrap();
        assert_eq!(jobs.drain().await.unwrap(), Drained { done: 2, ..Drained::default() });
        assert_eq!(jobs.drain().await.unwrap(), Drained::default());
        assert_eq!(mails.all(), [(company, 1, 1)]);
        assert_eq!(invoices.all(), [1]);
        world.finish().await;
    }
}

#[tokio::test]
async fn what_was_rolled_back_never_happened() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| registrar.on::<Happened>("test.see", see(&seen)));
        let failed: kernel::Result<()> = db::transaction!(world.db, company, |tx| {
            jobs.publish_in(&world.cx(company), tx, &Happened::new(1)).await?;
            Err(Error::not_found())
        });
        assert_eq!(failed.unwrap_err().kind, Kind::NotFound);
        assert_eq!(jobs.drain().await.unwrap(), Drained::default());
        let reader = world.db.read(company).await.unwrap();
        assert_eq!(jobs.audit(&reader, &HistoryFilter::default(), &PageRequest::first(10)).await.unwrap().items, []);
        drop(reader);
        world.finish().await;
    }
}

fn see(seen: &Seen) -> impl Fn(Cx, Delivery<Happened>) -> std::future::Ready<Result<(), JobError>> + use<> {
    let seen = seen.clone();
    move |_, event| {
        seen.push(event.number);
        std::future::ready(Ok(()))
    }
}

#[tokio::test]
async fn a_failure_is_repeated_after_growing_pauses_and_given_up_after_ten_tries() {
    for world in worlds().await {
        let (tries, company) = (Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| {
            let tries = tries.clone();
            registrar.on::<Happened>("test.fail", move |_: Cx, event: Delivery<Happened>| {
                tries.push(event.attempt);
                std::future::ready(Err(Error::unavailable("the mail server is asleep").into()))
            });
        });
        world.publish(&jobs, company, 1).await.unwrap();
        for pause in [5, 10, 20, 40, 80, 160, 320, 640, 1_280] {
            assert_eq!(jobs.drain().await.unwrap().again, 1);
            world.advance(pause - 1);
            assert_eq!(jobs.drain().await.unwrap(), Drained::default(), "too early by a second");
            world.advance(1);
        }
        assert_eq!(jobs.drain().await.unwrap(), Drained { dead: 1, ..Drained::default() });
        assert_eq!(tries.all(), (1..=10).collect::<Vec<_>>());
        world.advance(100_000);
        assert_eq!(jobs.drain().await.unwrap(), Drained::default(), "the dead stay dead");
        world.finish().await;
    }
}

#[tokio::test]
async fn the_given_up_are_seen_run_again_or_discarded_by_those_who_may() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| {
            let seen = seen.clone();
            registrar.on::<Happened>("test.poison", move |_: Cx, event: Delivery<Happened>| {
                seen.push(event.number);
                let first = seen.all().iter().filter(|number| **number == event.number).count() == 1;
                let outcome = if first { Err(JobError::Fail(Error::internal("no such template"))) } else { Ok(()) };
                std::future::ready(outcome)
            });
        });
        for number in 1..=2 {
            world.publish(&jobs, company, number).await.unwrap();
        }
        assert_eq!(jobs.drain().await.unwrap().dead, 2);

        let administrator = world.member(company, BuiltinRole::Administrator);
        let dead = |cx: Cx| {
            let (jobs, db) = (jobs.clone(), world.db.clone());
            async move {
                let reader = db.read(company).await.unwrap();
                jobs.list_dead(&cx, &reader, &PageRequest::first(10)).await
            }
        };
        let page = dead(administrator.clone()).await.unwrap();
        assert_eq!(page.items.len(), 2);
        assert_eq!((page.items[0].handler.as_str(), page.items[0].attempts), ("test.poison", 1));
        assert_eq!(page.items[0].error, "internal: no such template");
        let forbidden = Kind::Forbidden { permission: "jobs.read" };
        assert_eq!(dead(world.member(company, BuiltinRole::Employee)).await.unwrap_err().kind, forbidden);

        let (one, other) = (page.items[0].id, page.items[1].id);
        let manager = world.member(company, BuiltinRole::Manager);
        assert_eq!(jobs.replay(&manager, one).await.unwrap_err().kind, Kind::Forbidden { permission: "jobs.replay" });
        let stranger = world.member(CompanyId::new(), BuiltinRole::Administrator);
        assert_eq!(jobs.replay(&stranger, one).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(jobs.replay(&administrator, JobId::new()).await.unwrap_err().kind, Kind::NotFound);

        jobs.replay(&administrator, one).await.unwrap();
        assert_eq!(jobs.replay(&administrator, one).await.unwrap_err().kind, Kind::NotFound, "it is no longer dead");
        jobs.discard(&administrator, other).await.unwrap();
        assert_eq!(jobs.drain().await.unwrap(), Drained { done: 1, ..Drained::default() });
        assert_eq!(dead(administrator).await.unwrap().items, []);
        world.finish().await;
    }
}

#[tokio::test]
async fn poison_and_panic_do_not_stop_the_others() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| {
            let seen = seen.clone();
            registrar.on::<Happened>("test.panic", move |_: Cx, event: Delivery<Happened>| {
                let seen = seen.clone();
                async move {
                    assert_ne!(event.number, 2, "a handler's own mistake");
                    seen.push(event.number);
                    Ok(())
                }
            });
        });
        for number in 1..=3 {
            world.publish(&jobs, company, number).await.unwrap();
        }
        assert_eq!(jobs.drain().await.unwrap(), Drained { done: 2, again: 1, dead: 0 });
        assert_eq!(seen.all(), [1, 3]);
        world.finish().await;
    }
}

#[derive(Serialize, Deserialize)]
struct Remind {
    booking: u32,
}

impl Job for Remind {
    const NAME: &'static str = "test.remind";

    fn key(&self) -> Option<String> {
        Some(self.booking.to_string())
    }
}

#[tokio::test]
async fn a_job_waits_for_its_time_and_its_key_keeps_a_second_one_away() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| {
            let seen = seen.clone();
            registrar.job::<Remind>(move |_: Cx, job: Delivery<Remind>| {
                seen.push(job.booking);
                std::future::ready(Ok(()))
            });
        });
        let enqueue = |booking| {
            let (cx, db, jobs) = (world.cx(company), world.db.clone(), jobs.clone());
            async move {
                let outcome: kernel::Result<()> = db::transaction!(db, company, |tx| {
                    let run_at = tx.now() + chrono::TimeDelta::minutes(10);
                    jobs.enqueue_at_in(&cx, tx, &Remind { booking }, run_at).await
                });
                outcome.unwrap();
            }
        };
        for booking in [7, 7, 8] {
            enqueue(booking).await;
        }
        assert_eq!(jobs.drain().await.unwrap().done, 0);
        world.advance(600);
        assert_eq!(jobs.drain().await.unwrap().done, 2);
        enqueue(7).await;
        world.advance(600);
        assert_eq!(jobs.drain().await.unwrap().done, 1, "the key is free again");
        assert_eq!(seen.len(), 3);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_handler_that_knows_when_says_when() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let jobs = world.jobs(|registrar| {
            let seen = seen.clone();
            registrar.on::<Happened>("test.later", move |_: Cx, event: Delivery<Happened>| {
                seen.push(event.attempt);
                let wait = Duration::from_secs(90);
                let outcome = if event.attempt == 1 {
                    Err(JobError::RetryAfter(Error::rate_limited(wait), wait))
                } else {
                    Ok(())
                };
                std::future::ready(outcome)
            });
        });
        world.publish(&jobs, company, 1).await.unwrap();
        assert_eq!(jobs.drain().await.unwrap().again, 1);
        world.advance(89);
        assert_eq!(jobs.drain().await.unwrap(), Drained::default());
        world.advance(1);
        assert_eq!(jobs.drain().await.unwrap().done, 1);
        world.finish().await;
    }
}

#[tokio::test]
async fn an_unknown_handler_is_left_for_a_release_that_knows_it() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let newer = world.jobs(|registrar| registrar.on::<Happened>("test.new", see(&seen)));
        let older = world.jobs(|_| {});
        world.publish(&newer, company, 1).await.unwrap();
        assert_eq!(older.drain().await.unwrap().again, 1);
        world.advance(60);
        assert_eq!(newer.drain().await.unwrap().done, 1);
        assert_eq!(seen.all(), [1]);
        world.finish().await;
    }
}

#[tokio::test]
async fn publishing_is_refused_where_it_would_be_lost_or_misfiled() {
    for world in worlds().await {
        let company = CompanyId::new();
        let before = zapys_jobs::Jobs::new(world.db.clone(), cache::Cache::memory());
        assert_eq!(world.publish(&before, company, 1).await.unwrap_err().kind, Kind::Internal);
        let jobs = world.jobs(|_| {});
        let misfiled: kernel::Result<()> = db::transaction!(world.db, company, |tx| {
            jobs.publish_in(&world.cx(CompanyId::new()), tx, &Happened::new(1)).await?;
            Ok(())
        });
        assert_eq!(misfiled.unwrap_err().kind, Kind::Internal);
        let unknown: kernel::Result<()> = db::transaction!(world.db, company, |tx| {
            jobs.enqueue_in(&world.cx(company), tx, &Remind { booking: 1 }).await
        });
        assert_eq!(unknown.unwrap_err().kind, Kind::Internal);
        world.finish().await;
    }
}
