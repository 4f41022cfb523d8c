//! Server functions of models.

use contract::page::Part;
use leptos::prelude::*;
use leptos::server_fn::codec::{MultipartData, MultipartFormData};

#[cfg(feature = "ssr")]
use crate::server::context::{ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "models/upload", input = MultipartFormData)]
pub async fn upload_model(data: MultipartData) -> Result<Vec<Part>, Failure> {
    /// The cap of a packed bundle, and a little for the form around it.
    const LIMIT: usize = 16 * 1024 * 1024;
    let ctx = ctx()?;
    reply(ctx.require(domain::policy::Permission::UploadModels))?;
    let (_, bytes, fields) = crate::server::context::upload(data, LIMIT).await?;
    let notes = fields.get("notes").cloned().unwrap_or_default();
    Ok(reply(service::models::upload::upload(&ctx, bytes, &notes).await)?.parts())
}
