//! What a document says, beside what its claim has (stories 5 and 6).

use std::collections::BTreeMap;

use contract::page::{Asks, Form, FoundView, Input, Part, Reading, Report};
use contract::table::Tone;
use domain::policy::Permission;
use domain::settlement::ClaimStatus;
use domain::{ClaimFacts, Head, Money};
use extract::{Place, Value};
use store::claims::{self, Claim};
use store::documents::{self, Document, Home, PASSED_OVER, PROPOSED};

use super::{Kind, Query, no_filters};
use crate::documents::list::{called, standing};
use crate::documents::read::{may_go_on, read_pages};
use crate::documents::{
    Found, NOT_SCANNED, STORED, answered, fail_of, found, label, looked_at, may_be_report, sums_of, typed,
};
use crate::{Ctx, Result};

pub static KIND: Kind = Kind {
    name: "document",
    title: "Document",
    lead: "What it says of the claim. Only what a person confirms goes to the claim.",
    needs: Some(Permission::ReadClaims),
    filters: no_filters,
    body: |ctx, query| Box::pin(body(ctx, query)),
    more: None,
};

/// What it is about: a claim, or the draft of one.
enum About {
    Claim(Box<Claim>),
    Draft(BTreeMap<String, String>),
}

async fn body(ctx: &Ctx, query: &Query) -> Result<Report> {
    if query.text("id").is_empty() {
        return Ok(KIND.page(vec![Part::Text("A document is opened from its claim.".into())]));
    }
    let document = looked_at(ctx, query.text("id")).await?;
    let about = match document.home {
        Home::Claim(claim) => About::Claim(Box::new(claims::find(ctx.store(), ctx.caller.reach, claim).await?)),
        Home::Draft(_) => About::Draft(crate::claims::draft::fields(ctx).await?),
    };
    let found = found(ctx, &document).await?;
    let mut parts = notices(&document, &found)?;
    let same = documents::same(ctx.store(), ctx.caller.reach, document.company, &document.sha256).await?;
    let others: Vec<String> = same
        .into_iter()
        .filter(|(_, on, _)| Some(*on) != document.claim())
        .map(|(_, _, n)| crate::claims::number(n))
        .collect();
    if !others.is_empty() && !document.sha256.is_empty() {
        let words = format!("The same file is on {} too: check whose it is.", others.join(", "));
        parts.push(Part::Notice(Tone::Notice, words));
    }
    let open = match &about {
        About::Claim(claim) => claim.status != ClaimStatus::Decided,
        About::Draft(_) => true,
    };
    let may = ctx.caller.holds(Permission::WriteClaims) && open;
    // There is something to look at or to listen to, also where nothing was found in it.
    let shown = matches!(document.kind.as_str(), "pdf" | "image" | "audio" | "video") && document.pages > 0;
    if !found.is_empty() || shown && document.state != crate::documents::QUARANTINED {
        parts.push(Part::Reading(reading(&document, &about, found, may)));
    }
    parts.extend(text_of(ctx, &document).await?);
    if may {
        parts.extend(forms(&document, &about));
    }
    if let (About::Claim(_), true) = (&about, ctx.caller.holds(Permission::WriteClaims)) {
        parts.push(Part::Form(crate::documents::retention::form(&document)));
    }
    let back = match &about {
        About::Claim(claim) => {
            (format!("Claim {}", crate::claims::number(claim.number)), format!("/claims/{}", claim.id))
        }
        About::Draft(_) => ("Go on with the form".into(), "/claims/new".into()),
    };
    let file = Some(("Download the file".into(), format!("/documents/{}/file", document.id)));
    // What is being read is looked at again.
    let again = (document.state == STORED).then_some(2);
    Ok(Report { title: called(&document).to_owned(), actions: vec![back], file, again, ..KIND.page(parts) })
}

/// What was heard, or what stands in a document of which there is no picture.
async fn text_of(ctx: &Ctx, document: &Document) -> Result<Option<Part>> {
    let title = match document.kind.as_str() {
        "audio" | "video" => "What was heard",
        "text" | "email" | "docx" => "Its text",
        _ => return Ok(None),
    };
    let pages = read_pages(ctx, document).await?;
    let text = pages.into_iter().map(|page| page.text).collect::<Vec<_>>().join("\n\n");
    let cut: String = text.chars().take(MOST_SHOWN).collect();
    Ok((!cut.trim().is_empty()).then(|| Part::Said(title.into(), cut)))
}

