//! Who supplies and who is charged, as an invoice names them.

use serde::{Deserialize, Serialize};
use store::companies::Company;
use store::invoices::Invoice;
use store::{Handle, Reach, companies};

use crate::Result;

/// The parties as they were when the invoice was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parties {
    pub supplier: Vec<String>,
    pub customer: Vec<String>,
}

/// The parties of an invoice: frozen with it, else as the companies are now.
pub async fn parties(handle: &impl Handle, invoice: &Invoice) -> Result<Parties> {
    if let Some(frozen) = &invoice.parties {
        return Ok(serde_json::from_str(frozen)?);
    }
    let all = companies::list(handle, Reach::Operator).await?;
    let side = |company: Option<&Company>| {
        let Some(company) = company else { return Vec::new() };
        let mut lines = vec![company.name.clone()];
        lines.extend(company.address.lines().map(String::from));
        if !company.vat_number.is_empty() {
            lines.push(format!("VAT number {}", company.vat_number));
        }
        lines
    };
    Ok(Parties {
        supplier: side(all.iter().find(|c| c.operator)),
        customer: side(all.iter().find(|c| c.id == invoice.company)),
    })
}
