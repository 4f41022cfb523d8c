//! Server functions of claims.

use contract::claim::{
    ClaimFilter, ClaimInput, ClaimView, ClaimsPage, DraftSums, DraftView, FoundClaim, PredictionView, SavedView, WhatIf,
};
use contract::page::Part;
use contract::table::Table;
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "claims/list")]
pub async fn list_claims(filter: ClaimFilter) -> Result<ClaimsPage, Failure> {
    reply(service::claims::list::list(&ctx()?, &filter).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/find")]
pub async fn find_claims(text: String) -> Result<Vec<FoundClaim>, Failure> {
    reply(service::claims::list::find(&ctx()?, &text).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/view")]
pub async fn view_claim(id: String) -> Result<ClaimView, Failure> {
    reply(service::claims::view::view(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/create")]
pub async fn create_claim(#[server(default)] input: ClaimInput) -> Result<(), Failure> {
    let entered = reply(service::claims::create::from_form(&ctx()?, &input).await)?;
    leptos_axum::redirect(&format!("/claims/{}", entered.claim.id));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/draft")]
pub async fn load_draft() -> Result<DraftView, Failure> {
    reply(service::claims::draft::load(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/save_draft")]
pub async fn save_draft(#[server(default)] input: ClaimInput) -> Result<DraftSums, Failure> {
    reply(service::claims::draft::save(&ctx()?, &input).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/discard_draft")]
pub async fn discard_draft() -> Result<(), Failure> {
    reply(service::claims::draft::discard(&ctx()?).await)?;
    leptos_axum::redirect("/claims");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/import", input = MultipartFormData)]
pub async fn import_claims(data: MultipartData) -> Result<Vec<Part>, Failure> {
    /// Larger than any file of as many rows as are taken.
    const LIMIT: usize = 8 * 1024 * 1024;
    let ctx = ctx()?;
    reply(ctx.require(domain::policy::Permission::WriteClaims))?;
    let (name, bytes, fields) = crate::server::context::upload(data, LIMIT).await?;
    let again = fields.get("again").is_some_and(|again| again == "true");
    Ok(reply(service::claims::import::import(&ctx, &name, bytes, again).await)?.parts())
}

/// The documents of a claim, or of one's own draft where `claim` is empty.
#[server(prefix = "/fn", output = Text, endpoint = "claims/documents")]
pub async fn list_documents(#[server(default)] claim: String) -> Result<Table, Failure> {
    let ctx = ctx()?;
    reply(documents_of(&ctx, &claim).await)
}

#[cfg(feature = "ssr")]
async fn documents_of(ctx: &service::Ctx, claim: &str) -> service::Result<Table> {
    match claim {
        "" => service::claims::draft::documents(ctx).await,
        id => service::documents::list::listed(ctx, id).await,
    }
}

/// Files of a claim, or of one's own draft where `claim` is empty. Answers its documents as they are then.
#[server(prefix = "/fn", output = Text, endpoint = "claims/add_document", input = MultipartFormData)]
pub async fn add_document(data: MultipartData) -> Result<Table, Failure> {
    use service::documents::upload;
    let ctx = ctx()?;
    reply(ctx.require(domain::policy::Permission::WriteClaims))?;
    // One for the request, whatever is in it.
    let _turn = reply(upload::turn(&ctx))?;
    let mut files = crate::server::context::files(data)?;
    let (mut claim, mut added, mut refused) = (None, Vec::new(), Vec::new());
    while let Some(part) = files.next().await? {
        let (name, source) = match part {
            crate::server::context::Part::Field(name, text) if name == "claim" => {
                claim = Some(text);
                continue;
            }
            crate::server::context::Part::Field(..) => continue,
            crate::server::context::Part::File(name, source) => (name, source),
        };
        // Of which claim they are stands before the files: none is put anywhere else.
        let came = match claim.as_deref() {
            None => Err(service::Error::field("file", "send the claim before its files, or nothing as the claim")),
            Some("") => upload::upload_to_draft(&ctx, &name, source).await,
            Some(id) => upload::upload(&ctx, id, &name, source).await,
        };
        match came {
            Ok(made) => added.push(made.document.id),
            Err(error) => refused.push((name, error)),
        }
        if added.len() + refused.len() == upload::AT_ONCE {
            break;
        }
    }
    reply(upload::all_or_words(&added, refused))?;
    let claim = claim.unwrap_or_default();
    leptos_axum::redirect(&if claim.is_empty() { "/claims/new".to_owned() } else { format!("/claims/{claim}") });
    reply(documents_of(&ctx, &claim).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/what_if")]
pub async fn ask_what_if(question: WhatIf) -> Result<PredictionView, Failure> {
    reply(service::claims::what_if::what_if(&ctx()?, &question).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/predict_again")]
pub async fn predict_again(id: String) -> Result<(), Failure> {
    reply(service::claims::create::predict_again(&ctx()?, &id).await)?;
    leptos_axum::redirect(&format!("/claims/{id}"));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/accept")]
pub async fn accept_prediction(
    id: String,
    prediction_id: String,
    #[server(default)] medical_report: bool,
    #[server(default)] no_whiplash: bool,
) -> Result<(), Failure> {
    // A text that is no id names no prediction, and so not the one that the claim has.
    let seen =
        prediction_id.parse().map_err(|_| service::Error::field("prediction_id", "reload the page and try again"));
    let prediction = Some(reply(seen)?);
    let put =
        service::claims::decide::Put { accept: true, prediction, medical_report, no_whiplash, ..Default::default() };
    reply(service::claims::decide::decide(&ctx()?, &id, put).await)?;
    leptos_axum::redirect(&format!("/claims/{id}"));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/override")]
pub async fn override_prediction(
    id: String,
    amount: String,
    #[server(default)] reason: String,
    #[server(default)] note: String,
    #[server(default)] medical_report: bool,
    #[server(default)] no_whiplash: bool,
) -> Result<(), Failure> {
    let ctx = ctx()?;
    let parsed = match amount.trim() {
        "" => None,
        text => Some(reply(domain::Money::parse_pounds(text).map_err(|e| service::Error::field("amount", e)))?),
    };
    let put = service::claims::decide::Put {
        accept: false,
        amount: parsed,
        reason,
        note,
        medical_report,
        no_whiplash,
        ..Default::default()
    };
    reply(service::claims::decide::decide(&ctx, &id, put).await)?;
    leptos_axum::redirect(&format!("/claims/{id}"));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/undo")]
pub async fn undo_decision(id: String, decision_id: String) -> Result<(), Failure> {
    reply(service::claims::undo::undo(&ctx()?, &id, &decision_id).await)?;
    leptos_axum::redirect(&format!("/claims/{id}"));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/flag_all")]
pub async fn flag_claims(
    #[server(default)] ids: Vec<String>,
    #[server(default)] flag_reason: String,
) -> Result<u64, Failure> {
    reply(service::claims::flag::flag_all(&ctx()?, &ids, &flag_reason).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/views")]
pub async fn list_views() -> Result<Vec<SavedView>, Failure> {
    reply(service::claims::saved_views::list(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/save_view")]
pub async fn save_view(name: String, #[server(default)] query: String) -> Result<(), Failure> {
    reply(service::claims::saved_views::save(&ctx()?, &name, &query).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/remove_view")]
pub async fn remove_view(id: String) -> Result<(), Failure> {
    reply(service::claims::saved_views::remove(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/flag")]
pub async fn flag_claim(id: String, flag_reason: String, #[server(default)] who: String) -> Result<(), Failure> {
    reply(service::claims::flag::flag_for(&ctx()?, &id, &flag_reason, &who).await)?;
    leptos_axum::redirect(&format!("/claims/{id}"));
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/hand_back")]
pub async fn hand_back(id: String, answer: String) -> Result<(), Failure> {
    reply(service::claims::review::hand_back(&ctx()?, &id, &answer).await)?;
    leptos_axum::redirect("/reviews");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "claims/reviews")]
pub async fn review_queue() -> Result<Table, Failure> {
    reply(service::claims::review::queue(&ctx()?).await)
}