/// Letters of a text that are shown.
const MOST_SHOWN: usize = 40_000;

fn forms(document: &Document, about: &About) -> Vec<Part> {
    let mut parts = Vec::new();
    if document.state == "needs_password" {
        parts.push(Part::Form(Form {
            act: crate::documents::read::PASSWORD.name.into(),
            id: "locked".into(),
            lead: "The password opens it once, for reading; it is kept nowhere.".into(),
            with: vec![("id".into(), document.id.to_string())],
            inputs: vec![Input::new("password", "Password of the document", Asks::Text).required()],
            submit: "Open and read it".into(),
            primary: true,
            ..Form::default()
        }));
    }
    if may_go_on(document) {
        parts.push(Part::Form(Form {
            act: crate::documents::read::MORE.name.into(),
            id: "more".into(),
            with: vec![("id".into(), document.id.to_string())],
            submit: "Read the next pages".into(),
            ..Form::default()
        }));
    }
    if let About::Draft(_) = about {
        parts.push(Part::Form(Form {
            act: crate::documents::remove::REMOVE.name.into(),
            id: "remove".into(),
            with: vec![("id".into(), document.id.to_string())],
            submit: "Take it off the draft".into(),
            ..Form::default()
        }));
    }
    if matches!(about, About::Claim(_)) && (document.report || may_be_report(document)) {
        parts.push(Part::Form(is_report(document)));
    }
    parts
}

