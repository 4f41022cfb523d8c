//! The API's description, as OpenAPI and as a page for people.

use std::fmt::Write;

use axum::Json;
use axum::response::{Html, IntoResponse};
use http::header::CONTENT_SECURITY_POLICY;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{answer, batch, claims, documents, outcomes, predictions, problem, question};

struct Key;

impl Modify for Key {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, made by an administrator."));
        openapi.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(scheme.build()));
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Solatium", description = "Settlement predictions for motor-injury claims. Decision support: a person decides."),
    paths(predictions::create, batch::create, predictions::read, claims::read, claims::decide, outcomes::record, outcomes::read, documents::upload, documents::list_all, documents::read, documents::file),
    components(schemas(question::NewClaim, answer::Prediction, answer::Claim, answer::Decision, outcomes::Outcome, outcomes::Outcomes, documents::Document, documents::Candidate, documents::Uploaded, problem::Problem)),
    modifiers(&Key)
)]
pub struct Description;

pub async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

/// A claim by the shell: what a prediction mostly rests on.
const EXAMPLE: &str = r#"curl --request POST https://YOUR-ADDRESS/api/v1/predictions \
  --header "Authorization: Bearer KEY" \
  --header "Content-Type: application/json" \
  --data '{
    "accident_type": "Rear end", "accident_date": "2026-03-31", "claim_date": "2026-04-20",
    "injury_prognosis_months": 7, "whiplash": true,
    "general_fixed_pence": 96500, "special_therapy_pence": 40600
  }'
"#;

/// The same description for people: no script, no style of its own.
pub async fn page() -> impl IntoResponse {
    let description = serde_json::to_value(Description::openapi()).unwrap_or_default();
    let mut html = String::from(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>API · Solatium</title><link rel=\"icon\" href=\"/fixed/mark-1.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/plain.css\"></head><body class=\"plain\"><main>\
         <p class=\"brand\"><a class=\"name\" href=\"/\"><img src=\"/fixed/mark-1.svg\" alt=\"\">Solatium</a><a href=\"/api-keys\">API keys</a></p><h1>API, version 1</h1>\
         <p>Send an API key with each call: <code>Authorization: Bearer KEY</code>. An administrator makes keys. \
         Amounts are whole pence. Errors are problem documents (RFC 9457) that name each field. \
         The machine-readable description is <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>\
         <h2>An example</h2><pre tabindex=\"0\">",
    );
    html.push_str(&escape(EXAMPLE));
    html.push_str("</pre>");
    for (path, methods) in description["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            operation_html(&mut html, method, path, operation);
        }
    }
    html.push_str("<h2>What is sent and answered</h2>");
    for (name, schema) in description["components"]["schemas"].as_object().into_iter().flatten() {
        schema_html(&mut html, name, schema);
    }
    html.push_str("</main></body></html>");
    (
        [(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-ancestors 'none'",
        )],
        Html(html),
    )
}

/// A description as markup: what stands between backticks is code.
fn described(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(i, part)| if i % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }).collect()
}

/// When a status is answered, where the operation does not say it.
fn usual(status: &str) -> &'static str {
    match status {
        "200" => "It was done before, or was only read.",
        "201" => "It is done.",
        "400" => "The body is no JSON, or no such JSON.",
        "401" => "The API key is missing, wrong or revoked.",
        "403" => "The key may not do this.",
        "404" => "There is nothing under this id in your company.",
        "409" => "It contradicts what is stored.",
        "413" => "The body is too large.",
        "422" => "A field is wrong: the answer names it and says how to mend it.",
        "429" => "Too many calls: wait for as long as “Retry-After” says.",
        "503" => "It cannot be done just now.",
        _ => "See the problem document.",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

// Writing into a text cannot fail.
fn operation_html(html: &mut String, method: &str, path: &str, operation: &serde_json::Value) {
    let text = |value: &serde_json::Value| escape(value.as_str().unwrap_or_default());
    let _ = write!(html, "<section><h2><code>{} {}</code></h2>", method.to_uppercase(), escape(path));
    let _ =
        write!(html, "<table><thead><tr><th scope=\"col\">Answer</th><th scope=\"col\">When</th></tr></thead><tbody>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let said = described(response["description"].as_str().unwrap_or_default());
        let when = if said.is_empty() { usual(status).to_owned() } else { said };
        let _ = write!(html, "<tr><td>{}</td><td>{when}</td></tr>", escape(status));
    }
    let _ = write!(html, "</tbody></table>");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
        let _ = write!(
            html,
            "<p><code>{name}</code> ({place}): {}</p>",
            described(parameter["description"].as_str().unwrap_or_default())
        );
    }
    let _ = write!(html, "</section>");
}

fn schema_html(html: &mut String, name: &str, schema: &serde_json::Value) {
    let _ = write!(
        html,
        "<section id=\"{0}\"><h3>{0}</h3><p>{1}</p>",
        escape(name),
        described(schema["description"].as_str().unwrap_or_default())
    );
    if schema["example"].is_object() {
        let example = serde_json::to_string_pretty(&schema["example"]).unwrap_or_default();
        let _ = write!(html, "<pre tabindex=\"0\">{}</pre>", escape(&example));
    }
    let _ = write!(
        html,
        "<table><thead><tr><th scope=\"col\">Member</th><th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead><tbody>"
    );
    for (member, property) in schema["properties"].as_object().into_iter().flatten() {
        let kind = match &property["type"] {
            serde_json::Value::Array(kinds) => kinds.iter().filter_map(|k| k.as_str()).collect::<Vec<_>>().join(" or "),
            other => other.as_str().unwrap_or("object").to_owned(),
        };
        let _ = write!(
            html,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escape(member),
            escape(&kind),
            described(property["description"].as_str().unwrap_or_default())
        );
    }
    let _ = write!(html, "</tbody></table></section>");
}
