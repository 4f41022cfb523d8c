//! Reports on a model's performance, frozen by a job as HTML and PDF with the hash of the data, for an audience. Once
//! published they do not change (story 34).

use contract::page::{Asks, File, Form, Input, Part, Report};
use contract::table::{Cell, Page, Table, pages};
use contract::{AppError, ErrorKind};
use domain::calendar::{london_date, words};
use domain::id::{CompanyId, ModelId, PublicationId};
use domain::policy::Permission;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::models::Measurement;
use store::publications::{self, Publication};
use store::{companies, models};

use super::{AUDIENCES, audiences, html};
use crate::acts::{Done, Entries, Kind, Wrong};
use crate::models::{deploys_for, list::Registry, measure, operator, owned};
use crate::reports::{Cursor, Query, view};
use crate::secret::digest;
use crate::{Ctx, Error, Result, files, id_from, jobs, paper};

pub static MAKE: Kind = Kind {
    name: "publication.make",
    needs: Some(Permission::UploadModels),
    run: |ctx, entries| Box::pin(make(ctx, entries)),
};

const PER_PAGE: u64 = 30;
/// In characters.
const LONGEST_TITLE: usize = 120;
/// Insurers whose outcomes must be in a figure that others read.
const FEWEST_INSURERS: usize = 3;
/// Bytes of a frozen file.
const LARGEST: usize = 2 << 20;

/// What the job is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub company: Option<CompanyId>,
    pub model: ModelId,
    pub title: String,
    pub audience: String,
    pub by: String,
}

/// `model`, `title`, `audience`.
async fn make(ctx: &Ctx, entries: &Entries) -> Result<Done> {
    let model = models::find(ctx.store(), ctx.caller.reach, operator(ctx).await?, entries.id("model")?).await?;
    if deploys_for(ctx).is_none() {
        owned(ctx, &model, "publish reports on it").await?;
    }
    let audience = entries.text("audience");
    let mut wrong = Wrong::default();
    let title = wrong.of(entries.line(
        "title",
        LONGEST_TITLE,
        "give it a title, such as “Performance in the third quarter”",
    ))?;
    wrong.missing(entries, "audience", "choose whom it is for");
    wrong.told()?;
    if !AUDIENCES.iter().any(|(key, _)| *key == audience) {
        return Err(Error::field("audience", "choose whom it is for"));
    }
    let asked = Asked {
        company: deploys_for(ctx),
        model: model.id,
        title,
        audience: audience.into(),
        by: ctx.caller.actor.name(),
    };
    let tx = ctx.begin().await?;
    if !jobs::publication_make::order(ctx, &tx, &asked).await? {
        return Err(Error::refused(ErrorKind::Conflict, "The same report is being made: it stands here shortly."));
    }
    let details = json!({ "title": asked.title, "audience": asked.audience });
    tx.commit(ctx.audit(asked.company.or(ctx.caller.company), "publication.asked", "model", model.id, details)).await?;
    Ok(Done::said("Ordered: it stands here shortly, as it is then."))
}

