//! Server functions of the account pages.

use contract::account::{InvitationView, NotificationView, Viewer, Welcome};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::server::context::{asker, ctx, reply};
use crate::server::{Failure, Text};

#[server(prefix = "/fn", output = Text, endpoint = "account/welcome")]
pub async fn read_welcome() -> Result<Welcome, Failure> {
    let asker = asker();
    let app = expect_context::<service::App>();
    let people = reply(service::store::people::count(&app.store).await.map_err(Into::into))?;
    Ok(Welcome {
        signed_in: asker.as_ref().is_some_and(|a| a.caller.is_some()),
        needs_setup: people == 0,
        demo: asker.is_some_and(|a| a.demo),
    })
}

#[server(prefix = "/fn", output = Text, endpoint = "account/invitation")]
pub async fn read_invitation(token: String) -> Result<InvitationView, Failure> {
    reply(service::account::invitation::view(&nobody()?, &token).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "account/accept_invitation")]
pub async fn accept_invitation(token: String, password: String, again: String) -> Result<(), Failure> {
    reply(service::account::invitation::accept(&nobody()?, &token, &password, &again).await)?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// The context of what anybody may do who holds a link.
#[cfg(feature = "ssr")]
fn nobody() -> Result<service::Ctx, Failure> {
    let asker =
        asker().ok_or_else(|| Failure(contract::AppError::new(contract::ErrorKind::Internal, "No request.")))?;
    Ok(expect_context::<service::App>().system(asker.now))
}

#[server(prefix = "/fn", output = Text, endpoint = "account/viewer")]
pub async fn read_viewer() -> Result<Viewer, Failure> {
    reply(service::account::authenticate::viewer(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "account/sign_in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<(), Failure> {
    let asker =
        asker().ok_or_else(|| Failure(contract::AppError::new(contract::ErrorKind::Internal, "No request.")))?;
    let app = expect_context::<service::App>();
    let browser = service::account::sign_in::Browser {
        address: asker.address.clone(),
        device: asker.device.clone(),
        session: asker.session.clone(),
    };
    let done = reply(service::account::sign_in::sign_in(&app, asker.now, &email, &password, browser).await)?;
    set_cookie(&asker, &done.token, done.max_age_seconds);
    set_device(&asker, &done.device);
    let own = is_own_path(&next);
    leptos_axum::redirect(if done.must_change_password {
        "/password"
    } else if own {
        &next
    } else {
        "/dashboard"
    });
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "account/sign_out")]
pub async fn sign_out() -> Result<(), Failure> {
    reply(service::account::sign_out::sign_out(&ctx()?).await)?;
    if let Some(asker) = asker() {
        set_cookie(&asker, "", 0);
    }
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// Whether an address is a path of our own: "//elsewhere" would lead away, and so would "/\t/elsewhere",
/// of which browsers drop the tab, and "/.//elsewhere", of which they drop the dot.
#[cfg(feature = "ssr")]
fn is_own_path(next: &str) -> bool {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/')
        && !path.contains("//")
        && !path.split('/').any(|part| matches!(part.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | "%2e%2e"))
        && !next.contains('\\')
        && next.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(feature = "ssr")]
fn set_device(asker: &crate::Asker, device: &str) {
    let (name, secure) =
        if asker.secure { (crate::DEVICE_COOKIE_SECURE, "; Secure") } else { (crate::DEVICE_COOKIE, "") };
    append_cookie(&format!("{name}={device}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}"));
}

#[cfg(feature = "ssr")]
fn set_cookie(asker: &crate::Asker, token: &str, seconds: i64) {
    let (name, secure) =
        if asker.secure { (crate::SESSION_COOKIE_SECURE, "; Secure") } else { (crate::SESSION_COOKIE, "") };
    // Lax, so that a link in a message opens the page; other sites' posts are refused by the server.
    append_cookie(&format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"));
}

#[cfg(feature = "ssr")]
fn append_cookie(text: &str) {
    if let Ok(value) = http::HeaderValue::from_str(text) {
        expect_context::<leptos_axum::ResponseOptions>().append_header(http::header::SET_COOKIE, value);
    }
}

#[server(prefix = "/fn", output = Text, endpoint = "account/theme")]
pub async fn set_theme(theme: String) -> Result<String, Failure> {
    let theme = match theme.as_str() {
        "light" | "dark" => theme,
        _ => "system".to_owned(),
    };
    append_cookie(&format!("theme={theme}; Path=/; SameSite=Lax; Max-Age=31536000"));
    Ok(theme)
}

#[server(prefix = "/fn", output = Text, endpoint = "account/keys")]
pub async fn set_keys(keys: String) -> Result<String, Failure> {
    let keys = if keys == "off" { "off" } else { "on" };
    append_cookie(&format!("keys={keys}; Path=/; SameSite=Lax; Max-Age=31536000"));
    Ok(keys.to_owned())
}

#[server(prefix = "/fn", output = Text, endpoint = "account/change_password")]
pub async fn change_password(current: String, new: String, again: String) -> Result<(), Failure> {
    reply(service::account::change_password::change_password(&ctx()?, &current, &new, &again).await)?;
    leptos_axum::redirect("/dashboard");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "account/acknowledge_policy")]
pub async fn acknowledge_policy(#[server(default)] agreed: bool) -> Result<(), Failure> {
    reply(service::account::policy::acknowledge(&ctx()?, agreed).await)?;
    leptos_axum::redirect("/dashboard");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "account/set_up")]
pub async fn set_up(token: String, name: String, email: String, password: String) -> Result<(), Failure> {
    let app = expect_context::<service::App>();
    let now = asker().map(|a| a.now).unwrap_or_default();
    let first =
        service::account::setup::FirstAdministrator { token: &token, name: &name, email: &email, password: &password };
    reply(service::account::setup::complete(&app.system(now), first).await)?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

#[server(prefix = "/fn", output = Text, endpoint = "account/notifications")]
pub async fn notifications() -> Result<Vec<NotificationView>, Failure> {
    reply(service::account::notifications::list(&ctx()?).await)
}

#[server(prefix = "/fn", output = Text, endpoint = "account/notifications_read")]
pub async fn mark_notifications_read() -> Result<(), Failure> {
    reply(service::account::notifications::mark_read(&ctx()?).await)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::is_own_path;

    #[test]
    fn only_paths_of_our_own_are_followed() {
        for own in ["/claims", "/claims?search=a%20b", "/", "/claims/clm_1#decision"] {
            assert!(is_own_path(own), "{own}");
        }
        for away in
            ["", "claims", "//host", "/.//host", "/../x", "/%2e//host", "/\\host", "/\t/host", "/a//b", "https://host"]
        {
            assert!(!is_own_path(away), "{away}");
        }
    }
}
