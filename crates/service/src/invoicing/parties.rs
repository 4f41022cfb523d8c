//! Who supplies and who is charged, as a document names them.

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
        pay_to: operator.bank_details.lines().map(str::trim).filter(|l| !l.is_empty()).map(String::from).collect(),
    })
}

fn side(company: &Company) -> Vec<String> {
    let mut lines = vec![company.name.clone()];
    lines.extend(company.address.lines().map(String::from));
    if !company.vat_number.is_empty() {
        lines.push(format!("VAT number {}", company.vat_number));
    }
    lines
}