/// Freezes a report: what stands on it, and both files. In words.
pub async fn freeze(ctx: &Ctx, asked: &Asked) -> Result<String> {
    let model = models::named(ctx.store(), asked.model).await?;
    let manifest: ml::Manifest = serde_json::from_str(&model.manifest)?;
    let name = format!("{} v{}", model.name, model.version);
    let day = contract::when::Day::from(london_date(ctx.now)).words;
    let mut parts = vec![Part::Text(format!("{name}, as it stood on {day}."))];
    parts.push(Part::Head("As it was trained".into()));
    parts.push(Part::Tiles(crate::models::view::metrics(&manifest)));
    let measured = measure::measure(ctx, model.id, asked.company).await?;
    // What is published stands in the registry too.
    let measurement = Measurement {
        id: ctx.id(),
        model: model.id,
        company: asked.company,
        at: ctx.now,
        body: serde_json::to_string(&measured)?,
    };
    parts.push(Part::Head("On true outcomes".into()));
    // Of the shared model insurers must not read one another's figures out of everybody's: whoever takes their own away from
    // a sum of two has the other's.
    let told = asked.company.is_some() || measure::insurers(ctx).await? >= FEWEST_INSURERS;
    if told {
        parts.extend(measure::parts(Some(&(ctx.now, measured.clone()))));
    } else {
        let words = format!(
            "Fewer than {FEWEST_INSURERS} insurers have outcomes: together they would tell one another’s figures."
        );
        parts.push(Part::Text(words));
    }
    if asked.company.is_some() {
        let live = view(ctx, "accuracy", &Query::parse(&format!("model={}", model.id))).await?;
        parts.push(Part::Head("Since it serves".into()));
        parts.extend(live.parts);
    }
    // What leads elsewhere in the application leads nowhere in a file.
    let parts: Vec<Part> = parts.into_iter().map(without_links).collect();
    let body = serde_json::to_string(&parts)?;
    let data = digest(format!("{} {}", measured.data, body).as_bytes());
    let foot = format!("Solatium, {day}. Data: SHA-256 {data}.");
    let page = html::document(&asked.title, &foot, &parts).into_bytes();
    let sheet = paper::draw(&html::blocks(&asked.title, &parts), &foot)?;
    if page.len() > LARGEST || sheet.len() > LARGEST {
        return Err(Error::refused(ErrorKind::TooLarge, "The report would be larger than 2 MB."));
    }
    let whose = match asked.company {
        Some(company) => company,
        None => operator(ctx).await?,
    };
    let page = files::put(&ctx.app, whose, "publication", &page).await?;
    let sheet = files::put(&ctx.app, whose, "publication", &sheet).await?;
    let publication = Publication {
        id: ctx.id(),
        company: asked.company,
        model: model.id,
        title: asked.title.clone(),
        audience: asked.audience.clone(),
        body,
        data,
        html: page.sha256.clone(),
        pdf: sheet.sha256.clone(),
        by: asked.by.clone(),
        at: ctx.now,
    };
    let tx = ctx.begin().await?;
    models::add_measurement(&tx, &measurement).await?;
    publications::publish(&tx, &publication).await?;
    store::files::name(&tx, &page, ctx.now).await?;
    store::files::name(&tx, &sheet, ctx.now).await?;
    let details = json!({ "title": publication.title, "audience": publication.audience, "data": publication.data });
    tx.commit(ctx.audit(Some(whose), "publication.made", "publication", publication.id, details)).await?;
    Ok(format!("“{}” is published.", publication.title))
}

fn without_links(part: Part) -> Part {
    match part {
        Part::Tiles(mut all) => {
            all.iter_mut().for_each(|tile| tile.href = None);
            Part::Tiles(all)
        }
        // Its files are those of the report, not of the live page that it was taken from.
        Part::Table(mut table) => {
            table.csv = None;
            Part::Table(table)
        }
        Part::Chart(mut chart) => {
            chart.table.csv = None;
            Part::Chart(chart)
        }
        other => other,
    }
}

pub(crate) async fn page(ctx: &Ctx, query: &Query) -> Result<Report> {
    if !query.text("id").is_empty() {
        return one(ctx, query.text("id")).await;
    }
    let number = query.page();
    let (rows, total) = publications::list(ctx.store(), deploys_for(ctx), audiences(ctx), (number, PER_PAGE)).await?;
    let own = deploys_for(ctx);
    let words = "A report is being made: it stands here as soon as it is whole.";
    let makes = ctx.caller.holds(Permission::UploadModels);
    let asked = |job: &store::jobs::Job| makes && job.company == own;
    let (mut parts, again) = jobs::awaited(ctx, &jobs::publication_make::KIND, asked, words).await?;
    parts.push(Part::List(Page { table: listed(&rows), total, page: number, pages: pages(total, PER_PAGE) }));
    if makes {
        parts.push(Part::Form(form(ctx).await?));
    }
    Ok(Report { parts, again, ..Report::default() })
}

