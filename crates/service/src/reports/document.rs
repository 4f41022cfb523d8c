//! What a document says, beside what its claim has (stories 5 and 6).

use contract::page::{Part, Report};
use contract::table::{Cell, Table, Tone};
use domain::policy::Permission;
use domain::{ClaimFacts, Head, Money};
use extract::{Place, Value};
use store::claims::{self, Claim};
use store::documents::{self, Document};

use super::{Kind, Query, no_filters};
use crate::documents::list::{called, standing};
use crate::documents::{Found, STORED, fail_of, found, sums_of};
use crate::{Ctx, Result, id_from};

pub static KIND: Kind = Kind {
    name: "document",
    title: "Document",
    lead: "What it says of the claim. Nothing of it changes the claim.",
    needs: Some(Permission::ReadClaims),
    filters: no_filters,
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(KIND.page(vec![Part::Text("A document is opened from its claim.".into())]));
    }
    let document = documents::find(ctx.store(), ctx.caller.reach, id_from(query.text("id"))?).await?;
    let claim = claims::find(ctx.store(), ctx.caller.reach, document.claim).await?;
    ctx.note_read(claim.company, claim.id).await?;
    let found = found(ctx, &document).await?;
    let mut parts = notices(&document)?;
    if !found.is_empty() {
        parts.push(Part::Table(table(&claim, found)));
    }
    let actions = vec![(format!("Claim {}", crate::claims::number(claim.number)), format!("/claims/{}", claim.id))];
    let file = Some(("Download the file".into(), format!("/documents/{}/file", document.id)));
    Ok(Report { title: called(&document).to_owned(), actions, file, ..KIND.page(parts) })
}

fn notices(document: &Document) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    match fail_of(document) {
        Some(fail) => parts.push(Part::Notice(standing(document).1, fail.words().into())),
        None if document.state == STORED => {
            parts.push(Part::Notice(Tone::Notice, "It is being read. Look again in a moment.".into()));
        }
        None => {}
    }
    if document.pages > extract::Limits::default().pages {
        let words = format!(
            "It has {} pages, of which the first {} were read.",
            document.pages,
            extract::Limits::default().pages
        );
        parts.push(Part::Notice(Tone::Notice, words));
    }
    if let Some(sums) = sums_of(document)? {
        let [stated, found] = [sums.stated, sums.found].map(Money::from_pence);
        parts.push(if sums.agree {
            Part::Notice(Tone::Good, format!("The heads that were found come to the total that it states: {stated}."))
        } else {
            let words = format!("It states a total of {stated}; the heads that were found come to {found}. Look for what is missing or was misread.");
            Part::Notice(Tone::Notice, words)
        });
    }
    Ok(parts)
}

fn table(claim: &Claim, found: Vec<Found>) -> Table {
    let mut table = Table::new(
        "What it says",
        &["Fact", "#Value", "As it stands there", "Where", "The claim has", "Compared"],
        "Nothing was found.",
    );
    for candidate in found {
        let own = of_claim(claim, &candidate.field);
        let compared = match &own {
            Some(own) if *own == candidate.value => Cell::Badge("The same".into(), Tone::Good),
            Some(_) => Cell::Badge("Differs".into(), Tone::Notice),
            None => Cell::Badge("Not on the claim".into(), Tone::Plain),
        };
        table.row(vec![
            Cell::Text(label(&candidate.field)),
            Cell::Figure(shown(&candidate.field, &candidate.value)),
            Cell::Text(candidate.raw.clone()),
            Cell::Text(place(&candidate)),
            own.map_or(Cell::Empty, |own| Cell::Text(shown(&candidate.field, &own))),
            compared,
        ]);
    }
    table
}

fn place(candidate: &Found) -> String {
    match &candidate.place {
        Place::Quad(quad) => {
            // Thirds of a page are found at a glance.
            let third = match quad[0][1] {
                y if y < 1.0 / 3.0 => "top",
                y if y < 2.0 / 3.0 => "middle",
                _ => "bottom",
            };
            format!("page {}, {third}", candidate.page)
        }
        Place::Range(_) => "in the text".into(),
        Place::Span([from, to]) => format!("{from:.0} to {to:.0} s"),
    }
}

/// What a field is called.
fn label(field: &str) -> String {
    if let Some(head) = field.strip_suffix("_pence").and_then(Head::from_key) {
        return head.label().into();
    }
    let words = match field {
        "injury_prognosis_months" => "Prognosis",
        "external_reference" => "Reference",
        "medical_report_received" => "Medical report",
        "police_report_filed" => "Police report",
        "witness_present" => "Witness",
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            return letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
        }
    };
    words.into()
}

fn shown(field: &str, value: &Value) -> String {
    match value {
        Value::Flag(yes) => (if *yes { "Yes" } else { "No" }).into(),
        Value::Whole(pence) if field.ends_with("_pence") => Money::from_pence(*pence).to_string(),
        Value::Whole(months) if field == "injury_prognosis_months" => format!("{months} months"),
        Value::Whole(number) => number.to_string(),
        Value::Date(day) => contract::when::Day::from(*day).words,
        Value::Text(text) => text.clone(),
    }
}

/// What the claim has under a field; `None` where nothing was stated. What is kept under lock, age and gender, is not
/// compared.
fn of_claim(claim: &Claim, field: &str) -> Option<Value> {
    let f: &ClaimFacts = &claim.facts;
    if let Some(head) = field.strip_suffix("_pence").and_then(Head::from_key) {
        return f.heads.get(head).map(|amount| Value::Whole(amount.pence()));
    }
    let number = |n: Option<u8>| n.map(|n| Value::Whole(n.into()));
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    match field {
        "accident_date" => f.accident_date.map(Value::Date),
        "claim_date" => f.claim_date.map(Value::Date),
        "injury_prognosis_months" => number(f.injury_prognosis_months),
        "whiplash" => f.whiplash.map(Value::Flag),
        "minor_psychological_injury" => f.minor_psychological_injury.map(Value::Flag),
        "exceptional_circumstances" => f.exceptional_circumstances.map(Value::Flag),
        "police_report_filed" => f.police_report_filed.map(Value::Flag),
        "witness_present" => f.witness_present.map(Value::Flag),
        "medical_report_received" => Some(Value::Flag(claim.medical_report)),
        "vehicle_age" => number(f.vehicle_age),
        "passengers" => number(f.passengers),
        "accident_type" => text(&f.accident_type),
        "dominant_injury" => text(&f.dominant_injury),
        "vehicle_type" => text(&f.vehicle_type),
        "weather_conditions" => text(&f.weather_conditions),
        "external_reference" => text(&claim.reference),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_as_on_other_pages() {
        for (field, words) in [
            ("special_therapy_pence", "Physiotherapy"),
            ("accident_date", "Accident date"),
            ("injury_prognosis_months", "Prognosis"),
        ] {
            assert_eq!(label(field), words);
        }
        assert_eq!(shown("special_therapy_pence", &Value::Whole(42_050)), "£420.50");
        assert_eq!(shown("injury_prognosis_months", &Value::Whole(7)), "7 months");
    }
}
