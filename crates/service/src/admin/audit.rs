//! What the audit log records, in words.

/// Every action that is recorded, by which the log can be filtered.
pub const ACTIONS: &[&str] = &[
    "access.refused",
    "alert.acknowledged",
    "alert.muted",
    "alert.resolved",
    "alert.told",
    "alert.unmuted",
    "api_key.created",
    "api_key.revoked",
    "audit.adopted",
    "audit.exported",
    "authority.set",
    "bank.ignored",
    "bank.imported",
    "bookmark.put",
    "bookmark.removed",
    "card.added",
    "claim.contested",
    "claim.created",
    "claim.decided",
    "claim.flagged",
    "claim.handed_back",
    "claim.predicted",
    "claim.read",
    "claim.restated",
    "claim.undone",
    "claims.imported",
    "company.created",
    "company.updated",
    "contract.amended",
    "contract.changed",
    "credit_note.drafted",
    "department.created",
    "diary.added",
    "diary.clock",
    "diary.done",
    "document.answered",
    "document.attached",
    "document.discarded",
    "document.downloaded",
    "document.is_no_report",
    "document.is_report",
    "document.read",
    "document.read_on",
    "document.retained",
    "document.uploaded",
    "estimate.given",
    "estimate.rules",
    "export.begun",
    "export.made",
    "fairness.answered",
    "fairness.asked",
    "fairness.read",
    "fairness.reported",
    "figures.recounted",
    "heads.assessed",
    "invitation.accepted",
    "invoice.approved",
    "invoice.discarded",
    "invoice.disputed",
    "invoice.drafted",
    "invoice.issued",
    "invoice.paid",
    "invoice.rejected",
    "invoice.submitted",
    "invoice.undisputed",
    "invoice.written_off",
    "invoices.generated",
    "job.cancelled",
    "job.failed",
    "job.run_again",
    "keys.rewrapped",
    "mail.attempted",
    "material.completed",
    "material.published",
    "material.saved",
    "methodology.published",
    "model.approved",
    "model.deployed",
    "model.measured",
    "model.measuring",
    "model.noted",
    "model.refused",
    "model.retrained",
    "model.returned",
    "model.rolled_back",
    "model.stopped",
    "model.uploaded",
    "model.withdrawn",
    "notice.made",
    "offer.ended",
    "offer.made",
    "outcome.corrected",
    "outcome.recorded",
    "password.changed",
    "password.reset",
    "payment.allocated",
    "payment.recorded",
    "payment.refunded",
    "payment.released",
    "payment.reversed",
    "person.activated",
    "person.created",
    "person.deactivated",
    "person.left",
    "person.updated",
    "policy.acknowledged",
    "predictions.exported",
    "profile.saved",
    "profile.wished",
    "publication.asked",
    "publication.made",
    "report.downloaded",
    "retraining.asked",
    "retraining.planned",
    "retraining.unplanned",
    "session.ended",
    "session.refused",
    "session.started",
    "setup.offered",
    "stream.watched",
    "terms.set",
    "trial.ended",
    "trial.looked",
    "trial.started",
    "trial.widened",
    "tutorial.completed",
    "tutorial.skipped",
    "tutorial.went_on",
    "vat.added",
];

