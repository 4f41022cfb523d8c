//! Who supplies and who is charged, as a document names them.

use einvoice::Party;
use serde::{Deserialize, Serialize};
use store::companies::Company;
use store::invoices::Invoice;
use store::{Handle, Reach, companies};

use crate::Result;

/// The parties as they were when the document was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parties {
    pub supplier: Vec<String>,
    pub customer: Vec<String>,
    #[serde(default)]
    pub supplier_vat: String,
    /// Where to pay, a line a line.
    #[serde(default)]
    pub pay_to: Vec<String>,
    /// The same for machines: supplier and customer. Documents issued before there were e-invoices have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sides: Option<(Party, Party)>,
}

impl Parties {
    /// Supplier and customer for machines; of documents without them, read off the lines.
    pub(super) fn sides(&self) -> (Party, Party) {
        self.sides.clone().unwrap_or_else(|| (of_lines(&self.supplier), of_lines(&self.customer)))
    }
}

/// The parties of a document: frozen with it, else as the companies are now.
pub async fn parties(handle: &impl Handle, invoice: &Invoice) -> Result<Parties> {
    if let Some(frozen) = &invoice.parties {
        return Ok(serde_json::from_str(frozen)?);
    }
    let operator = companies::operator(handle).await?;
    let customer = companies::find(handle, Reach::Operator, invoice.company).await?;
    Ok(Parties {
        supplier: side(&operator),
        customer: side(&customer),
        supplier_vat: operator.vat_number.clone(),
        sides: Some((party(&operator), party(&customer))),
        pay_to: operator.bank_details.lines().map(str::trim).filter(|l| !l.is_empty()).map(String::from).collect(),
    })
}

const VAT_NUMBER: &str = "VAT number ";
const REGISTERED: &str = "Company number ";

/// Whether a line is a number of the company's, and none of its address.
pub(super) fn is_number(line: &str) -> bool {
    line.starts_with(VAT_NUMBER) || line.starts_with(REGISTERED)
}

/// As people read it.
fn side(company: &Company) -> Vec<String> {
    let mut lines = vec![company.name.clone()];
    lines.extend(company.address.lines().map(String::from));
    if !matches!(company.country.as_str(), "" | "GB") {
        lines.push(company.country.clone());
    }
    if !company.registration.is_empty() {
        lines.push(format!("{REGISTERED}{}", company.registration));
    }
    if !company.vat_number.is_empty() {
        lines.push(format!("{VAT_NUMBER}{}", company.vat_number));
    }
    lines
}

/// As machines read it.
fn party(company: &Company) -> Party {
    Party {
        name: company.name.clone(),
        address: company.address.lines().map(String::from).collect(),
        country: company.country.clone(),
        vat_number: company.vat_number.clone(),
        registration: company.registration.clone(),
        endpoint: company.endpoint.clone(),
        email: company.billing_email.clone(),
    }
}

fn of_lines(lines: &[String]) -> Party {
    let mut party = Party { name: lines.first().cloned().unwrap_or_default(), ..Party::default() };
    for line in lines.iter().skip(1) {
        match line.strip_prefix(VAT_NUMBER) {
            Some(number) => party.vat_number = number.to_owned(),
            None => party.address.push(line.clone()),
        }
    }
    party
}
