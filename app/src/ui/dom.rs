//! What is asked of the browser itself. On the server, where there is none, these do nothing.

#[cfg(target_arch = "wasm32")]
mod here {
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast;
    use web_sys::{Element, FormData, HtmlDialogElement, HtmlElement, HtmlFormElement, HtmlInputElement};

    fn find(selector: &str) -> Option<Element> {
        document().query_selector(selector).ok().flatten()
    }

    /// The first element that is seen.
    fn seen(selector: &str) -> Option<HtmlElement> {
        let all = document().query_selector_all(selector).ok()?;
        (0..all.length())
            .filter_map(|i| all.item(i)?.dyn_into::<HtmlElement>().ok())
            .find(|element| element.get_client_rects().length() > 0)
    }

    /// Moves the focus; `false` where there is nothing to move it to.
    pub fn focus(selector: &str) -> bool {
        seen(selector).is_some_and(|element| element.focus().is_ok())
    }

    /// Gives the page itself the focus, which stays where it is.
    pub fn focus_page() {
        let y = scrolled();
        focus("main");
        scroll_to(y);
    }

    /// Presses what is pressed and goes into what is typed into.
    pub fn use_it(selector: &str) -> bool {
        let Some(element) = seen(selector) else { return false };
        if matches!(element.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA") {
            return element.focus().is_ok();
        }
        element.click();
        true
    }

    /// Presses what is pressed, seen or not.
    pub fn press(selector: &str) {
        let found = document().query_selector(selector).ok().flatten().and_then(|e| e.dyn_into::<HtmlElement>().ok());
        if let Some(element) = found {
            element.click();
        }
    }

