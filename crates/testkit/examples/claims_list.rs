//! How long a page of the claims list takes on the server over 100,000 claims, on SQLite.
#![expect(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]

use std::time::Instant;

use chrono::TimeDelta;
use contract::claim::ClaimFilter;
use domain::policy::Role;
use service::claims::{create, entry, list};
use testkit::{Kit, NORTHGATE, now};

#[tokio::main]
async fn main() {
    let kit = Kit::sqlite().await.filled(1).await;
    let handler = kit.ctx(NORTHGATE, Role::Handler).await;
    for chunk in 0..50u64 {
        let handler = kit.ctx_at(NORTHGATE, Role::Handler, now() + TimeDelta::minutes(chunk as i64)).await;
        let entries = (0..2_000).map(|i| {
            let json = serde_json::json!({
                "accident_type": "Rear end", "injury_prognosis_months": 6, "general_fixed_pence": 50_000 + i,
                "external_reference": format!("R-{}", chunk * 2_000 + i),
            });
            (i, entry::from_json(&json, now().date_naive()).unwrap())
        });
        create::from_file(&handler, entries.collect(), &Default::default()).await.unwrap();
    }
    let pages = [
        ("first page", ClaimFilter::default()),
        ("page 1,000", ClaimFilter { page: 1_000, ..ClaimFilter::default() }),
        ("by status", ClaimFilter { status: "open".into(), ..ClaimFilter::default() }),
        ("by reference", ClaimFilter { search: "R-77".into(), ..ClaimFilter::default() }),
        ("largest first", ClaimFilter { sort: "largest".into(), ..ClaimFilter::default() }),
    ];
    for (name, filter) in pages {
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..20 {
            let started = Instant::now();
            list::list(&handler, &filter).await.unwrap();
            times.push(started.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        println!("claims list over 100,000 claims, {name}: median {:.1} ms, slowest {:.1} ms", times[10], times[19]);
    }
}
