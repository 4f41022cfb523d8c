//! The account pages.

use contract::account::NotificationView;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::api;
use crate::ui::act::{Act, ActForm};
use crate::ui::form::{Field, no_error, submit, summary};
use crate::ui::load::load;
use crate::ui::table::time;
use crate::ui::{card, dom, heading, notice};

/// The first page: what this is, and the way in.
pub fn welcome() -> AnyView {
    load(
        || api::ReadWelcome {},
        |welcome| {
            let enter = if welcome.signed_in {
                view! { <a class="button primary" href="/dashboard">"Go to your dashboard"</a> }.into_any()
            } else {
                view! { <a class="button primary" href="/sign-in">"Sign in"</a> }.into_any()
            };
            let setup = welcome.needs_setup.then(|| {
            notice("info", "Nobody can sign in yet. The server printed a one-time link when it started: open it to create the first administrator.")
        });
            let demo = welcome.demo.then(|| {
                notice(
                    "info",
                    "This installation holds made-up demo data. The server printed the demo logins when it started.",
                )
            });
            view! {
                <leptos_meta::Title text="Settlement predictions for motor-injury claims"/>
                <div class="welcome">
                    <div class="words">
                        {brand()}
                        <h1>"Know what a motor-injury claim is likely to settle for"</h1>
                        <p class="lead">
                            "Enter a claim. Solatium answers with an amount, an honest range and an explanation in pounds. "
                            "You decide: accept it, settle for another amount, or ask for a review."
                        </p>
                        <p>{enter}</p>
                        {setup}
                        {demo}
                    </div>
                    <div>
                        <img class="picture light" src="/fixed/claim-light-1.jpg" width="1280" height="800" alt="The page of a claim: the predicted amount with its range, the heads of loss and how the amount comes about"/>
                        <img class="picture dark" src="/fixed/claim-dark-1.jpg" width="1280" height="800" alt="" loading="lazy"/>
                    </div>
                    <ul class="points">
                        <li><strong>"An honest range"</strong>"Nine in ten similar claims settle within it, and the model page shows how that was measured."</li>
                        <li><strong>"An explanation in pounds"</strong>"Every head of loss, the prognosis and the tariff, adding up to the prediction to the penny."</li>
                        <li><strong>"Decision support"</strong>"No claim is ever settled without a person’s decision. Age and gender are never used."</li>
                    </ul>
                </div>
            }
        .into_any()
        },
    )
}

/// The mark and the name, on pages without a side bar.
fn brand() -> AnyView {
    view! { <p class="brand"><a href="/"><img src="/fixed/mark-1.svg" alt="" width="24" height="24"/>"Solatium"</a></p> }
        .into_any()
}

pub fn sign_in() -> AnyView {
    let action = Act::new::<api::SignIn>();
    let error = action.error();
    let next = use_query_map().with_untracked(|q| q.get("next").unwrap_or_default());
    view! {
        <leptos_meta::Title text="Sign in"/>
        {brand()}
        <div class="narrow">
            <h1>"Sign in"</h1>
            {summary(error)}
            <ActForm act=action>
                <input type="hidden" name="next" value=next/>
                {Field::new("email", "E-mail address").kind("email").required().autocomplete("username").view(error)}
                {Field::new("password", "Password").kind("password").required().autocomplete("current-password").view(error)}
                {submit("Sign in", action.pending())}
            </ActForm>
            <p class="hint">"No account, or a lost password? Ask your company’s administrator or manager."</p>
        </div>
    }
    .into_any()
}

pub fn set_up() -> AnyView {
    let action = Act::new::<api::SetUp>();
    let error = action.error();
    let token = use_params_map().with_untracked(|p| p.get("token").unwrap_or_default());
    view! {
        <leptos_meta::Title text="Set up"/>
        <div class="narrow">
            <h1>"Create the first administrator"</h1>
            <p>"This link works once. Afterwards you sign in and create companies and people."</p>
            {summary(error)}
            <ActForm act=action>
                <input type="hidden" name="token" value=token/>
                {Field::new("name", "Your name").required().autocomplete("name").view(error)}
                {Field::new("email", "E-mail address").kind("email").required().autocomplete("username").view(error)}
                {Field::new("password", "Password").kind("password").required().autocomplete("new-password")
                    .hint("At least 12 characters; several unrelated words are easy to remember.").view(error)}
                {submit("Create", action.pending())}
            </ActForm>
        </div>
    }
    .into_any()
}

/// Behind the link of an invitation.
pub fn choose_password() -> AnyView {
    let action = Act::new::<api::AcceptInvitation>().says("Your password is set: sign in with it.");
    let error = action.error();
    let token = use_params_map().with_untracked(|p| p.get("token").unwrap_or_default());
    let asked = token.clone();
    let form = load(
        move || api::ReadInvitation { token: asked.clone() },
        move |who| {
            let token = token.clone();
            view! {
                <p>{format!("{}, choose the password with which you sign in as {} for {}.", who.name, who.email, who.company)}</p>
                {summary(error)}
                <ActForm act=action>
                    <input type="hidden" name="token" value=token/>
                    <input type="hidden" autocomplete="username" value=who.email/>
                    {Field::new("password", "Password").kind("password").required().autocomplete("new-password")
                        .hint("At least 12 characters; several unrelated words are easy to remember.").view(error)}
                    {Field::new("again", "Password again").kind("password").required().autocomplete("new-password").view(error)}
                    {submit("Choose this password", action.pending())}
                </ActForm>
            }
            .into_any()
        },
    );
    view! {
        <leptos_meta::Title text="Choose a password"/>
        <div class="narrow">
            <h1>"Choose your password"</h1>
            {form}
        </div>
    }
    .into_any()
}

