//! Pages that are made in the files of their nouns.

use domain::policy::Permission;

use super::{Kind, Later, Query, no_filters};
use crate::Ctx;
use contract::page::Report;

type Body = for<'a> fn(&'a Ctx, &'a Query) -> Later<'a, Report>;

pub(super) const fn page(
    name: &'static str,
    title: &'static str,
    lead: &'static str,
    needs: Option<Permission>,
    body: Body,
) -> Kind {
    Kind { name, title, lead, needs, filters: no_filters, body, more: None }
}

pub static ASSESS: Kind = page("assess", "Assess the heads", "", Some(Permission::DecideClaims), |ctx, query| {
    Box::pin(crate::claims::assess::page(ctx, query))
});

pub static AUTHORITY: Kind = page(
    "authority",
    "Authority limits",
    "How much people and API keys may settle a claim for, each from a day on.",
    Some(Permission::ReviewClaims),
    |ctx, query| Box::pin(crate::claims::authority::page(ctx, query)),
);

pub static BOOKMARKS: Kind = page(
    "bookmarks",
    "Bookmarks",
    "Claims that are kept as examples for later ones.",
    Some(Permission::ReadClaims),
    |ctx, query| Box::pin(crate::claims::bookmark::page(ctx, query)),
);

pub static CORRECT: Kind = page("correct", "Correct the claim", "", Some(Permission::WriteClaims), |ctx, query| {
    Box::pin(crate::claims::restate::page(ctx, query))
});

pub static DIARY: Kind =
    page("diary", "Diary", "What is to be done next, and by when.", Some(Permission::WriteClaims), |ctx, query| {
        Box::pin(crate::claims::diary::page(ctx, query))
    });

pub static ESTIMATES: Kind = page(
    "estimates",
    "Own estimate first",
    "When a handler says what they would settle for before they see the prediction.",
    Some(Permission::ReviewClaims),
    |ctx, query| Box::pin(crate::claims::estimate::page(ctx, query)),
);

pub static JOBS: Kind = page(
    "jobs",
    "Jobs",
    "Work that Solatium does by itself or puts off: what waits, what runs, what failed and why.",
    Some(Permission::ReadJobs),
    |ctx, query| Box::pin(crate::jobs::page::page(ctx, query)),
);

pub static PROFILE: Kind =
    page("profile", "Your profile", "What you say of your work, and how you are told.", None, |ctx, query| {
        Box::pin(crate::account::profile::page(ctx, query))
    });

pub static TUTORIAL: Kind =
    page("tutorial", "Tutorial", "", None, |ctx, query| Box::pin(crate::account::tutorial::page(ctx, query)));
