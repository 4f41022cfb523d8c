//! Claims that people keep as examples for later ones (story 19), each with a note of their own; the team sees those that
//! are shared.

use contract::page::{Asks, Form, Input, Part, Report};
use contract::table::{Cell, Table};
use domain::policy::Permission;
use serde_json::json;
use store::bookmarks::{self, Bookmark};
use store::claims::{self, Claim};

use super::number;
use crate::acts::{Done, Entries, Kind};
use crate::names::Names;
use crate::reports::Query;
use crate::{Ctx, Result};

pub static PUT: Kind =
    Kind { name: "bookmark.put", needs: Some(Permission::ReadClaims), run: |ctx, entries| Box::pin(put(ctx, entries)) };

pub static REMOVE: Kind = Kind {
    name: "bookmark.remove",
    needs: Some(Permission::ReadClaims),
    run: |ctx, entries| Box::pin(remove(ctx, entries)),
};

/// In characters.
const LONGEST_NOTE: usize = 1_000;

/// `id` of the claim, `note`, `shared`.
async fn put(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (user, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    super::create::moved(ctx, &claim).await?;
    let bookmark = Bookmark {
        id: ctx.id(),
        company: claim.company,
        user,
        claim: claim.id,
        note: entries.words("note", LONGEST_NOTE)?,
        shared: entries.is("shared"),
        at: ctx.now,
    };
    let tx = ctx.begin().await?;
    bookmarks::put(&tx, &bookmark).await?;
    let details = json!({ "shared": bookmark.shared });
    tx.commit(ctx.audit(Some(claim.company), "bookmark.put", "claim", claim.id, details)).await?;
    Ok(Done::said(if bookmark.shared { "Bookmarked for the team." } else { "Bookmarked for yourself." }))
}

/// `id` of the claim.
async fn remove(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let (user, _, _) = ctx.caller.person()?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, entries.id("id")?).await?;
    let tx = ctx.begin().await?;
    if !bookmarks::remove(&tx, user, claim.id).await? {
        return Err(store::StoreError::NotFound.into());
    }
    tx.commit(ctx.audit(Some(claim.company), "bookmark.removed", "claim", claim.id, json!({}))).await?;
    Ok(Done::said("The bookmark is removed."))
}

/// As the claim's page shows it: one's own to change, what the team says beside it.
pub(crate) async fn parts(ctx: &Ctx, claim: &Claim) -> Result<Vec<Part>> {
    let Ok((user, _, _)) = ctx.caller.person() else { return Ok(Vec::new()) };
    let all = bookmarks::seen_by(ctx.store(), claim.company, user, Some(claim.id)).await?;
    let names = Names::of(ctx, all.iter().map(|b| b.user.to_string())).await?;
    let mut parts: Vec<Part> = all
        .iter()
        .filter(|b| b.user != user)
        .map(|b| Part::Text(format!("{} keeps this claim as an example: {}", names.actor(&b.user.to_string()), b.note)))
        .collect();
    let own = all.iter().find(|b| b.user == user);
    parts.push(Part::Form(Form {
        act: PUT.name.into(),
        id: "bookmark".into(),
        title: if own.is_some() { "Your bookmark" } else { "Bookmark as an example" }.into(),
        with: vec![("id".into(), claim.id.to_string())],
        inputs: vec![
            Input::new("note", "Why it is an example", Asks::Words).value(own.map_or("", |b| b.note.as_str())),
            Input::new("shared", "The team sees it", Asks::Tick).value(own.is_some_and(|b| b.shared).to_string()),
        ],
        submit: if own.is_some() { "Save" } else { "Bookmark" }.into(),
        folded: true,
        ..Form::default()
    }));
    Ok(parts)
}

/// The page of bookmarks.
pub(crate) async fn page(ctx: &Ctx, _: &Query) -> Result<Report> {
    let (user, _, _) = ctx.caller.person()?;
    let company = ctx.caller.own_company()?;
    let all = bookmarks::seen_by(ctx.store(), company, user, None).await?;
    let ids: Vec<_> = all.iter().map(|b| b.claim).collect();
    let found = claims::by_ids(ctx.store(), ctx.caller.reach, &ids).await?;
    let names = Names::of(ctx, all.iter().map(|b| b.user.to_string())).await?;
    let columns = ["Claim", "Accident", "#Claimed", "#Settled", "Why", "By", "Since", "Act"];
    let mut own = Table::new("Yours", &columns, "Bookmark a claim on its page, and it stands here.").filled_by(
        true,
        "All claims",
        "/claims",
    );
    let mut others = Table::new("The team’s", &columns, "Nobody of your team shares a bookmark.");
    for bookmark in &all {
        let Some(claim) = found.iter().find(|c| c.id == bookmark.claim) else { continue };
        let number = number(claim.number);
        let mine = bookmark.user == user;
        let row = vec![
            Cell::link(&number, format!("/claims/{}", claim.id)),
            Cell::text(claim.facts.accident_type.as_deref().map(domain::claim::accident_in_words).unwrap_or_default()),
            Cell::Money(claim.total),
            Cell::money(claim.settled),
            Cell::text(&bookmark.note),
            Cell::Text(if mine { "You".into() } else { names.actor(&bookmark.user.to_string()) }),
            Cell::Time(bookmark.at.into()),
            if mine {
                Cell::act(REMOVE.name, claim.id, "Remove", &format!("the bookmark of {number}"))
            } else {
                Cell::Empty
            },
        ];
        if mine { own.row(row) } else { others.row(row) }
    }
    Ok(Report { parts: vec![Part::Table(own), Part::Table(others)], ..Report::default() })
}