pub fn change_password() -> AnyView {
    let action = Act::new::<api::ChangePassword>();
    let error = action.error();
    view! {
        {heading("Change your password", "A first password must be changed before anything else. Your other sessions end.", vec![])}
        <div class="narrow">
            {summary(error)}
            <ActForm act=action>
                {Field::new("current", "Current password").kind("password").required().autocomplete("current-password").view(error)}
                {Field::new("new", "New password").kind("password").required().autocomplete("new-password")
                    .hint("At least 12 characters; several unrelated words are easy to remember.").view(error)}
                {Field::new("again", "New password again").kind("password").required().autocomplete("new-password").view(error)}
                {submit("Change password", action.pending())}
            </ActForm>
        </div>
    }
    .into_any()
}

pub fn policy() -> AnyView {
    let action = Act::new::<api::AcknowledgePolicy>();
    let error = action.error();
    // Whoever has acknowledged it is not asked again.
    let asked = load(
        || api::ReadViewer {},
        move |viewer| {
            if viewer.gate.is_none() {
                return notice("good", "You have acknowledged this version.");
            }
            view! {
                {summary(error)}
                <ActForm act=action>
                    {Field::new("agreed", "I have read this and will act on it").tick(error)}
                    {submit("Acknowledge", action.pending())}
                </ActForm>
            }
            .into_any()
        },
    );
    let body = view! {
        <div class="prose">
            <p>"Claims hold data about people’s health. UK GDPR protects it in particular (Article 9). When you work with claims here:"</p>
            <ol>
                <li>"Use claim data for settling claims and for nothing else."</li>
                <li>"Enter what settling needs. Names, addresses and national insurance numbers are not needed: leave them out of free texts."</li>
                <li>"The prediction supports your decision and does not make it. Look at the claim before you accept, override or flag. A claimant can ask for a person to look again."</li>
                <li>"Age and gender are kept apart, are never used for a prediction, and serve only to check that predictions are fair."</li>
                <li>"Do not share your password or leave your screen open. What you do is recorded; you can see your own record under “Your trail”."</li>
                <li>"If you think that data has been lost or seen by someone who should not see it, tell your manager at once: the Information Commissioner may have to be told within 72 hours."</li>
            </ol>
            <p class="hint">"Version 1. This is working guidance and not legal advice."</p>
        </div>
        {asked}
    };
    view! {
        {heading("Data protection", "What everyone who works with claims acknowledges.", vec![])}
        {card("How we handle claim data", body.into_any())}
    }
    .into_any()
}

pub fn notifications() -> AnyView {
    let read = Act::new::<api::MarkNotificationsRead>();
    let list = load(
        || api::Notifications {},
        move |all: Vec<NotificationView>| {
            if all.is_empty() {
                return view! { <p class="empty">"Nothing yet. You are told here what happens to your claims, and what is asked of you."</p> }.into_any();
            }
            let items: Vec<_> = all
                .into_iter()
                .map(|n| {
                    let class = if n.read { "" } else { "unread" };
                    view! { <li class=class><a href=n.href>{n.text}</a>" "{time(n.at)}</li> }
                })
                .collect();
            view! { <ul class="notifications">{items}</ul> }.into_any()
        },
    );
    view! {
        {heading("Notifications", "What happened that concerns you.", vec![])}
        {list}
        <ActForm act=read>
            <button class="button" type="submit">"Mark all as read"</button>
        </ActForm>
    }
    .into_any()
}

/// Who is signed in, and what the page does with keys.
pub fn account() -> AnyView {
    let who = load(
        || api::ReadViewer {},
        |v| {
            view! {
                <dl class="facts">
                    <div><dt>"Name"</dt><dd>{v.name}</dd></div>
                    <div><dt>"E-mail"</dt><dd>{v.email}</dd></div>
                    <div><dt>"Role"</dt><dd>{v.role.label()}</dd></div>
                    <div><dt>"Company"</dt><dd>{v.company_name}</dd></div>
                </dl>
            }
            .into_any()
        },
    );
    view! {
        {heading("Your account", "Particulars are changed by an administrator.", vec![("Change password".into(), "/password".into())])}
        {card("You", who)}
        {card("Keyboard", single_keys())}
    }
    .into_any()
}

/// Single keys can be turned off: dictation and other aids type letters of their own (WCAG 2.1.4).
fn single_keys() -> AnyView {
    let act = Act::quiet::<api::SetKeys>().says("The keys are set.");
    act.then(move |answered| dom::set_root_attribute("data-keys", answered.text.trim_matches('"')));
    let choices = [("on", "On: “?” lists them"), ("off", "Off: only Ctrl K is listened to")]
        .map(|(value, label)| (value.to_owned(), label.to_owned()))
        .to_vec();
    view! {
        <ActForm act=act>
            {Field::new("keys", "Single keys").required().value(current_keys()).select(choices, no_error())}
            {submit("Set", act.pending())}
        </ActForm>
    }
    .into_any()
}

pub const THEMES: [(&str, &str); 3] = [("system", "System"), ("light", "Light"), ("dark", "Dark")];

/// The theme that the page came with.
pub fn current_theme() -> String {
    #[cfg(feature = "ssr")]
    let theme = crate::server::context::asker().map(|a| a.theme);
    #[cfg(not(feature = "ssr"))]
    let theme = dom::root_attribute("data-theme");
    theme.unwrap_or_else(|| "system".to_owned())
}

/// Whether single keys are listened to: `on` or `off`.
fn current_keys() -> String {
    #[cfg(feature = "ssr")]
    let keys = crate::server::context::asker().map(|a| a.keys);
    #[cfg(not(feature = "ssr"))]
    let keys = dom::root_attribute("data-keys");
    keys.unwrap_or_else(|| "on".to_owned())
}
