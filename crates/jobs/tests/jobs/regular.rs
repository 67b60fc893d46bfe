//! Regular work: once per period, whoever is awake.

use std::sync::Arc;
use std::time::Duration;

use access::Cx;
use kernel::CompanyId;
use zapys_jobs::{Companies, Delivery, Tick};

use crate::setup::{Seen, jobs, worlds};

#[tokio::test]
async fn two_schedulers_start_one_run() {
    for world in worlds().await {
        let seen = Seen::default();
        let other = world.another().await;
        let register = |registrar: &mut zapys_jobs::Registrar| {
            let seen = seen.clone();
            registrar.every("test.tidy", Duration::from_mins(1), move |cx: Cx, _: Delivery<Tick>| {
                seen.push(cx.company_id());
                std::future::ready(Ok(()))
            });
        };
        let cache = cache::Cache::memory();
        let processes = [jobs(&world.db, &cache, register), jobs(&other, &cache, register)];
        let tick = || async {
            let ticks = processes.clone().map(|jobs| tokio::spawn(async move { jobs.tick().await.unwrap() }));
            for tick in ticks {
                tick.await.unwrap();
            }
            for jobs in &processes {
                jobs.drain().await.unwrap();
            }
        };
        tick().await;
        assert_eq!(seen.len(), 0, "the clock stands at half past: the next full minute is the first");
        world.advance(30);
        tick().await;
        tick().await;
        assert_eq!(seen.all(), [Some(CompanyId::NONE)]);
        world.advance(6 * 3_600);
        tick().await;
        assert_eq!(seen.len(), 2, "six hours asleep are one run, not 360");
        other.close().await;
        world.finish().await;
    }
}

struct Three([CompanyId; 3]);

#[async_trait::async_trait]
impl Companies for Three {
    async fn page(&self, after: Option<CompanyId>, _: u64) -> kernel::Result<Vec<CompanyId>> {
        // One a page, to be asked again and again.
        Ok(self.0.into_iter().filter(|id| after.is_none_or(|after| *id > after)).take(1).collect())
    }
}

#[tokio::test]
async fn work_for_each_company_is_dealt_out_to_each() {
    for world in worlds().await {
        let (seen, companies) = (Seen::default(), [CompanyId::new(), CompanyId::new(), CompanyId::new()]);
        let jobs = world.jobs(|registrar| {
            let seen = seen.clone();
            registrar.companies(Arc::new(Three(companies)));
            registrar.every_company("test.purge", Duration::from_hours(1), move |cx: Cx, _: Delivery<Tick>| {
                let seen = seen.clone();
                async move {
                    seen.push(cx.company()?);
                    Ok(())
                }
            });
        });
        jobs.tick().await.unwrap();
        world.advance(3_600);
        jobs.tick().await.unwrap();
        assert_eq!(jobs.drain().await.unwrap().done, 4, "one to deal out, one for each");
        let mut served = seen.all();
        served.sort_unstable();
        assert_eq!(served, companies);
        world.finish().await;
    }
}
