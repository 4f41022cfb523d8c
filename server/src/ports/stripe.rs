//! Stripe as the billing service: each document is an invoice there of one item, its gross amount, which Stripe's page takes
//! the payment of. What it asks of us is written down at <https://docs.stripe.com/api>.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::Money;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use service::ports::{
    Answered, BillingService, BillingServiceError as Error, Event, Known, Outbound, OutboundError, Outgoing, Pushed,
    Standing,
};
use sha2::{Digest, Sha256};

/// Events older or younger than this are refused, so that none is sent again by somebody who overheard it.
const TOLERANCE: i64 = 300;
/// The version of the interface that this is written for.
const VERSION: &str = "2024-06-20";

pub struct Stripe {
    http: Arc<dyn Outbound>,
    url: String,
    key: String,
    /// Of the webhook.
    secret: String,
}

/// An invoice as Stripe tells of it.
#[derive(Debug, Deserialize)]
struct Invoice {
    id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    amount_paid: i64,
    #[serde(default)]
    amount_due: i64,
    #[serde(default)]
    amount_remaining: Option<i64>,
    #[serde(default)]
    hosted_invoice_url: Option<String>,
    /// Given back after it was paid, by credit notes there.
    #[serde(default)]
    post_payment_credit_notes_amount: i64,
    #[serde(default)]
    charge: Option<Charge>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// What paid it: its name alone, or what became of it, where that is asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Charge {
    Whole {
        #[serde(default)]
        amount_refunded: i64,
        #[serde(default)]
        disputed: bool,
    },
    Named(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
struct List<T> {
    data: Vec<T>,
}

impl Invoice {
    /// A page of theirs, over TLS; nothing else is a link of ours.
    fn link(&self) -> Option<String> {
        self.hosted_invoice_url.clone().filter(|link| link.starts_with("https://"))
    }
}

#[derive(Debug, Deserialize)]
struct Customer {
    id: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Sent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Object {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    object: String,
    /// Of charges and payments.
    #[serde(default)]
    invoice: Option<String>,
}

impl Stripe {
    pub fn new(http: Arc<dyn Outbound>, url: &str, key: String, secret: String) -> Stripe {
        Stripe { http, url: url.trim_end_matches('/').to_owned(), key, secret }
    }

    async fn ask<T: for<'a> Deserialize<'a>>(&self, request: Outgoing) -> Result<T, Error> {
        let answered = self.http.send(request).await.map_err(|error| match error {
            OutboundError::Forbidden(words) => Error::Refused(words),
            OutboundError::Failed(words) => Error::Failed(words),
        })?;
        read(&answered)
    }

    /// `once`: under which name the same again is answered as the first time; with other words it is another question.
    async fn post<T: for<'a> Deserialize<'a>>(
        &self,
        path: &str,
        once: &str,
        form: &[(&str, String)],
    ) -> Result<T, Error> {
        let body = encoded(form);
        let digest = Sha256::digest(body.as_bytes());
        let mut headers = self.headers();
        headers.push(("content-type", "application/x-www-form-urlencoded".into()));
        headers.push((
            "idempotency-key",
            format!("solatium-{once}-{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3]),
        ));
        self.ask(Outgoing { method: "POST", url: format!("{}/v1/{path}", self.url), headers, body }).await
    }

    async fn get<T: for<'a> Deserialize<'a>>(&self, path: &str, query: &[(&str, String)]) -> Result<T, Error> {
        let url = format!("{}/v1/{path}?{}", self.url, encoded(query));
        self.ask(Outgoing { method: "GET", url, headers: self.headers(), body: String::new() }).await
    }

    async fn invoice(&self, external: &str) -> Result<Invoice, Error> {
        let known = external.starts_with("in_") && external.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !known {
            return Err(Error::Refused("this names no invoice of Stripe".into()));
        }
        self.get(&format!("invoices/{external}"), &[("expand[]", "charge".into())]).await
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", self.key)), ("stripe-version", VERSION.into())]
    }

    /// The company there: known, found by its address and our id, or made.
    async fn customer(&self, document: &Pushed) -> Result<String, Error> {
        if let Some(customer) = &document.customer {
            return Ok(customer.clone());
        }
        let company = document.company.to_string();
        let there: List<Customer> =
            self.get("customers", &[("email", document.email.clone()), ("limit", "100".into())]).await?;
        if let Some(found) = there.data.into_iter().find(|c| c.metadata.get("company") == Some(&company)) {
            return Ok(found.id);
        }
        let form = [
            ("name", document.company_name.clone()),
            // Whoever is sent an invoice has an address there.
            ("email", document.email.clone()),
            ("metadata[company]", company.clone()),
        ];
        let made: Customer = self.post("customers", &format!("customer-{company}"), &form).await?;
        Ok(made.id)
    }

    /// The document there, where an attempt before this one made it: names for the same question are kept for a day only.
    async fn made_before(&self, customer: &str, document: &Pushed) -> Result<Option<Invoice>, Error> {
        let of = document.document.to_string();
        let there: List<Invoice> =
            self.get("invoices", &[("customer", customer.to_owned()), ("limit", "100".into())]).await?;
        let fits = |i: &Invoice| i.metadata.get("document") == Some(&of) && i.status.as_deref() != Some("void");
        Ok(there.data.into_iter().find(fits))
    }
}

fn encoded(form: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// What Stripe says, or why it does not.
fn read<T: for<'a> Deserialize<'a>>(answered: &Answered) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Wrong {
        error: Words,
    }
    #[derive(Deserialize)]
    struct Words {
        #[serde(default)]
        message: String,
    }
    match answered.status {
        200..=299 => {
            serde_json::from_slice(&answered.body).map_err(|_| Error::Failed("its answer cannot be read".into()))
        }
        // It is busy, or somebody asks the same at the same time.
        409 | 429 | 500.. => Err(Error::Failed(format!("it answers {}", answered.status))),
        status => {
            let words = serde_json::from_slice::<Wrong>(&answered.body).map(|w| w.error.message).unwrap_or_default();
            Err(Error::Refused(format!("it answers {status}: {}", words.chars().take(200).collect::<String>())))
        }
    }
}

#[async_trait]
impl BillingService for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    async fn push_document(&self, document: &Pushed) -> Result<Known, Error> {
        let customer = self.customer(document).await?;
        let of = |step: &str| format!("{step}-{}", document.document);
        let form = [
            ("customer", customer.clone()),
            ("collection_method", "send_invoice".into()),
            ("days_until_due", document.due_in_days.to_string()),
            ("auto_advance", "false".into()),
            ("currency", "gbp".into()),
            ("pending_invoice_items_behavior", "exclude".into()),
            ("description", document.number.clone()),
            ("metadata[document]", document.document.to_string()),
            ("metadata[number]", document.number.clone()),
        ];
        let there = match self.made_before(&customer, document).await? {
            Some(there) => there,
            None => self.post("invoices", &of("invoice"), &form).await?,
        };
        let draft = there.status.as_deref() == Some("draft");
        if draft && there.amount_due == 0 {
            let item = [
                ("customer", customer.clone()),
                ("invoice", there.id.clone()),
                ("amount", document.gross.pence().to_string()),
                ("currency", "gbp".into()),
                ("description", document.words.clone()),
            ];
            let _: serde_json::Value = self.post("invoiceitems", &of("item"), &item).await?;
        }
        let made: Invoice = match draft {
            true => {
                let path = format!("invoices/{}/finalize", there.id);
                self.post(&path, &of("finalize"), &[("auto_advance", "false".into())]).await?
            }
            false => there,
        };
        if made.amount_due != document.gross.pence() {
            return Err(Error::Refused("its invoice is of another amount than ours".into()));
        }
        Ok(Known { link: made.link(), external: made.id, customer })
    }

    async fn payment_link(&self, external: &str) -> Result<Option<String>, Error> {
        Ok(self.invoice(external).await?.link())
    }

    fn record_event(&self, body: &[u8], signature: &str, now: DateTime<Utc>) -> Result<Event, Error> {
        let refused = |words: &str| Error::Refused(words.into());
        let parts: Vec<(&str, &str)> = signature.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let at: &str = parts.iter().find(|(name, _)| *name == "t").map(|(_, at)| *at).unwrap_or_default();
        let seconds: i64 = at.parse().map_err(|_| refused("the signature has no time"))?;
        if (now.timestamp() - seconds).abs() > TOLERANCE {
            return Err(refused("the event is too old"));
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).map_err(|_| refused("no secret"))?;
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(body);
        // Compared without telling by the time how much of it fits.
        let fits = |given: &str| hex(given).is_some_and(|given| mac.clone().verify_slice(&given).is_ok());
        if self.secret.is_empty() || !parts.iter().any(|(name, given)| *name == "v1" && fits(given)) {
            return Err(refused("the signature is not theirs"));
        }
        let sent: Sent = serde_json::from_slice(body).map_err(|_| refused("this is no event"))?;
        if sent.id.len() > 100 || sent.kind.len() > 100 {
            return Err(refused("this is no event"));
        }
        let object = sent.data.object;
        let external = if object.object == "invoice" { object.id } else { object.invoice };
        Ok(Event { id: sent.id, kind: sent.kind, external: external.filter(|id| id.len() <= 100) })
    }

    async fn reconcile(&self, external: &str) -> Result<Standing, Error> {
        let invoice = self.invoice(external).await?;
        let stands = invoice.status.clone().unwrap_or_else(|| "unknown".into());
        let asked = match stands.as_str() {
            "void" | "paid" => 0,
            _ => invoice.amount_remaining.unwrap_or(invoice.amount_due - invoice.amount_paid),
        };
        let (refunded, disputed) = match invoice.charge {
            Some(Charge::Whole { amount_refunded, disputed }) => (amount_refunded, disputed),
            Some(Charge::Named(_)) | None => (0, false),
        };
        Ok(Standing {
            paid: Money::from_pence(invoice.amount_paid),
            asked: Money::from_pence(asked),
            taken_back: Money::from_pence(refunded.max(invoice.post_payment_credit_notes_amount)),
            disputed,
            link: invoice.link(),
            stands,
        })
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| (c as char).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = text.as_bytes().chunks(2);
    (text.len() == 64).then(|| pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    #[async_trait]
    impl Outbound for Nobody {
        async fn send(&self, _: Outgoing) -> Result<Answered, OutboundError> {
            Err(OutboundError::Failed("nobody".into()))
        }
    }

    fn signed(secret: &str, at: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.{body}").as_bytes());
        let hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        format!("t={at},v1={hex},v0=00")
    }

    #[test]
    fn an_event_is_taken_by_its_signature_alone() {
        let stripe = Stripe::new(Arc::new(Nobody), "https://api.stripe.com/", "sk".into(), "whsec_1".into());
        let now: DateTime<Utc> = "2026-11-22T14:00:00Z".parse().unwrap();
        let at = now.timestamp();
        let body = r#"{"id":"evt_1","type":"invoice.paid","data":{"object":{"object":"invoice","id":"in_1"}}}"#;
        let event = stripe.record_event(body.as_bytes(), &signed("whsec_1", at, body), now).unwrap();
        assert_eq!((event.id.as_str(), event.external.as_deref()), ("evt_1", Some("in_1")));
        let charge = r#"{"id":"evt_2","type":"charge.refunded","data":{"object":{"object":"charge","id":"ch_1","invoice":"in_1"}}}"#;
        let event = stripe.record_event(charge.as_bytes(), &signed("whsec_1", at, charge), now).unwrap();
        assert_eq!(event.external.as_deref(), Some("in_1"));
        let tampered = body.replace("in_1", "in_2");
        for (body, signature) in [
            (body, String::new()),
            (body, "t=,v1=".into()),
            (body, format!("t={at}")),
            (body, signed("other", at, body)),
            (body, signed("whsec_1", at - 301, body)),
            (body, signed("whsec_1", at + 301, body)),
            (tampered.as_str(), signed("whsec_1", at, body)),
            ("{}", signed("whsec_1", at, "{}")),
            ("\u{0}", signed("whsec_1", at, "\u{0}")),
        ] {
            assert!(stripe.record_event(body.as_bytes(), &signature, now).is_err(), "{body} {signature}");
        }
        let open = Stripe::new(Arc::new(Nobody), "https://api.stripe.com", "sk".into(), String::new());
        assert!(open.record_event(body.as_bytes(), &signed("", at, body), now).is_err(), "no secret, no event");
    }
}