    /// Opens a dialog over the page, with the focus where one goes on: in its first field, on what it was opened for,
    /// or else on the way back.
    pub fn show(id: &str) {
        const FIRST: [&str; 3] =
            ["form :is(input:not([type='hidden']), select, textarea)", "[data-first]", ".row.end .button"];
        let dialog = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlDialogElement>().ok());
        let Some(dialog) = dialog.filter(|d| !d.open()) else { return };
        // One that is gone from the page cannot be shown.
        if dialog.show_modal().is_ok() {
            let first = FIRST.iter().find_map(|selector| dialog.query_selector(selector).ok().flatten());
            if let Some(first) = first.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                let _ = first.focus();
            }
        }
    }

    /// Gives the page the focus where nothing has it.
    pub fn rescue() {
        if document().active_element().is_none_or(|e| e.tag_name() == "BODY") {
            focus_page();
        }
    }

    pub fn close(id: &str) {
        let dialog = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlDialogElement>().ok());
        if let Some(dialog) = dialog {
            dialog.close();
        }
    }

    /// Closes what stands open over the page.
    pub fn close_all() {
        while let Some(open) = find("dialog[open]").and_then(|e| e.dyn_into::<HtmlDialogElement>().ok()) {
            open.close();
        }
        while let Some(open) = find("[popover]:popover-open").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            if open.hide_popover().is_err() {
                break;
            }
        }
    }

    pub fn scrolled() -> f64 {
        window().scroll_y().unwrap_or_default()
    }

    pub fn scroll_to(y: f64) {
        window().scroll_to_with_x_and_y(0.0, y);
    }

    /// Path and query of the address.
    pub fn address() -> String {
        let place = window().location();
        place.pathname().unwrap_or_default() + &place.search().unwrap_or_default()
    }

    /// Moves the focus from row to row of the page's first table, by their first links.
    pub fn step(forward: bool) {
        const LINKS: &str = "main table tbody tr td a[href]:first-of-type";
        let Ok(all) = document().query_selector_all(LINKS) else { return };
        let mut links: Vec<HtmlElement> = Vec::new();
        let row = |e: &HtmlElement| e.closest("tr").ok().flatten();
        for link in (0..all.length()).filter_map(|i| all.item(i)?.dyn_into::<HtmlElement>().ok()) {
            if links.last().is_none_or(|last| row(last) != row(&link)) {
                links.push(link);
            }
        }
        let active = document().active_element().and_then(|e| e.closest("tr").ok().flatten());
        let at = links.iter().position(|link| active.is_some() && row(link) == active);
        let next = match (at, forward) {
            (None, _) => 0,
            (Some(i), true) => i + 1,
            (Some(i), false) => i.saturating_sub(1),
        };
        if let Some(link) = links.get(next) {
            // What is on the page can be focused.
            let _ = link.focus();
        }
    }

    /// Whether keys go into what has the focus.
    pub fn typing() -> bool {
        document().active_element().is_some_and(|e| {
            matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
                && e.get_attribute("type").as_deref() != Some("checkbox")
        }) || find("dialog[open]").is_some()
    }

    /// The values of all inputs that are so.
    pub fn values(selector: &str) -> Vec<String> {
        let Ok(all) = document().query_selector_all(selector) else { return Vec::new() };
        let input = |i| all.item(i)?.dyn_into::<HtmlInputElement>().ok();
        (0..all.length()).filter_map(input).map(|input| input.value()).collect()
    }

    /// Ticks all boxes, or none.
    pub fn tick_all(selector: &str, ticked: bool) {
        let Ok(all) = document().query_selector_all(selector) else { return };
        for input in (0..all.length()).filter_map(|i| all.item(i)?.dyn_into::<HtmlInputElement>().ok()) {
            input.set_checked(ticked);
        }
    }

    /// Whether a box to tick has the focus.
    pub fn on_box() -> bool {
        document().active_element().is_some_and(|e| e.get_attribute("type").as_deref() == Some("checkbox"))
    }

    /// Ticks the box of the row that has the focus.
    pub fn pick() -> bool {
        let row = document().active_element().and_then(|e| e.closest("tr").ok().flatten());
        let tick = row.and_then(|row| row.query_selector(".pick input").ok().flatten());
        let tick = tick.and_then(|e| e.dyn_into::<HtmlElement>().ok());
        tick.inspect(HtmlElement::click).is_some()
    }

    /// Names and values of a form.
    pub fn entries(id: &str) -> Option<Vec<(String, String)>> {
        let form = document().get_element_by_id(id)?.dyn_into::<HtmlFormElement>().ok()?;
        let data = FormData::new_with_form(&form).ok()?;
        let pair = |entry: js_sys::Array| Some((entry.get(0).as_string()?, entry.get(1).as_string()?));
        Some(data.entries().into_iter().filter_map(|e| pair(e.ok()?.into())).collect())
    }

    /// The place of an input among all of the page.
    pub fn order(id: &str) -> u32 {
        let Ok(all) = document().query_selector_all("input, select, textarea") else { return 0 };
        let is = |i: &u32| all.item(*i).and_then(|n| n.dyn_into::<Element>().ok()).is_some_and(|e| e.id() == id);
        (0..all.length()).find(is).unwrap_or(u32::MAX)
    }

    /// What an input is called on the page.
    pub fn label(id: &str) -> Option<String> {
        find(&format!("label[for='{id}']")).and_then(|label| label.text_content())
    }

    /// Puts a text where it can be pasted from; `false` where the browser does not let a page do that, as without TLS.
    pub fn copy(text: &str) -> bool {
        let may = window().is_secure_context();
        if may {
            // The promise says nothing that one could act on: the text is still there to be marked.
            let _ = window().navigator().clipboard().write_text(text);
        }
        may
    }

    pub fn root_attribute(name: &str) -> Option<String> {
        document().document_element().and_then(|root| root.get_attribute(name))
    }

    pub fn set_root_attribute(name: &str, value: &str) {
        if let Some(root) = document().document_element() {
            // A name of ours is a valid one.
            let _ = root.set_attribute(name, value);
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(unused_variables, reason = "the browser's half uses them")]
mod here {
    pub fn focus(selector: &str) -> bool {
        false
    }

    pub fn focus_page() {}

    pub fn use_it(selector: &str) -> bool {
        false
    }

    pub fn press(selector: &str) {}

    pub fn show(id: &str) {}

    pub fn close(id: &str) {}

    pub fn close_all() {}

    pub fn scrolled() -> f64 {
        0.0
    }

    pub fn scroll_to(y: f64) {}

    pub fn address() -> String {
        String::new()
    }

    pub fn step(forward: bool) {}

    pub fn typing() -> bool {
        false
    }

    pub fn rescue() {}

    pub fn values(selector: &str) -> Vec<String> {
        Vec::new()
    }

    pub fn tick_all(selector: &str, ticked: bool) {}

    pub fn on_box() -> bool {
        false
    }

    pub fn pick() -> bool {
        false
    }

    pub fn entries(id: &str) -> Option<Vec<(String, String)>> {
        None
    }

    pub fn order(id: &str) -> u32 {
        0
    }

    pub fn label(id: &str) -> Option<String> {
        None
    }

    pub fn copy(text: &str) -> bool {
        false
    }

    pub fn root_attribute(name: &str) -> Option<String> {
        None
    }

    pub fn set_root_attribute(name: &str, value: &str) {}
}

pub use here::*;
