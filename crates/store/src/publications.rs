//! Reports that were frozen for an audience: they never change. Beside them the versions of the words that explain how
//! predictions come about, and the training material of model versions with who passed it.

use chrono::{DateTime, Utc};
use domain::id::{CompanyId, MaterialId, MethodologyId, ModelId, PublicationId, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

use crate::entity::{completions, materials, methodologies, publications};
use crate::{Handle, Result, StoreError, Tx, count_some, instant, parsed, parsed_opt};

#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    pub id: PublicationId,
    /// `None`: everybody's.
    pub company: Option<CompanyId>,
    pub model: ModelId,
    pub title: String,
    /// `engineers`, `managers` or `handlers`: whoever may read it besides engineers.
    pub audience: String,
    /// JSON: what stands on it.
    pub body: String,
    /// SHA-256 of the data that it was made from, and of its two files.
    pub data: String,
    pub html: String,
    pub pdf: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

pub async fn publish(tx: &Tx, p: &Publication) -> Result<()> {
    publications::Entity::insert(publications::ActiveModel {
        id: Set(p.id.to_string()),
        company_id: Set(p.company.map(|c| c.to_string())),
        model_id: Set(p.model.to_string()),
        title: Set(p.title.clone()),
        audience: Set(p.audience.clone()),
        body: Set(p.body.clone()),
        data: Set(p.data.clone()),
        html: Set(p.html.clone()),
        pdf: Set(p.pdf.clone()),
        published_by: Set(p.by.clone()),
        published_at: Set(p.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// Everybody's, and those of a company (or, for the operator, of all).
fn seen<C: ColumnTrait>(column: C, company: Option<CompanyId>) -> Condition {
    match company {
        Some(own) => Condition::any().add(column.is_null()).add(column.eq(own.to_string())),
        None => Condition::all(),
    }
}

/// A page of those for one of these audiences, newest first, and how many there are.
pub async fn list(
    handle: &impl Handle,
    company: Option<CompanyId>,
    audiences: &[&str],
    (page, per_page): (u64, u64),
) -> Result<(Vec<Publication>, u64)> {
    use publications::Column as C;
    let select = publications::Entity::find()
        .filter(seen(C::CompanyId, company))
        .filter(C::Audience.is_in(audiences.iter().copied()));
    let total = count_some(handle, select.clone()).await?;
    let rows = select
        .order_by_desc(C::PublishedAt)
        .order_by_desc(C::Id)
        .offset(page.saturating_sub(1) * per_page)
        .limit(per_page)
        .all(handle.connection())
        .await?;
    Ok((rows.into_iter().map(publication).collect::<Result<_>>()?, total))
}

pub async fn find(
    handle: &impl Handle,
    company: Option<CompanyId>,
    audiences: &[&str],
    id: PublicationId,
) -> Result<Publication> {
    use publications::Column as C;
    let row = publications::Entity::find_by_id(id.to_string())
        .filter(seen(C::CompanyId, company))
        .filter(C::Audience.is_in(audiences.iter().copied()))
        .one(handle.connection())
        .await?;
    publication(row.ok_or(StoreError::NotFound)?)
}

fn publication(row: publications::Model) -> Result<Publication> {
    Ok(Publication {
        id: parsed(&row.id)?,
        company: parsed_opt(row.company_id.as_ref())?,
        model: parsed(&row.model_id)?,
        title: row.title,
        audience: row.audience,
        body: row.body,
        data: row.data,
        html: row.html,
        pdf: row.pdf,
        by: row.published_by,
        at: instant(row.published_at),
    })
}

/// A version of the words that explain how predictions come about.
#[derive(Debug, Clone, PartialEq)]
pub struct Methodology {
    pub id: MethodologyId,
    pub company: Option<CompanyId>,
    /// Counts from 1 within a company (or for all).
    pub version: i32,
    pub model: ModelId,
    pub words: String,
    /// JSON: what has changed of the explanations.
    pub body: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// Fails with a conflict where somebody else published that version.
pub async fn change(tx: &Tx, m: &Methodology) -> Result<()> {
    methodologies::Entity::insert(methodologies::ActiveModel {
        id: Set(m.id.to_string()),
        company_id: Set(m.company.map(|c| c.to_string())),
        version: Set(m.version),
        model_id: Set(m.model.to_string()),
        words: Set(m.words.clone()),
        body: Set(m.body.clone()),
        published_by: Set(m.by.clone()),
        published_at: Set(m.at.timestamp_millis()),
    })
    .exec_without_returning(tx.connection())
    .await?;
    Ok(())
}

/// The versions that a company sees, newest first: its own, and everybody's.
pub async fn methodologies(handle: &impl Handle, company: Option<CompanyId>, most: u64) -> Result<Vec<Methodology>> {
    use methodologies::Column as C;
    methodologies::Entity::find()
        .filter(seen(C::CompanyId, company))
        .order_by_desc(C::PublishedAt)
        .order_by_desc(C::Id)
        .limit(most)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(methodology)
        .collect()
}

/// The newest version of a company's own words, or of everybody's.
pub async fn methodology_of(handle: &impl Handle, company: Option<CompanyId>) -> Result<Option<Methodology>> {
    use methodologies::Column as C;
    let whose = match company {
        Some(own) => C::CompanyId.eq(own.to_string()),
        None => C::CompanyId.is_null(),
    };
    let newest = methodologies::Entity::find().filter(whose).order_by_desc(C::Version);
    newest.one(handle.connection()).await?.map(methodology).transpose()
}

fn methodology(row: methodologies::Model) -> Result<Methodology> {
    Ok(Methodology {
        id: parsed(&row.id)?,
        company: parsed_opt(row.company_id.as_ref())?,
        version: row.version,
        model: parsed(&row.model_id)?,
        words: row.words,
        body: row.body,
        by: row.published_by,
        at: instant(row.published_at),
    })
}

/// What handlers are to read and answer before a version is tried with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    pub id: MaterialId,
    pub company: Option<CompanyId>,
    pub model: ModelId,
    pub title: String,
    /// Markdown.
    pub words: String,
    /// JSON: questions with their answers.
    pub questions: String,
    /// Once published it stays as it is.
    pub published_at: Option<DateTime<Utc>>,
    pub by: String,
    /// Counts changes of the draft.
    pub version: i32,
    pub at: DateTime<Utc>,
}

/// Writes a draft, in the place of what was seen of it; one of version 0 is new.
///
/// # Errors
///
/// A conflict where it was changed or published meanwhile.
pub async fn put(tx: &Tx, m: &Material) -> Result<()> {
    let row = materials::ActiveModel {
        id: Set(m.id.to_string()),
        company_id: Set(m.company.map(|c| c.to_string())),
        model_id: Set(m.model.to_string()),
        title: Set(m.title.clone()),
        words: Set(m.words.clone()),
        questions: Set(m.questions.clone()),
        published_at: Set(m.published_at.map(|at| at.timestamp_millis())),
        made_by: Set(m.by.clone()),
        version: Set(m.version + 1),
        made_at: Set(m.at.timestamp_millis()),
    };
    if m.version == 0 {
        materials::Entity::insert(row).exec_without_returning(tx.connection()).await?;
        return Ok(());
    }
    let done = materials::Entity::update_many()
        .set(row)
        .filter(materials::Column::Id.eq(m.id.to_string()))
        .filter(materials::Column::PublishedAt.is_null())
        .filter(Expr::col(materials::Column::Version).eq(m.version))
        .exec(tx.connection())
        .await?;
    match done.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict("the material was changed or published meanwhile".into())),
    }
}

/// The newest that a company sees: everybody's and its own; with drafts, or only what is published.
pub async fn materials(
    handle: &impl Handle,
    company: Option<CompanyId>,
    drafts: bool,
    most: u64,
) -> Result<Vec<Material>> {
    use materials::Column as C;
    let mut select = materials::Entity::find().filter(seen(C::CompanyId, company));
    if !drafts {
        select = select.filter(C::PublishedAt.is_not_null());
    }
    let rows = select.order_by_desc(C::MadeAt).order_by_desc(C::Id).limit(most).all(handle.connection()).await?;
    rows.into_iter().map(material).collect()
}

pub async fn find_material(handle: &impl Handle, company: Option<CompanyId>, id: MaterialId) -> Result<Material> {
    let row = materials::Entity::find_by_id(id.to_string())
        .filter(seen(materials::Column::CompanyId, company))
        .one(handle.connection())
        .await?;
    material(row.ok_or(StoreError::NotFound)?)
}

fn material(row: materials::Model) -> Result<Material> {
    Ok(Material {
        id: parsed(&row.id)?,
        company: parsed_opt(row.company_id.as_ref())?,
        model: parsed(&row.model_id)?,
        title: row.title,
        words: row.words,
        questions: row.questions,
        published_at: row.published_at.map(instant),
        by: row.made_by,
        version: row.version,
        at: instant(row.made_at),
    })
}

/// Somebody answered the questions of a material.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub material: MaterialId,
    pub user: UserId,
    pub company: CompanyId,
    pub at: DateTime<Utc>,
}

/// Notes a completion; `false` where they had completed it before.
pub async fn complete(tx: &Tx, c: &Completion) -> Result<bool> {
    let row = completions::ActiveModel {
        id: Set(format!("{}:{}", c.material, c.user)),
        material_id: Set(c.material.to_string()),
        user_id: Set(c.user.to_string()),
        company_id: Set(c.company.to_string()),
        completed_at: Set(c.at.timestamp_millis()),
    };
    let conflict = OnConflict::column(completions::Column::Id).do_nothing().to_owned();
    let done = completions::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(done == 1)
}

/// Who has completed a material, of a company or of all.
pub async fn completed(
    handle: &impl Handle,
    company: Option<CompanyId>,
    material: MaterialId,
    most: u64,
) -> Result<Vec<Completion>> {
    use completions::Column as C;
    let mut select = completions::Entity::find().filter(C::MaterialId.eq(material.to_string()));
    if let Some(own) = company {
        select = select.filter(C::CompanyId.eq(own.to_string()));
    }
    select
        .order_by_desc(C::CompletedAt)
        .limit(most)
        .all(handle.connection())
        .await?
        .into_iter()
        .map(|row| {
            Ok(Completion {
                material,
                user: parsed(&row.user_id)?,
                company: parsed(&row.company_id)?,
                at: instant(row.completed_at),
            })
        })
        .collect()
}

/// Which of these materials somebody has completed.
pub async fn completed_by(handle: &impl Handle, user: UserId) -> Result<Vec<MaterialId>> {
    let rows = completions::Entity::find()
        .filter(completions::Column::UserId.eq(user.to_string()))
        .all(handle.connection())
        .await?;
    rows.into_iter().map(|row| parsed(&row.material_id)).collect()
}

/// The published materials on a version that a company sees.
fn published_on(company: CompanyId, model: ModelId) -> Select<materials::Entity> {
    use materials::Column as C;
    materials::Entity::find()
        .filter(C::ModelId.eq(model.to_string()))
        .filter(C::PublishedAt.is_not_null())
        .filter(seen(C::CompanyId, Some(company)))
}

/// Whether there is any published material on a version.
pub async fn is_taught(handle: &impl Handle, company: CompanyId, model: ModelId) -> Result<bool> {
    Ok(published_on(company, model).one(handle.connection()).await?.is_some())
}

/// Whether somebody has completed a published material on a version.
pub async fn is_trained(handle: &impl Handle, company: CompanyId, user: UserId, model: ModelId) -> Result<bool> {
    let on_it = published_on(company, model).select_only().column(materials::Column::Id).into_query();
    let found = completions::Entity::find()
        .filter(completions::Column::UserId.eq(user.to_string()))
        .filter(completions::Column::MaterialId.in_subquery(on_it))
        .one(handle.connection())
        .await?;
    Ok(found.is_some())
}
