//! Server functions of models.

use contract::model::{Comparison, ModelView, ModelsView, UploadOutcome};
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "models/list")]
pub async fn list_models() -> Result<ModelsView, Failure> {
    reply(service::models::list::list(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "models/view")]
pub async fn view_model(id: String) -> Result<ModelView, Failure> {
    reply(service::models::view::view(&ctx()?, &id).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "models/upload", input = MultipartFormData)]
pub async fn upload_model(data: MultipartData) -> Result<UploadOutcome, Failure> {
    /// The cap of a packed bundle, and a little for the form around it.
    const LIMIT: usize = 16 * 1024 * 1024;
    let ctx = ctx()?;
    reply(ctx.require(domain::policy::Permission::UploadModels))?;
    let (_, bytes, fields) = crate::server::context::upload(data, LIMIT).await?;
    let notes = fields.get("notes").cloned().unwrap_or_default();
    reply(service::models::upload::upload(&ctx, bytes, &notes).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "models/compare")]
pub async fn compare_models(left: String, right: String) -> Result<Comparison, Failure> {
    reply(service::models::compare::compare(&ctx()?, &left, &right).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "models/deploy")]
pub async fn deploy_model(id: String, #[server(default)] note: String) -> Result<String, Failure> {
    reply(service::models::deploy::deploy(&ctx()?, &id, &note).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "models/roll_back")]
pub async fn roll_back_model() -> Result<String, Failure> {
    reply(service::models::deploy::roll_back(&ctx()?).await)
}
