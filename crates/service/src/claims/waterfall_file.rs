//! The waterfall of a prediction as a file: the drawing, or its figures.

use contract::page::File;
use contract::table::{Cell, Table};
use contract::{AppError, ErrorKind};
use domain::id::PredictionId;
use domain::policy::Permission;
use store::{claims, predictions};

use super::{number, predict};
use crate::{Ctx, Error, Result, csv, id_from};

/// `file`: `waterfall.svg` or `waterfall.csv`.
pub async fn file(ctx: &Ctx, prediction: &str, file: &str) -> Result<File> {
    ctx.require(Permission::ReadClaims)?;
    let nothing = || Error::Refused(AppError::new(ErrorKind::NotFound, "There is no file of this name."));
    let kind = file.strip_prefix("waterfall.").ok_or_else(nothing)?;
    let id: PredictionId = id_from(prediction)?;
    let stored = predictions::find(ctx.store(), ctx.caller.reach, id).await?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, stored.claim).await?;
    super::estimate::given(ctx, &claim).await?;
    ctx.note_read(claim.company, claim.id).await?;
    let model = ctx.app.models.get(&ctx.app, stored.model).await?;
    let view = predict::view(&stored, &claim.facts, true, &model);
    let name = format!("{}-waterfall.{kind}", number(claim.number));
    match kind {
        "svg" => Ok(File::svg(name, chart::standalone(&view.waterfall_svg).into_bytes())),
        "csv" => {
            let mut table = Table::new("The prediction in figures", &["What", "#Pounds"], "");
            table.row(vec![Cell::text("Average claim"), Cell::Money(view.base)]);
            for c in &view.contributions {
                table.row(vec![Cell::text(&c.label), Cell::Money(c.amount)]);
            }
            table.row(vec![Cell::text("Predicted settlement"), Cell::Money(view.amount)]);
            Ok(File::csv(name, csv::table(&table)?))
        }
        _ => Err(nothing()),
    }
}
