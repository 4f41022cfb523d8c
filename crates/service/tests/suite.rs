//! What must hold whatever the database: one suite for SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use contract::ErrorKind;
use contract::admin::PersonInput;
use contract::claim::{ClaimFilter, ClaimInput};
use domain::policy::Role;
use domain::settlement::ClaimStatus;
use domain::{Head, Money};
use service::claims::create::{self, Entered, enter};
use service::claims::decide::{Put, decide};
use service::claims::{draft, entry, flag, import, list, review, view, what_if};
use service::{Ctx, Error, account, admin, billing as invoicing, models};
use store::claims::ClaimQuery;
use store::{Reach, audit, claims, invoices, usage};
use testkit::{HARBOUR, Kit, NORTHGATE, SOLATIUM, now, on_both};

fn claim(pence: i64) -> entry::Entry {
    let json = serde_json::json!({
        "accident_type": "Rear end", "injury_prognosis_months": 6, "general_fixed_pence": 56500,
        "special_therapy_pence": pence, "injury_description": "A sore neck", "driver_age": 44, "gender": "Female",
    });
    entry::from_json(&json, now().date_naive()).unwrap()
}

async fn entered(ctx: &Ctx) -> Entered {
    enter(ctx, claim(40_000), "form", None).await.unwrap()
}

fn kind(error: Error) -> ErrorKind {
    error.into_app().kind
}

fn accept() -> Put {
    Put { accept: true, medical_report: true, ..Put::default() }
}

async fn audit_rows(kit: &Kit) -> u64 {
    let query = audit::AuditQuery { page: 1, per_page: 1, ..Default::default() };
    audit::list(&kit.app.store, Reach::Operator, &query).await.unwrap().1
}

