//! The routes and the shell around every page.

use contract::account::Viewer;
use domain::policy::Permission as P;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{A, Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::account::{api as account_api, page as account};
use crate::pages::{Needs, PAGES, Page, Section};
use crate::ui::act::{Act, ActForm, Said, toast};
use crate::ui::load::{Reload, load};
use crate::{admin, billing, claims, jobs, models, report, ui};

/// The document around the application.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    use leptos::nonce::use_nonce;
    use leptos_meta::{HashedStylesheet, MetaTags};

    let theme = crate::server::context::asker().map_or_else(|| "system".to_owned(), |a| a.theme);
    let nonce = use_nonce();
    if let (Some(nonce), Some(response)) = (nonce, use_context::<leptos_axum::ResponseOptions>()) {
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; manifest-src 'self'"
        );
        if let Ok(value) = http::HeaderValue::from_str(&policy) {
            response.insert_header(http::header::CONTENT_SECURITY_POLICY, value);
        }
    }
    view! {
        <!DOCTYPE html>
        <html lang="en-GB" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <HashedStylesheet options=options.clone() id="style"/>
                <HydrationScripts options=options/>
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
    view! {
        <Title formatter=|text: String| if text.is_empty() { "Solatium".into() } else { format!("{text} · Solatium") }/>
        <Router>
            <Routes fallback=not_found>
                <Route path=path!("") view=outside(account::welcome) ssr=SsrMode::Async/>
                <Route path=path!("sign-in") view=outside(account::sign_in) ssr=SsrMode::Async/>
                <Route path=path!("setup/:token") view=outside(account::set_up) ssr=SsrMode::Async/>
                <Route path=path!("welcome/:token") view=outside(account::choose_password) ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=inside ssr=SsrMode::Async>
                    <Route path=path!("dashboard") view=|| report::page("dashboard") ssr=SsrMode::Async/>
                    <Route path=path!("team") view=|| report::page("team") ssr=SsrMode::Async/>
                    <Route path=path!("password") view=account::change_password ssr=SsrMode::Async/>
                    <Route path=path!("policy") view=account::policy ssr=SsrMode::Async/>
                    <Route path=path!("account") view=account::account ssr=SsrMode::Async/>
                    <Route path=path!("notifications") view=account::notifications ssr=SsrMode::Async/>
                    <Route path=path!("trail") view=|| report::page("trail") ssr=SsrMode::Async/>
                    <Route path=path!("claims") view=claims::list::page ssr=SsrMode::Async/>
                    <Route path=path!("claims/new") view=claims::entry::page ssr=SsrMode::Async/>
                    <Route path=path!("claims/import") view=claims::import::page ssr=SsrMode::Async/>
                    <Route path=path!("claims/:id") view=claims::claim::page ssr=SsrMode::Async/>
                    <Route path=path!("reviews") view=claims::review::page ssr=SsrMode::Async/>
                    <Route path=path!("models") view=models::page::list ssr=SsrMode::Async/>
                    <Route path=path!("models/upload") view=models::page::upload ssr=SsrMode::Async/>
                    <Route path=path!("models/compare") view=models::page::compare ssr=SsrMode::Async/>
                    <Route path=path!("models/:id") view=models::page::model ssr=SsrMode::Async/>
                    <Route path=path!("predictions") view=|| report::page("predictions") ssr=SsrMode::Async/>
                    <Route path=path!("people") view=admin::people::list ssr=SsrMode::Async/>
                    <Route path=path!("people/new") view=admin::people::create ssr=SsrMode::Async/>
                    <Route path=path!("people/:id") view=admin::people::person ssr=SsrMode::Async/>
                    <Route path=path!("companies") view=admin::companies::list ssr=SsrMode::Async/>
                    <Route path=path!("companies/:id") view=admin::companies::company ssr=SsrMode::Async/>
                    <Route path=path!("jobs") view=jobs::page ssr=SsrMode::Async/>
                    <Route path=path!("audit") view=|| report::page("audit") ssr=SsrMode::Async/>
                    <Route path=path!("api-keys") view=admin::api_keys::page ssr=SsrMode::Async/>
                    <Route path=path!("api-calls") view=|| report::page("api-calls") ssr=SsrMode::Async/>
                    <Route path=path!("prices") view=billing::page::prices ssr=SsrMode::Async/>
                    <Route path=path!("usage") view=|| report::page("usage") ssr=SsrMode::Async/>
                    <Route path=path!("invoices") view=billing::page::invoices ssr=SsrMode::Async/>
                    <Route path=path!("invoices/:id") view=billing::page::invoice ssr=SsrMode::Async/>
                    <Route path=path!("revenue") view=|| report::page("revenue") ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// A page for somebody who need not be signed in.
fn outside(page: fn() -> AnyView) -> impl Fn() -> AnyView + Send + Sync + Clone + 'static {
    move || {
        view! {
            <a class="skip" href="#main" rel="external">"Skip to the content"</a>
            <main id="main" class="outside" tabindex="-1">{page()}</main>
        }
        .into_any()
    }
}

/// Navigation, and the page beside it.
fn inside() -> AnyView {
    provide_context(Reload(RwSignal::new(0)));
    let said = Said(RwSignal::new(""));
    provide_context(said);
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the content"</a>
        <div class="shell">
            {load(|| account_api::ReadViewer {}, navigation)}
            <main id="main" tabindex="-1"><Outlet/></main>
            {toast(said)}
        </div>
    }
    .into_any()
}

