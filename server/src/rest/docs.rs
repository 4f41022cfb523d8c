//! The API's description, as OpenAPI and as a page for people.

use std::fmt::Write;

use axum::Json;
use axum::response::{Html, IntoResponse};
use http::header::CONTENT_SECURITY_POLICY;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{answer, batch, claims, predictions, problem, question};

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
    paths(predictions::create, batch::create, predictions::read, claims::read, claims::decide),
    components(schemas(question::NewClaim, answer::Prediction, answer::Claim, answer::Decision, problem::Problem)),
    modifiers(&Key)
)]
pub struct Description;

pub async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}

/// The same description for people: no script, no style of its own.
pub async fn page() -> impl IntoResponse {
    let description = serde_json::to_value(Description::openapi()).unwrap_or_default();
    let mut html = String::from(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>API · Solatium</title><link rel=\"icon\" href=\"/fixed/mark-1.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/plain.css\"></head><body class=\"plain\"><main>\
         <p class=\"brand\"><a href=\"/\">Solatium</a></p><h1>API, version 1</h1>\
         <p>Send an API key with each call: <code>Authorization: Bearer KEY</code>. An administrator makes keys. \
         Amounts are whole pence. Errors are problem documents (RFC 9457) that name each field. \
         The machine-readable description is <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>",
    );
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
        [(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'")],
        Html(html),
    )
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
        let _ = write!(html, "<tr><td>{}</td><td>{}</td></tr>", escape(status), text(&response["description"]));
    }
    let _ = write!(html, "</tbody></table>");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
        let _ = write!(html, "<p><code>{name}</code> ({place}): {}</p>", text(&parameter["description"]));
    }
    let _ = write!(html, "</section>");
}

fn schema_html(html: &mut String, name: &str, schema: &serde_json::Value) {
    let text = |value: &serde_json::Value| escape(value.as_str().unwrap_or_default());
    let _ = write!(html, "<section id=\"{0}\"><h3>{0}</h3><p>{1}</p>", escape(name), text(&schema["description"]));
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
            text(&property["description"])
        );
    }
    let _ = write!(html, "</tbody></table></section>");
}