#[tokio::test]
async fn from_claim_to_decision() {
    on_both(|kit| async move {
        let kit = kit.filled(5).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let (p, _, _) = one.prediction.as_ref().unwrap();
        let sum = Money::sum(p.contributions.iter().map(|c| c.amount)).unwrap();
        assert_eq!(p.base.checked_add(sum), Some(p.amount), "the explanation adds up to the penny");
        assert!(p.lower <= p.amount && p.amount <= p.upper);
        assert!(!p.facts.contains("sore neck"), "free texts do not go with a prediction");

        let id = one.claim.id.to_string();
        let before = audit_rows(&kit).await;
        decide(&handler, &id, accept()).await.unwrap();
        assert_eq!(audit_rows(&kit).await, before + 1, "one change, one audit row");
        assert_eq!(kind(decide(&handler, &id, accept()).await.unwrap_err()), ErrorKind::Conflict);
        assert_eq!(audit_rows(&kit).await, before + 1, "a refusal changes nothing");
        let shown = view::view(&handler, &id).await.unwrap();
        assert_eq!((shown.status, shown.decision.unwrap().amount), (ClaimStatus::Decided, p.amount));
        assert!(shown.facts.iter().any(|f| f.value == "A sore neck"), "the claim itself keeps its texts");
        assert_eq!(shown.timeline.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn two_people_decide_at_once_and_one_wins() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let id = entered(&handler).await.claim.id.to_string();
        let acts = (0..6).map(|_| {
            let (ctx, id) = (handler.clone(), id.clone());
            tokio::spawn(async move { decide(&ctx, &id, accept()).await.is_ok() })
        });
        let mut won = 0;
        for act in acts.collect::<Vec<_>>() {
            won += u32::from(act.await.unwrap());
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn a_flagged_claim_goes_to_the_manager_and_back() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let id = entered(&handler).await.claim.id.to_string();
        flag::flag(&handler, &id, "Odd invoices").await.unwrap();
        assert_eq!(kind(decide(&handler, &id, accept()).await.unwrap_err()), ErrorKind::Conflict);
        assert_eq!(kind(flag::flag(&handler, &id, "again").await.unwrap_err()), ErrorKind::Conflict);
        let unread = store::notifications::unread(&kit.app.store, handler.caller.person().unwrap().0).await.unwrap();
        review::hand_back(&manager, &id, "Go on").await.unwrap();
        decide(
            &handler,
            &id,
            Put {
                amount: Some(Money::from_pounds(700)),
                reason: "negotiated".into(),
                medical_report: true,
                ..Put::default()
            },
        )
        .await
        .unwrap();
        let other = entered(&handler).await.claim.id.to_string();
        flag::flag(&handler, &other, "Again").await.unwrap();
        decide(&manager, &other, accept()).await.unwrap();
        let told = store::notifications::unread(&kit.app.store, handler.caller.person().unwrap().0).await.unwrap();
        assert_eq!(told, unread + 2, "the handler is told both times");
        let answer = view::view(&handler, &other).await.unwrap().review.unwrap().answer.unwrap();
        assert!(answer.1.starts_with("Settled for"), "{}", answer.1);
    })
    .await;
}

#[tokio::test]
async fn another_company_sees_nothing() {
    on_both(|kit| async move {
        let kit = kit.filled(8).await;
        let ours = kit.ctx(NORTHGATE, Role::Handler).await;
        let id = entered(&ours).await.claim.id.to_string();
        for role in [Role::Handler, Role::Manager] {
            let theirs = kit.ctx(HARBOUR, role).await;
            assert_eq!(kind(view::view(&theirs, &id).await.unwrap_err()), ErrorKind::NotFound);
            assert_eq!(kind(decide(&theirs, &id, accept()).await.unwrap_err()), ErrorKind::NotFound);
        }
        let all = claims::count(&kit.app.store, Reach::Operator, &ClaimQuery::default()).await.unwrap();
        let mut parts = 0;
        for company in [NORTHGATE, HARBOUR] {
            let ctx = kit.ctx(company, Role::Manager).await;
            parts += list::list(&ctx, &ClaimFilter::default()).await.unwrap().total;
        }
        assert_eq!(parts, all);
        let admin = kit.ctx(NORTHGATE, Role::Administrator).await;
        let stranger = kit.ctx(HARBOUR, Role::Finance).await.caller.person().unwrap().0.to_string();
        assert_eq!(kind(admin::people::reset_password(&admin, &stranger).await.unwrap_err()), ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_file_is_taken_row_by_row_and_never_by_halves() {
    on_both(|kit| async move {
        let kit = kit.filled(3).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let before = claims::count(&kit.app.store, Reach::Operator, &ClaimQuery::default()).await.unwrap();
        let csv = "SettlementValue,AccidentType,Injury_Prognosis,GeneralFixed,SpecialTherapy\n\
                   900,Rear end,F. 6 months,520,400\n\
                   ,Rear end,F. 6 months,lots,400\n\
                   ,Rear end,G. 7 months,840,\n";
        let report = import::import(&handler, "claims.csv", csv.as_bytes()).await.unwrap();
        assert_eq!((report.kept.len(), report.refused), (2, 1));
        let problem = &report.problems[0];
        assert_eq!((problem.line, problem.column.as_str(), problem.value.as_str()), (3, "GeneralFixed", "lots"));
        assert!(report.notes.iter().any(|n| n.contains("SettlementValue")), "{:?}", report.notes);
        let json = r#"[{"general_fixed_pence": 52000}, {"general_fixed_pence": "x"}, 5]"#;
        let report = import::import(&handler, "claims.json", json.as_bytes()).await.unwrap();
        assert_eq!((report.kept.len(), report.refused), (1, 2));
        for broken in [&b"PK\0\0"[..], b"[{", b""] {
            assert!(import::import(&handler, "x", broken).await.is_err() || broken.is_empty());
        }
        let after = claims::count(&kit.app.store, Reach::Operator, &ClaimQuery::default()).await.unwrap();
        assert_eq!(after, before + 3);
    })
    .await;
}

#[tokio::test]
async fn nothing_typed_is_lost() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let mut input = ClaimInput::default();
        input.fields.insert("special_therapy".into(), "four hundred".into());
        let refused = create::from_form(&handler, &input).await.err().unwrap().into_app();
        assert!(refused.field("special_therapy").is_some() && refused.field("accident_date").is_some());
        assert_eq!(draft::load(&handler).await.unwrap().input, input, "what was wrong is kept as the draft");
        for (field, value) in [
            ("special_therapy", "400"),
            ("accident_type", "Rear end"),
            ("accident_date", "2026-01-10"),
            ("claim_date", "2026-02-01"),
            ("injury_prognosis_months", "6"),
        ] {
            input.fields.insert(field.into(), value.into());
        }
        create::from_form(&handler, &input).await.unwrap();
        assert!(draft::load(&handler).await.unwrap().saved_at.is_none(), "a saved claim leaves no draft");
    })
    .await;
}

#[tokio::test]
async fn what_if_answers_and_saves_nothing() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        let one = entered(&handler).await;
        let before = audit_rows(&kit).await;
        let ask = |field: &str, value: &str| contract::claim::WhatIf {
            claim_id: one.claim.id.to_string(),
            changes: [(field.to_owned(), value.to_owned())].into(),
        };
        let more = what_if::what_if(&handler, &ask("special_therapy", "2400")).await.unwrap();
        assert!(more.amount > one.claim.predicted.unwrap());
        assert!(
            what_if::what_if(&handler, &ask("driver_age", "20")).await.is_err(),
            "who the claimant is cannot be changed"
        );
        assert_eq!(audit_rows(&kit).await, before);
        let again = create::predict_again(&handler, &one.claim.id.to_string()).await.unwrap();
        assert_eq!(again.prediction.unwrap().0.amount, one.claim.predicted.unwrap());
        let month = billing::Month::at(now());
        let company = handler.caller.company.unwrap();
        let events =
            usage::between(&kit.app.store, Reach::Company(company), month.from(), month.until()).await.unwrap();
        let own: Vec<_> = events.iter().rev().take(2).map(|e| e.billable).collect();
        assert_eq!(own.iter().filter(|b| **b).count(), 1, "the re-run is free");
    })
    .await;
}