fn notices(document: &Document, found: &[Found]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    match fail_of(document) {
        Some(fail) => parts.push(Part::Notice(standing(document).1, fail.words().into())),
        None if document.state == STORED && found.is_empty() => {
            parts.push(Part::Notice(Tone::Notice, "It is being read.".into()));
        }
        None if document.state == STORED => {
            parts.push(Part::Notice(Tone::Notice, "The next pages are being read.".into()));
        }
        None => {}
    }
    if document.scan == NOT_SCANNED && document.state != STORED {
        parts.push(Part::Text("Not scanned for malware. Open a downloaded file with care.".into()));
    }
    if document.kind == "pdf" && document.read_to > 0 && document.read_to < document.pages {
        let words = format!("It has {} pages, of which the first {} were read.", document.pages, document.read_to);
        parts.push(Part::Notice(Tone::Notice, words));
    }
    let pages = extract::Limits::default().pages;
    if document.kind != "pdf" && document.pages > pages {
        let words = format!("It is as long as {} pages, of which some {pages} were read.", document.pages);
        parts.push(Part::Notice(Tone::Notice, words));
    }
    if let Some(until) = document.retain_until {
        parts.push(Part::Text(format!("Not deleted before {}.", contract::when::Day::from(until).words)));
    }
    if document.held {
        parts.push(Part::Notice(Tone::Notice, "Held: it is not deleted, whatever the day.".into()));
    }
    if ["audio", "video"].contains(&document.kind.as_str()) {
        parts.push(Part::Text("Of a recording the first three minutes are heard. Amounts are not proposed from speech: look for them under “What was heard”.".into()));
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

/// What was found, each with the claim's own beside it.
fn reading(document: &Document, about: &About, found: Vec<Found>, may: bool) -> Reading {
    let base = format!("/documents/{}", document.id);
    let drawn = matches!(document.kind.as_str(), "pdf" | "image") && document.pages > 0;
    Reading {
        pages: drawn.then(|| (format!("{base}/pages"), document.pages)),
        found: found.into_iter().map(|candidate| found_view(about, candidate)).collect(),
        sound: matches!(document.kind.as_str(), "audio" | "video").then(|| format!("{base}/sound")),
        video: (document.kind == "video").then(|| format!("{base}/preview")),
        lead: match about {
            About::Claim(_) => "Whatever you confirm goes to the claim, which is predicted anew.".into(),
            About::Draft(_) => "Whatever you confirm goes into your draft; then go on with the form.".into(),
        },
        acts: (crate::documents::answer::ANSWER.name.into(), crate::documents::answer::REOPEN.name.into()),
        may,
    }
}

fn found_view(about: &About, found: Found) -> FoundView {
    let open = matches!(found.answer.state.as_str(), PROPOSED | PASSED_OVER);
    let (own, same) = match about {
        About::Claim(claim) => {
            let own = of_claim(claim, &found.field);
            let same = own.as_ref().map(|own| *own == found.value);
            (own.map(|own| format!("The claim has {}", shown(&found.field, &own))), same)
        }
        About::Draft(fields) => of_draft(fields, &found),
    };
    let standing = match same {
        _ if found.answer.state != PROPOSED => answered(&found.answer.state),
        Some(true) => ("The same", Tone::Good),
        Some(false) => ("Differs", Tone::Notice),
        None if matches!(about, About::Draft(_)) => ("Not in the draft", Tone::Plain),
        None => ("Not on the claim", Tone::Plain),
    };
    let yes_no = || Asks::Choice(vec![("true".into(), "Yes".into()), ("false".into(), "No".into())]);
    FoundView {
        id: found.id.to_string(),
        version: found.answer.version,
        label: label(&found.field),
        value: typed(&found.field, &found.value),
        asks: match found.value {
            Value::Flag(_) => yes_no(),
            Value::Date(_) => Asks::Date,
            Value::Whole(_) if found.field.ends_with("_pence") => Asks::Pounds,
            Value::Whole(_) | Value::Text(_) => Asks::Text,
        },
        place: place(&found),
        before: with_gap(&found.before, true),
        after: with_gap(&found.after, false),
        page: found.page,
        quad: match found.place {
            Place::Quad(quad) => Some(quad),
            Place::Range(_) | Place::Span(_) => None,
        },
        span: match found.place {
            Place::Span(span) => Some(span),
            Place::Quad(_) | Place::Range(_) => None,
        },
        raw: found.raw,
        own: own.unwrap_or_default(),
        standing: (standing.0.into(), standing.1),
        open,
    }
}

/// What the draft has under a field, as it was typed, and whether that is what was found.
fn of_draft(fields: &BTreeMap<String, String>, found: &Found) -> (Option<String>, Option<bool>) {
    let name = found.field.strip_suffix("_pence").unwrap_or(&found.field);
    let Some(text) = fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()) else {
        return (None, None);
    };
    let own = match &found.value {
        Value::Whole(_) if found.field.ends_with("_pence") => {
            Money::parse_pounds(text).ok().map(|amount| Value::Whole(amount.pence()))
        }
        Value::Whole(_) => text.parse().ok().map(Value::Whole),
        Value::Flag(_) => Some(Value::Flag(matches!(text, "yes" | "true"))),
        Value::Date(_) => text.parse().ok().map(Value::Date),
        Value::Text(_) => Some(Value::Text(text.to_owned())),
    };
    let words = own.as_ref().map_or_else(|| text.to_owned(), |own| shown(&found.field, own));
    (Some(format!("The draft has {words}")), Some(own.as_ref() == Some(&found.value)))
}

/// Words before or behind, which are cut out of more.
fn with_gap(words: &str, before: bool) -> String {
    match (words.is_empty(), before) {
        (true, _) => String::new(),
        (false, true) => format!("… {words} "),
        (false, false) => format!(" {words} …"),
    }
}

/// Whether it is the medical report without which no whiplash claim is settled.
fn is_report(document: &Document) -> Form {
    let form = Form {
        act: "document.report".into(),
        id: "report".into(),
        with: vec![("id".into(), document.id.to_string()), ("report".into(), (!document.report).to_string())],
        ..Form::default()
    };
    if document.report {
        let lead = "This document is the claim’s medical report.".into();
        return Form { lead, submit: "It is not the medical report".into(), ..form };
    }
    let lead = "A whiplash claim is not settled without a medical report (Civil Liability Act 2018, section 6).".into();
    Form { lead, submit: "This is the medical report".into(), ..form }
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

fn shown(field: &str, value: &Value) -> String {
    match value {
        Value::Flag(yes) => (if *yes { "Yes" } else { "No" }).into(),
        Value::Whole(pence) if field.ends_with("_pence") => Money::from_pence(*pence).to_string(),
        Value::Whole(months) if field == "injury_prognosis_months" => super::parts::months(*months),
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