/// All of them, for a file.
pub(crate) async fn more(ctx: &Ctx, after: Option<Cursor>) -> Result<(Table, Option<Cursor>)> {
    let page = Cursor::page(after);
    let (rows, _) = publications::list(ctx.store(), deploys_for(ctx), audiences(ctx), (page, PER_PAGE)).await?;
    let further = (rows.len() as u64 == PER_PAGE).then_some(Cursor::Page(page + 1));
    Ok((listed(&rows), further))
}

fn audience(key: &str) -> &'static str {
    AUDIENCES.iter().find(|(own, _)| *own == key).map_or("", |(_, label)| label)
}

fn listed(rows: &[Publication]) -> Table {
    let mut table = Table::new("Published reports", &["Title", "For", "Published"], "Nothing has been published.");
    for p in rows {
        table.row(vec![
            Cell::link(&p.title, format!("/published?id={}", p.id)),
            Cell::text(audience(&p.audience)),
            Cell::Time(p.at.into()),
        ]);
    }
    table
}

async fn form(ctx: &Ctx) -> Result<Form> {
    let registry = Registry::of(ctx).await?;
    let whom = AUDIENCES.map(|(key, label)| (key.to_owned(), label.to_owned())).to_vec();
    Ok(Form {
        act: MAKE.name.into(),
        id: "publish".into(),
        title: "Publish a report".into(),
        lead:
            "How good a version is, frozen as it stands: as a page, as HTML and as PDF. It does not change afterwards."
                .into(),
        inputs: vec![
            Input::new("model", "Version", Asks::Choice(registry.choices()))
                .value(registry.serving.map(|id| id.to_string()).unwrap_or_default())
                .required(),
            Input::new("title", "Title", Asks::Text).required(),
            Input::new("audience", "For", Asks::Choice(whom)).required(),
        ],
        submit: "Publish it".into(),
        folded: true,
        ..Form::default()
    })
}

async fn find(ctx: &Ctx, id: PublicationId) -> Result<Publication> {
    Ok(publications::find(ctx.store(), deploys_for(ctx), audiences(ctx), id).await?)
}

async fn one(ctx: &Ctx, id: &str) -> Result<Report> {
    let p = find(ctx, id_from(id)?).await?;
    let file = |kind: &str| format!("/published/{}.{kind}", p.id);
    let mut parts =
        vec![Part::Files(vec![("Download PDF".into(), file("pdf")), ("Download HTML".into(), file("html"))])];
    parts.extend(serde_json::from_str::<Vec<Part>>(&p.body)?);
    parts.push(Part::Text(format!("Data: SHA-256 {}. PDF: {}. HTML: {}.", p.data, p.pdf, p.html)));
    Ok(Report {
        title: p.title.clone(),
        lead: format!("Published {} for {}.", words(p.at), audience(&p.audience).to_lowercase()),
        actions: vec![("All reports".into(), "/published".into())],
        parts,
        ..Report::default()
    })
}

/// A frozen file by its name, such as `pub_….pdf`.
pub async fn file(ctx: &Ctx, name: &str) -> Result<File> {
    let nothing = || Error::Refused(AppError::new(ErrorKind::NotFound, "There is no file of this name."));
    let (id, kind) = name.split_once('.').ok_or_else(nothing)?;
    ctx.caller.person()?;
    let p = find(ctx, id_from(id)?).await?;
    let (hash, content) = match kind {
        "pdf" => (&p.pdf, "application/pdf"),
        "html" => (&p.html, "text/html; charset=utf-8"),
        _ => return Err(nothing()),
    };
    let whose = match p.company {
        Some(company) => company,
        None => companies::list(ctx.store(), store::Reach::Operator)
            .await?
            .into_iter()
            .find(|c| c.operator)
            .map(|c| c.id)
            .ok_or_else(nothing)?,
    };
    let bytes = files::get(&ctx.app, whose, hash).await?.ok_or_else(nothing)?;
    let tx = ctx.begin().await?;
    let details = json!({ "table": p.title, "asked": kind });
    tx.commit(ctx.audit(ctx.caller.company, "report.downloaded", "publication", p.id, details)).await?;
    Ok(File { name: format!("{}.{kind}", crate::reports::slug(&p.title)), kind: content, bytes })
}