/// What the role may open of a section; nobody meets a link that answers "forbidden".
fn links(viewer: &Viewer, section: Section) -> Vec<&'static Page> {
    let may = |page: &&Page| match page.needs {
        Needs::Permission(permission) => viewer.may(permission),
        Needs::Nothing | Needs::SignIn => true,
    };
    PAGES.iter().filter(|page| page.section == Some(section)).filter(may).collect()
}

/// A section of the navigation, with how much waits behind a link; nothing where the role has none.
fn section(viewer: &Viewer, section: Section) -> Option<AnyView> {
    let pages = links(viewer, section);
    if pages.is_empty() {
        return None;
    }
    let id = format!("nav-{}", section.label().to_lowercase());
    let items: Vec<_> = pages
        .into_iter()
        .map(|page| {
            let count = viewer.waiting.iter().find(|(path, _)| path == page.path).map(|(_, n)| *n);
            let count = count.map(|n| view! { " "<span class="count">{n}</span> });
            // A page with pages below it that are in the navigation too is not current with them.
            let exact = PAGES.iter().any(|p| p.section.is_some() && p.path.starts_with(&format!("{}/", page.path)));
            view! { <li><A href=page.path exact=exact>{page.label}{count}</A></li> }
        })
        .collect();
    let view = view! {
        <li>
            <p class="section" id=id.clone()>{section.label()}</p>
            <ul aria-labelledby=id>{items}</ul>
        </li>
    };
    Some(view.into_any())
}

fn navigation(viewer: Viewer) -> AnyView {
    let out = Act::new::<account_api::SignOut>();
    let sections: Vec<_> = Section::ALL.into_iter().filter_map(|s| section(&viewer, s)).collect();
    let find = viewer.may(P::ReadClaims).then(|| {
        view! {
            <form class="find" action="/claims" method="get" role="search">
                <label for="find">"Find a claim"</label>
                <input id="find" name="search" type="search" placeholder="Number or whole reference" autocomplete="off"/>
            </form>
        }
    });
    let bell = if viewer.unread > 0 { format!("Notifications ({})", viewer.unread) } else { "Notifications".into() };
    view! {
        <aside class="side">
            <p class="brand"><a href="/dashboard">"Solatium"</a></p>
            {find}
            <nav aria-label="Main"><ul><li><A href="/dashboard">"Dashboard"</A></li>{sections}</ul></nav>
            <button class="button quiet menu" type="button" popovertarget="you">{viewer.name.clone()}</button>
            <nav aria-label="You" class="you" id="you" popover="auto">
                <p class="who"><strong>{viewer.name}</strong><span>{viewer.role.label()}</span><span>{viewer.company_name}</span></p>
                <ul>
                    <li><A href="/notifications">{bell}</A></li>
                    <li><A href="/trail">"Your trail"</A></li>
                    <li><A href="/policy">"Data protection"</A></li>
                    <li><A href="/account">"Your account"</A></li>
                </ul>
                <ActForm act=out>
                    <button class="button quiet" type="submit">"Sign out"</button>
                </ActForm>
            </nav>
        </aside>
    }
    .into_any()
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