#[tokio::test]
async fn personal_fields_are_not_in_the_database_as_text() {
    let kit = Kit::sqlite().await.filled(3).await;
    entered(&kit.ctx(NORTHGATE, Role::Handler).await).await;
    kit.app.store.close().await;
    let bytes = std::fs::read(kit.dir.path().join("test.db")).unwrap();
    for secret in ["A sore neck", "Hannah Reed", "handler@northgate.example"] {
        let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found, "“{secret}” stands readable in the database");
    }
    let wrong = store::Store::open(&kit.url, store::MasterKey::random()).await.unwrap();
    assert!(store::people::list(&wrong, Reach::Operator).await.is_err(), "another key reads nothing");
}

#[tokio::test]
async fn people_come_and_go() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let admin = kit.ctx(SOLATIUM, Role::Administrator).await;
        let manager = kit.ctx(NORTHGATE, Role::Manager).await;
        let company = manager.caller.company.unwrap().to_string();
        let person = |role: &str| PersonInput {
            name: "Nora New".into(),
            email: "nora@northgate.example".into(),
            role: role.into(),
            company_id: company.clone(),
            ..PersonInput::default()
        };
        assert!(
            admin::people::create(&manager, &person("administrator")).await.is_err(),
            "a manager makes handlers only"
        );
        let issued = admin::people::create(&manager, &person("handler")).await.unwrap();
        assert!(admin::people::create(&admin, &person("handler")).await.is_err(), "the address is taken");
        let signed = account::sign_in::sign_in(&kit.app, now(), "NORA@northgate.example ", &issued.secret, "1.2.3.4")
            .await
            .unwrap();
        assert!(signed.must_change_password);
        let caller = account::authenticate::session(&kit.app, now(), &signed.token).await.unwrap().unwrap();
        let nora = Ctx { caller, ..admin.clone() };
        assert_eq!(kind(list::list(&nora, &ClaimFilter::default()).await.unwrap_err()), ErrorKind::Forbidden);
        account::change_password::change_password(
            &nora,
            &issued.secret,
            "copper lantern drifts east",
            "copper lantern drifts east",
        )
        .await
        .unwrap();
        let id = issued.href.rsplit('/').next().unwrap();
        admin::people::set_active(&admin, id, false).await.unwrap();
        assert!(
            account::authenticate::session(&kit.app, now(), &signed.token).await.unwrap().is_none(),
            "sessions end at once"
        );
        assert!(
            account::sign_in::sign_in(
                &kit.app,
                now(),
                "nora@northgate.example",
                "copper lantern drifts east",
                "1.2.3.4"
            )
            .await
            .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn failed_sign_ins_wait_longer_and_longer() {
    on_both(|kit| async move {
        let kit = kit.filled(1).await;
        let attempt = async |password: &str, seconds: i64| {
            let at = now() + chrono::Duration::seconds(seconds);
            account::sign_in::sign_in(&kit.app, at, "handler@northgate.example", password, "9.9.9.9")
                .await
                .map_err(kind)
        };
        for _ in 0..3 {
            assert_eq!(attempt("wrong", 0).await.unwrap_err(), ErrorKind::Unauthenticated);
        }
        assert_eq!(
            attempt(service::demo::PASSWORD, 0).await.unwrap_err(),
            ErrorKind::TooMany,
            "even with the right password"
        );
        assert!(attempt(service::demo::PASSWORD, 61).await.is_ok(), "but never for long");
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_unused_and_in_any_case() {
    let kit = Kit::sqlite().await.filled(1).await;
    let signed = account::sign_in::sign_in(&kit.app, now(), "handler@northgate.example", service::demo::PASSWORD, "a")
        .await
        .unwrap();
    let at = async |minutes: i64| {
        let at = now() + chrono::Duration::minutes(minutes);
        account::authenticate::session(&kit.app, at, &signed.token).await.unwrap().is_some()
    };
    assert!(at(59).await && at(110).await, "use keeps it alive");
    assert!(!at(110 + 60).await, "an hour unused ends it");
    let mut minute = 110;
    while minute < 12 * 60 - 50 {
        minute += 50;
        at(minute).await;
    }
    assert!(!at(12 * 60).await, "twelve hours end it in any case");
}

#[tokio::test]
async fn models_are_checked_deployed_and_rolled_back() {
    on_both(|kit| async move {
        let kit = kit.filled(20).await;
        let engineer = kit.ctx(SOLATIUM, Role::Engineer).await;
        let refused = models::upload::upload(&engineer, b"not a bundle".to_vec(), "").await.unwrap();
        assert!(refused.model_id.is_none() && refused.checks.iter().any(|c| !c.passed));
        assert_eq!(
            kind(models::upload::upload(&engineer, testkit::bundle(), "").await.unwrap_err()),
            ErrorKind::Conflict
        );
        let registry = models::list::list(&engineer).await.unwrap();
        assert_eq!(registry.serving.as_deref(), Some("settlement v2"));
        assert_eq!(models::deploy::roll_back(&engineer).await.unwrap(), "settlement v1");
        let handler = kit.ctx(NORTHGATE, Role::Handler).await;
        assert_eq!(entered(&handler).await.prediction.unwrap().2, 1, "the version that serves answers at once");
        let (a, b) = (registry.choices[0].0.to_string(), registry.choices[1].0.to_string());
        let comparison = models::compare::compare(&engineer, &a, &b).await.unwrap();
        assert!(!comparison.claims.rows.is_empty() && comparison.words.contains("on average"));
        // An insurer's engineer deploys for that insurer alone.
        let own = kit.ctx(NORTHGATE, Role::Engineer).await;
        models::deploy::deploy(&own, &a, "").await.unwrap();
        assert_eq!(entered(&handler).await.prediction.unwrap().2, 2);
        let theirs = kit.ctx(HARBOUR, Role::Handler).await;
        assert_eq!(entered(&theirs).await.prediction.unwrap().2, 1);
        let csv = String::from_utf8(models::export::csv(&engineer).await.unwrap()).unwrap();
        for personal in ["Female", "gender", "driver_age", "sore neck", "Hannah"] {
            assert!(!csv.contains(personal), "{personal} is in the export");
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_model_a_person_decides_by_hand() {
    on_both(|kit| async move {
        let kit = kit;
        let ctx = kit.app.system(now());
        let token = account::setup::offer(&ctx).await.unwrap().unwrap();
        let first = |token| account::setup::FirstAdministrator {
            token,
            name: "Ada",
            email: "ada@example.org",
            password: "copper lantern drifts west",
        };
        account::setup::complete(&ctx, first(&token)).await.unwrap();
        assert_eq!(
            kind(account::setup::complete(&ctx, first(&token)).await.unwrap_err()),
            ErrorKind::NotFound,
            "the link works once"
        );
        assert!(account::setup::offer(&ctx).await.unwrap().is_none());
        let input = contract::admin::CompanyInput { name: "Insurer".into(), ..Default::default() };
        let company = admin::companies::create(&ctx, &input).await.unwrap();
        let mut handler = ctx.clone();
        handler.caller.company = Some(company);
        handler.caller.reach = Reach::Company(company);
        let one = entered(&handler).await;
        assert!(one.prediction.is_none());
        let id = one.claim.id.to_string();
        assert_eq!(kind(decide(&handler, &id, accept()).await.unwrap_err()), ErrorKind::Conflict);
        let own = Put { amount: Some(Money::from_pounds(800)), reason: "negotiated".into(), ..Put::default() };
        assert_eq!(decide(&handler, &id, own).await.unwrap().kind, domain::settlement::DecisionKind::Manual);
    })
    .await;
}

#[tokio::test]
async fn invoices_bill_each_prediction_once_and_number_without_gaps() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let (month, reach) = ("2026-10", Reach::Operator);
        // Discarded and made again, any number of times: the same draft.
        for _ in 0..3 {
            for invoice in invoices::list(&kit.app.store, reach, false).await.unwrap() {
                if invoice.number.is_none() {
                    invoicing::invoices::discard(&finance, &invoice.id.to_string()).await.unwrap();
                }
            }
            invoicing::invoices::generate(&finance, month).await.unwrap();
            assert_eq!(invoicing::invoices::generate(&finance, month).await.unwrap(), 0, "twice has one effect");
        }
        for invoice in invoices::list(&kit.app.store, reach, false).await.unwrap() {
            let id = invoice.id.to_string();
            if invoice.number.is_none() {
                assert_eq!(
                    kind(invoicing::invoices::issue(&finance, &id).await.unwrap_err()),
                    ErrorKind::Conflict,
                    "unapproved"
                );
                invoicing::invoices::approve(&finance, &id).await.unwrap();
                invoicing::invoices::issue(&finance, &id).await.unwrap();
            }
            assert_eq!(
                kind(invoicing::invoices::discard(&finance, &id).await.unwrap_err()),
                ErrorKind::Conflict,
                "immutable"
            );
            assert!(invoicing::invoices::issue(&finance, &id).await.is_err());
            let month = billing::Month::of(invoice.period_from);
            let (billable, _) =
                usage::count(&kit.app.store, invoice.company, month.from(), month.until()).await.unwrap();
            let lines = invoices::lines(&kit.app.store, invoice.id).await.unwrap();
            assert_eq!(lines.iter().map(|l| l.quantity).sum::<i64>(), billable as i64, "billed + free = metered");
            assert_eq!(usage::on_line(&kit.app.store, lines[0].id).await.unwrap(), billable);
            let (name, pdf) = invoicing::invoices::pdf(&finance, &id).await.unwrap();
            assert!(pdf.starts_with(b"%PDF-") && name.starts_with("SOL-"));
        }
        let all = invoices::list(&kit.app.store, reach, true).await.unwrap();
        let mut numbers: Vec<String> = all.iter().map(|i| i.number.clone().unwrap()).collect();
        numbers.sort();
        let expected: Vec<String> = (1..=all.len() as i64).map(billing::invoice::number).collect();
        assert_eq!(numbers, expected, "contiguous, whatever was discarded");
        let far = |text: &str| text.parse().unwrap();
        let journal = invoices::journal(&kit.app.store, reach, far("2020-01-01"), far("2030-01-01")).await.unwrap();
        assert_eq!(journal.iter().map(|row| row.3.pence()).sum::<i64>(), 0, "the journal balances");
        let mut transactions = std::collections::BTreeMap::<&str, i64>::new();
        for row in &journal {
            *transactions.entry(&row.0).or_default() += row.3.pence();
        }
        assert!(transactions.values().all(|sum| *sum == 0), "every transaction balances");
        let revenue = invoicing::revenue::view(&finance, "2025-01-01", "2026-12-31").await.unwrap();
        let invoiced = Money::sum(all.iter().map(|i| i.net)).unwrap();
        assert_eq!(revenue.total, invoiced, "the report reconciles to the penny");
    })
    .await;
}

#[tokio::test]
async fn issued_at_once_an_invoice_gets_one_number() {
    on_both(|kit| async move {
        let kit = kit.filled(60).await;
        let finance = kit.ctx(SOLATIUM, Role::Finance).await;
        let drafts: Vec<_> = invoices::list(&kit.app.store, Reach::Operator, false)
            .await
            .unwrap()
            .into_iter()
            .filter(|i| i.number.is_none())
            .collect();
        for draft in &drafts {
            invoicing::invoices::approve(&finance, &draft.id.to_string()).await.unwrap();
        }
        let mut acts = Vec::new();
        for draft in drafts.iter().chain(&drafts).chain(&drafts) {
            let (ctx, id) = (finance.clone(), draft.id.to_string());
            acts.push(tokio::spawn(async move { invoicing::invoices::issue(&ctx, &id).await.is_ok() }));
        }
        let mut issued = 0;
        for act in acts {
            issued += usize::from(act.await.unwrap());
        }
        assert_eq!(issued, drafts.len());
    })
    .await;
}

#[tokio::test]
async fn a_long_list_pages_and_filters() {
    on_both(|kit| async move {
        let kit = kit.filled(2).await;
        let handler = kit.ctx(HARBOUR, Role::Handler).await;
        let before = list::list(&handler, &ClaimFilter::default()).await.unwrap().total;
        let entries = (0..120).map(|i| (i, claim(10_000 + i as i64))).collect();
        create::from_file(&handler, entries).await.unwrap();
        let page = |filter: ClaimFilter| {
            let handler = handler.clone();
            async move { list::list(&handler, &filter).await.unwrap() }
        };
        let last = page(ClaimFilter { page: 3, ..ClaimFilter::default() }).await;
        assert_eq!((last.total, last.pages), (before + 120, (before + 120).div_ceil(50)));
        assert_eq!(
            page(ClaimFilter {
                status: "decided".into(),
                mine: true,
                search: "nothing".into(),
                ..ClaimFilter::default()
            })
            .await
            .total,
            0
        );
        let largest =
            page(ClaimFilter { sort: "largest".into(), accident_type: "Rear end".into(), ..ClaimFilter::default() })
                .await;
        assert!(!largest.table.rows.is_empty());
        assert_eq!(
            page(ClaimFilter { from: "2026-11-22".into(), to: "2026-11-22".into(), ..ClaimFilter::default() })
                .await
                .total,
            120
        );
        let wrong = list::list(&handler, &ClaimFilter { from: "yesterday".into(), ..ClaimFilter::default() }).await;
        assert!(wrong.unwrap_err().into_app().field("from").is_some());
        let facts = claims::list(
            &kit.app.store,
            handler.caller.reach,
            &ClaimQuery { page: 1, per_page: 1, ..Default::default() },
        )
        .await
        .unwrap();
        assert!(facts.0[0].facts.heads.get(Head::SpecialTherapy).is_some());
    })
    .await;
}