/// An action in words.
pub fn words(action: &str, details: &str) -> String {
    let details: serde_json::Value = serde_json::from_str(details).unwrap_or_default();
    let money = |key: &str| details[key].as_i64().map(|p| domain::Money::from_pence(p).to_string());
    let text = |key: &str| details[key].as_str().unwrap_or_default().to_owned();
    match action {
        "access.refused" => format!("Was refused, lacking the permission to {}", spoken(&text("permission"))),
        "audit.adopted" => format!("Took {} rows of an earlier version into the chains", details["rows"]),
        "audit.exported" => "Exported the head of the audit log".into(),
        "claim.read" => "Looked at the claim".into(),
        "claim.created" => match money("predicted") {
            Some(amount) => format!("Entered the claim; predicted {amount}"),
            None => "Entered the claim".into(),
        },
        "claim.predicted" => match money("amount") {
            Some(amount) => format!("Predicted again: {amount}"),
            None => "Predicted again".into(),
        },
        "claim.decided" => {
            let amount = money("amount").unwrap_or_default();
            match text("kind").as_str() {
                "accepted" => format!("Accepted the prediction: {amount}"),
                "overridden" => format!("Overrode the prediction with {amount}"),
                _ => format!("Decided by hand: {amount}"),
            }
        }
        "claim.undone" => format!("Undid the decision of {}", money("amount").unwrap_or_default()),
        "document.downloaded" => "Took a document's file away".into(),
        "document.read" => match text("fail_code").as_str() {
            "" => format!("Read a document: {} facts found", details["candidates"]),
            _ => "Read a document: nothing was found".into(),
        },
        "document.uploaded" => match details["claim"].is_null() {
            true => "Put a document on the own draft".into(),
            false => "Put a document on the claim".into(),
        },
        "document.attached" => "Put a draft’s document on the claim that it became".into(),
        "document.discarded" => "Discarded a draft’s document".into(),
        "document.read_on" => format!("Had a document read on from page {}", details["from"]),
        "document.retained" => match (text("until").as_str(), details["held"] == true) {
            (_, true) => "Held a document".into(),
            ("", false) => "Set no day before which a document is kept".into(),
            (day, false) => format!("Set that a document is kept until {day}"),
        },
        "document.answered" => {
            let field = crate::documents::label(&text("field"));
            match text("state").as_str() {
                "reopened" => format!("Took the answer to “{field}” of a document back"),
                "rejected" => format!("Rejected what a document says under “{field}”"),
                "edited" => format!("Took “{field}” over from a document, edited"),
                _ => format!("Took “{field}” over from a document"),
            }
        }
        "document.is_report" => "Said that a document is the medical report".into(),
        "document.is_no_report" => "Said that a document is not the medical report".into(),
        "claim.restated" => {
            let fields = details["fields"].as_array().cloned().unwrap_or_default();
            let fields: Vec<String> = fields.iter().filter_map(|f| f.as_str()).map(crate::documents::label).collect();
            match money("predicted") {
                Some(amount) => format!("Changed: {}; predicted {amount}", fields.join(", ")),
                None if fields.is_empty() => "Changed".into(),
                None => format!("Changed: {}", fields.join(", ")),
            }
        }
        "claim.contested" => format!("The claimant contests the settlement of {}", money("amount").unwrap_or_default()),
        "offer.made" => match text("side").as_str() {
            "ours" => format!("Offered {}", money("amount").unwrap_or_default()),
            _ => format!("The claimant’s side asks {}", money("amount").unwrap_or_default()),
        },
        "offer.ended" => format!("The offer of {} was {}", money("amount").unwrap_or_default(), text("state")),
        "outcome.recorded" => format!("Recorded that it settled for {}", money("amount").unwrap_or_default()),
        "outcome.corrected" => format!("Corrected what it settled for to {}", money("amount").unwrap_or_default()),
        "heads.assessed" => format!("Assessed the heads: {}", money("total").unwrap_or_default()),
        "estimate.given" => "Gave an own estimate before the prediction was shown".into(),
        "estimate.rules" => "Set when an own estimate comes first".into(),
        "authority.set" => match money("limit") {
            Some(limit) => format!("Set an authority limit of {limit} from {}", text("since")),
            None => format!("Took an authority limit away from {}", text("since")),
        },
        "diary.added" => format!("Put a next action into the diary for {}", text("due")),
        "diary.clock" => match details["met"] == true {
            true => format!("Said that a clock is met: {}", text("what")),
            false => format!("Said that a clock is not met: {}", text("what")),
        },
        "diary.done" => "Did what stood in the diary".into(),
        "bookmark.put" => "Bookmarked the claim".into(),
        "bookmark.removed" => "Removed a bookmark".into(),
        "notice.made" => "Made the claimant’s notice".into(),
        "profile.saved" => "Saved the own profile".into(),
        "profile.wished" => "Chose how to be told".into(),
        "tutorial.completed" => "Completed the tutorial".into(),
        "tutorial.skipped" => "Put the tutorial aside".into(),
        "tutorial.went_on" => "Went on with the tutorial".into(),
        "claim.flagged" => "Flagged for review".into(),
        "claim.handed_back" => "Reviewed and handed back".into(),
        "claims.imported" => format!("Imported {} claims from a file", details["claims"]),
        "session.started" => "Signed in".into(),
        "session.ended" => "Signed out".into(),
        "session.refused" => "A sign-in was refused".into(),
        "password.changed" => "Changed the password".into(),
        "password.reset" => "Reset a password".into(),
        "policy.acknowledged" => "Acknowledged the data-protection policy".into(),
        "person.created" => format!("Created a person ({})", text("role")),
        "person.updated" => "Changed a person's particulars".into(),
        "person.left" => "A person left for another company".into(),
        "person.activated" => "Activated a person".into(),
        "person.deactivated" => "Deactivated a person".into(),
        "company.created" => format!("Created the company {}", text("name")),
        "company.updated" => format!("Changed the company {}", text("name")),
        "department.created" => format!("Created the department {}", text("name")),
        "api_key.created" => format!("Made the API key “{}”", text("name")),
        "api_key.revoked" => format!("Revoked the API key “{}”", text("name")),
        "model.uploaded" => format!("Uploaded {} v{}", text("name"), details["version"]),
        "model.approved" => format!("Approved {} v{}", text("name"), details["version"]),
        "model.measured" => format!("Measured {} v{} on true outcomes", text("name"), details["version"]),
        "model.measuring" => format!("Had {} v{} measured on true outcomes", text("name"), details["version"]),
        "model.noted" => format!("Added a note to {} v{}", text("name"), details["version"]),
        "model.retrained" => format!("Retrained: {}", text("reason")),
        "retraining.planned" => format!("Planned retraining: {}", text("cron")),
        "retraining.unplanned" => "Planned no more retraining".into(),
        "retraining.asked" => "Ordered a retraining".into(),
        "model.returned" => "Returned to what serves everybody".into(),
        "model.stopped" => format!("Stopped serving: {}", text("reason")),
        "model.withdrawn" => format!("Withdrew {} v{}: {}", text("name"), details["version"], text("reason")),
        "model.refused" => "A model bundle was refused".into(),
        "model.deployed" => format!("Deployed {} v{}", text("name"), details["version"]),
        "model.rolled_back" => format!("Rolled back to {} v{}", text("name"), details["version"]),
        "alert.acknowledged" => format!("Acknowledged the alert of {}", text("signal")),
        "alert.resolved" => "An alert is over: its version serves no more".into(),
        "alert.muted" => format!("Muted the alert of {} until {}", text("signal"), text("until")),
        "alert.told" => format!("Told of the alert of {}", text("signal")),
        "alert.unmuted" => format!("Took the mute of the alert of {} back", text("signal")),
        "stream.watched" => format!("Looked at the claims of the week of {}", text("week")),
        "export.begun" => format!("Began to download {} as {}", text("what"), text("format")),
        "export.made" => format!(
            "Downloaded {} as {}: {} rows, SHA-256 {}",
            text("what"),
            text("format"),
            details["rows"],
            text("sha256")
        ),
        "predictions.exported" => "Downloaded the predictions".into(),
        "report.downloaded" => format!("Downloaded “{}” as a table", text("table").replace('-', " ")),
        "terms.set" => format!("Set the price to {} a prediction", text("unit_price")),
        "invoices.generated" => format!("Ordered the draft invoices of {}", month(&text("month"))),
        "bank.ignored" => "Set a line of the bank’s file aside".into(),
        "bank.imported" => format!("Read a bank file with {} new lines", text("new")),
        "card.added" => format!("Added the rate card {} version {}", text("name"), text("version")),
        "contract.amended" => format!("Agreed to terms from {} on", text("effective_from")),
        "contract.changed" => "Changed when a contract ends".into(),
        "credit_note.drafted" => format!("Drafted a credit note of {}", text("of")),
        "invoice.disputed" => format!("Noted that {} is disputed", text("number")),
        "invoice.rejected" => "Sent a document back".into(),
        "invoice.submitted" => "Sent a document for review".into(),
        "invoice.undisputed" => format!("Noted that {} is disputed no more", text("number")),
        "invoice.written_off" => format!("Wrote the rest of {} off", text("number")),
        "payment.allocated" => format!("Allocated a payment to {}", text("number")),
        "payment.recorded" => format!("Recorded a payment of {}", text("number")),
        "payment.refunded" => "Noted a refund".into(),
        "payment.released" => "Took a payment’s allocations back".into(),
        "payment.reversed" => "Reversed a payment".into(),
        "vat.added" => format!("Added a VAT rate of {}", text("rate")),
        "invoice.approved" => "Approved an invoice".into(),
        "invoice.issued" => format!("Issued invoice {}", text("number")),
        "invoice.discarded" => "Discarded a draft invoice".into(),
        "invoice.paid" => format!("Recorded the payment of {}", text("number")),
        "fairness.reported" => format!("Made a fairness report: {} findings", details["found"]),
        "fairness.read" => "Read a fairness report".into(),
        "fairness.answered" => format!("Answered the finding “{}”", text("about")),
        "fairness.asked" => "Ordered a fairness report".into(),
        "publication.asked" => format!("Ordered the report “{}” for {}", text("title"), text("audience")),
        "publication.made" => format!("Published the report “{}” for {}", text("title"), text("audience")),
        "material.saved" => format!("Wrote the training material “{}”", text("title")),
        "material.published" => format!("Published the training material “{}”", text("title")),
        "material.completed" => "Completed a training".into(),
        "methodology.published" => format!("Published version {} of how predictions come about", details["version"]),
        "trial.started" => format!("Began to try {} v{} in the shadow", text("name"), details["version"]),
        "trial.widened" => format!(
            "Let a version on trial answer {}% of the claims",
            details["share"].as_i64().unwrap_or_default() / 100
        ),
        "trial.ended" => "Ended a trial".into(),
        "trial.looked" => format!("Looked at {} paired outcomes of a trial", details["pairs"]),
        "figures.recounted" => "Counted the figures anew".into(),
        "invitation.accepted" => "Chose a password".into(),
        "mail.attempted" => format!("Mail about {}: {}", text("about"), text("state")),
        "job.failed" => format!("A job failed after {} attempts: {}", details["attempts"], text("kind")),
        "job.cancelled" => format!("Cancelled a job: {}", text("kind")),
        "job.run_again" => format!("Ran a job again: {}", text("kind")),
        "invoice.drafted" if !text("period").is_empty() => format!("Drafted the invoice of {}", text("period")),
        "invoice.drafted" => format!("Drafted the invoice that ends with {}", month(&text("month"))),
        "keys.rewrapped" => format!("Wrapped {} keys with the new master key", details["keys"]),
        "setup.offered" => "Offered the set-up link".into(),
        other => other.replace(['.', '_'], " "),
    }
}

/// `2026-10` as people say it.
fn month(text: &str) -> String {
    text.parse::<billing::Month>().map_or_else(|_| text.to_owned(), |month| month.words())
}

/// A permission's name as it is spoken: "ReadJobs" is "read jobs".
fn spoken(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_words_of_its_own() {
        assert!(ACTIONS.is_sorted());
        for action in ACTIONS {
            assert_ne!(words(action, "{}"), action.replace(['.', '_'], " "), "{action}");
        }
    }
}
