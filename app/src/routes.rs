//! The document, and what is drawn under each address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::account::{help as account_help, page as account};
use crate::shell::{Going, going, inside, outside};
use crate::{admin, billing, claims, report, ui};

/// The document around the application.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos::nonce::use_nonce;
    use leptos_meta::{HashedStylesheet, MetaTags};

    let (theme, keys) = crate::server::context::asker()
        .map_or_else(|| ("system".to_owned(), "on".to_owned()), |asker| (asker.theme, asker.keys));
    let nonce = use_nonce();
    if let (Some(nonce), Some(response)) = (nonce, use_context::<leptos_axum::ResponseOptions>()) {
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; manifest-src 'self'"
        );
        if let Ok(value) = http::HeaderValue::from_str(&policy) {
            response.insert_header(http::header::CONTENT_SECURITY_POLICY, value);
        }
    }
    view! {
        <!DOCTYPE html>
        <html lang="en-GB" data-theme=theme data-keys=keys>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/fixed/mark-1.svg" type="image/svg+xml"/>
                <link rel="preload" href="/fixed/inter-4.woff2" fetchpriority="low" r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                <HashedStylesheet options=options.clone() id="style"/>
                <HydrationScripts options=options defer=true/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let is_going = Going::new();
    provide_context(is_going);
    view! {
        {going(is_going)}
        <Title formatter=|text: String| if text.is_empty() { "Solatium".into() } else { format!("{text} · Solatium") }/>
        <Router set_is_routing=SignalSetter::map(move |goes| is_going.page.set(goes))>
            <Routes fallback=not_found>
                <Route path=path!("") view=outside(account::welcome) ssr=SsrMode::Async/>
                <Route path=path!("sign-in") view=outside(account::sign_in) ssr=SsrMode::Async/>
                <Route path=path!("setup/:token") view=outside(account::set_up) ssr=SsrMode::Async/>
                <Route path=path!("welcome/:token") view=outside(account::choose_password) ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=inside ssr=SsrMode::Async>
                    <Route path=report::Reported view=report::page ssr=SsrMode::Async/>
                    <Route path=path!("password") view=account::change_password ssr=SsrMode::Async/>
                    <Route path=path!("policy") view=account::policy ssr=SsrMode::Async/>
                    <Route path=path!("account") view=account::account ssr=SsrMode::Async/>
                    <Route path=path!("notifications") view=account::notifications ssr=SsrMode::Async/>
                    <Route path=path!("help") view=account_help::page ssr=SsrMode::Async/>
                    <Route path=path!("claims") view=claims::list::page ssr=SsrMode::Async/>
                    <Route path=path!("claims/new") view=claims::entry::page ssr=SsrMode::Async/>
                    <Route path=path!("claims/:id") view=claims::claim::page ssr=SsrMode::Async/>
                    <Route path=path!("reviews") view=claims::review::page ssr=SsrMode::Async/>
                    <Route path=path!("people") view=admin::people::list ssr=SsrMode::Async/>
                    <Route path=path!("people/new") view=admin::people::create ssr=SsrMode::Async/>
                    <Route path=path!("people/:id") view=admin::people::person ssr=SsrMode::Async/>
                    <Route path=path!("companies") view=admin::companies::list ssr=SsrMode::Async/>
                    <Route path=path!("companies/:id") view=admin::companies::company ssr=SsrMode::Async/>
                    <Route path=path!("api-keys") view=admin::api_keys::page ssr=SsrMode::Async/>
                    <Route path=path!("invoices/:id") view=billing::page::invoice ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

fn not_found() -> AnyView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <main id="main" class="outside" tabindex="-1">
            {ui::heading("Not found", "There is nothing under this address.", vec![("To your dashboard".into(), "/dashboard".into())])}
        </main>
    }
    .into_any()
}
