//! What facts are called in letters and forms.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::Head;

/// What kind of value a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Money,
    Date,
    Months,
    YesNo,
    /// A whole number, at most so large.
    Number(u16),
    /// A reference of letters and digits.
    Reference,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A field, what it asks for, and how it may be called.
pub struct Label {
    /// As the API has it; empty for what only ends the search of another label.
    pub field: &'static str,
    pub asks: Asks,
    /// In small letters; longer ones are looked for first.
    pub phrases: &'static [&'static str],
}

const fn money(field: &'static str, phrases: &'static [&'static str]) -> Label {
    Label { field, asks: Asks::Money, phrases }
}

const fn yes_no(field: &'static str, phrases: &'static [&'static str]) -> Label {
    Label { field, asks: Asks::YesNo, phrases }
}

const fn date(field: &'static str, phrases: &'static [&'static str]) -> Label {
    Label { field, asks: Asks::Date, phrases }
}

/// Amounts and dates that letters state beside those of the claim: none of them may be taken for one.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
            "vat", "interest", "legal costs", "costs", "solicitors costs", "disbursements", "offer", "our offer",
            "counter offer", "deposit", "policy limit", "invoice total", "vehicle value", "pre accident value",
            "paid to date", "interim payment", "reserve", "court fee", "report fee", "date of birth",
            "date of report", "report date", "date of letter", "invoice date", "date of examination",
            "examination date", "date of signature", "signed on", "date of first treatment", "treatment dates",
            "policy number", "ni number", "national insurance number", "telephone", "postcode",
        ];

#[rustfmt::skip]
pub const LABELS: &[Label] = &[
    date(
        "accident_date",
        &[
            "rta date", "accident was on", "road traffic accident of", "accident", "loss date", "doa",
            "date of rta", "rta on", "crash on", "accident happened", "the accident happened on",
            "date of accident", "date of the accident", "accident date", "date of incident", "date of the incident",
            "incident date", "date of loss", "date of collision", "date of the collision", "collision date",
            "accident on", "accident of", "accident which occurred on", "accident that occurred on",
            "accident occurred on", "accident took place on", "accident happened on", "collision on",
            "collision which occurred on", "collision of", "collision occurred on", "collision took place on",
            "incident on", "injured on", "when did the accident happen",
        ],
    ),
    date(
        "claim_date",
        &[
            "claim made", "submitted on", "date reported to us", "reported to us", "date sent to compensator",
            "notified", "notified on", "claim notified to us", "date of claim", "date of the claim",
            "date of this claim", "claim date", "claim made on", "date claim made", "date claim was made",
            "date the claim was made", "claim was made on", "claim submitted on", "claim submitted",
            "claim notified on", "claim notified", "date of notification", "notification date", "claim dated",
            "claim presented on", "claim received on", "claim lodged on", "date submitted",
        ],
    ),
    Label {
        field: "injury_prognosis_months",
        asks: Asks::Months,
        phrases: &[
            "prognosis", "prognosis in months", "prognosis months", "prognosis period", "injury prognosis",
            "injury prognosis in months", "injury prognosis (months)", "expected recovery",
            "expected recovery time", "expected time to recovery", "recovery period", "recovery time",
            "time to recovery", "duration of injury", "duration of the injury", "duration of symptoms",
            "months to recovery", "expected to recover within", "expected to recover in", "will recover within",
            "recover fully within", "full recovery within", "full recovery is expected within",
            "recovery is expected within", "recovery is expected in", "resolve within", "full recovery in",
            "prognosis is", "prognosis of",
        ],
    },
    yes_no(
        "whiplash",
        &[
            "whiplash injury suffered", "whiplash", "whiplash injury", "is this a whiplash injury",
            "whiplash suffered", "whiplash claimed",
        ],
    ),
    yes_no(
        "minor_psychological_injury",
        &[
            "minor psych", "psychological", "psychological injury (minor)", "minor psychological injury",
            "psychological injury", "minor psychological", "psychological symptoms", "any psychological injury?",
        ],
    ),
    yes_no(
        "exceptional_circumstances",
        &[
            "exceptional circs", "exceptional", "exceptional circumstances claimed", "exceptional circumstances",
            "exceptional injury", "are there exceptional circumstances?",
        ],
    ),
    yes_no(
        "medical_report_received",
        &[
            "medical report", "med report", "has a medical report been received", "had a medical report",
            "medical report received", "medical report enclosed", "medical report attached",
            "medical report obtained",
        ],
    ),
    yes_no(
        "police_report_filed",
        &[
            "accident reported to the police", "report the accident to the police", "police report filed",
            "police report", "police informed", "reported to police", "reported to the police", "police attended",
        ],
    ),
    yes_no(
        "witness_present",
        &[
            "witness", "independent witnesses", "independent witness", "any independent witnesses",
            "witness present", "witnesses present", "any witnesses", "witnesses",
        ],
    ),
    Label {
        field: "dominant_injury",
        asks: Asks::Word(domain::claim::DOMINANT_INJURIES),
        phrases: &[
            "dominant injury", "main injury", "main site of injury", "site of injury",
        ],
    },
    Label {
        field: "vehicle_type",
        asks: Asks::Word(domain::claim::VEHICLE_TYPES),
        phrases: &["vehicle type", "type of vehicle", "kind of vehicle"],
    },
    Label {
        field: "weather_conditions",
        asks: Asks::Word(domain::claim::WEATHER_CONDITIONS),
        phrases: &["weather", "weather conditions"],
    },
    Label {
        field: "accident_type",
        asks: Asks::Word(domain::claim::ACCIDENT_TYPES),
        phrases: &[
            "accident type", "type of accident", "kind of accident", "accident circumstances",
            "circumstances of accident", "circumstances of the accident", "circumstances",
        ],
    },
    Label {
        field: "vehicle_age",
        asks: Asks::Number(100),
        phrases: &[
            "vehicle age", "age of vehicle", "vehicle age in years", "age of vehicle in years",
            "vehicle age (years)",
        ],
    },
    Label { field: "passengers", asks: Asks::Number(60), phrases: &["passengers", "number of passengers"] },
    Label {
        field: "driver_age",
        asks: Asks::Number(120),
        phrases: &[
            "driver age", "age of driver", "driver's age", "claimant's age", "claimant age", "age of claimant",
        ],
    },
    Label { field: "gender", asks: Asks::Word(&["Male", "Female"]), phrases: &["gender", "sex"] },
    Label {
        field: "external_reference",
        asks: Asks::Reference,
        phrases: &[
            "our claim reference", "our claim ref", "our claim number", "your reference", "your ref",
            "your claim reference", "your claim number", "your claim no", "claim reference", "claim number",
            "claim ref", "claim no", "claim reference number",
        ],
    },
    Label {
        field: "",
        asks: Asks::Reference,
        phrases: &[
            "our reference", "our ref", "reference", "reference number", "file reference", "ref",
            "portal reference", "policy reference", "policy number", "registration", "vehicle registration",
            "name of claimant", "claimant", "address",
        ],
    },
    money(
        "general_fixed_pence",
        &[
            "tariff figure", "tariff award claimed", "tariff sum", "whiplash tariff", "tariff award",
            "tariff amount", "tariff damages", "whiplash tariff award", "tariff", "whiplash damages",
            "general damages tariff", "tariff general damages",
        ],
    ),
    money(
        "general_uplift_pence",
        &[
            "exceptional uplift", "tariff uplift", "uplift", "exceptional circumstances uplift",
        ],
    ),
    money(
        "general_rest_pence",
        &[
            "non tariff injury", "other general damages", "general damages", "non tariff damages",
            "non-tariff damages", "non-tariff injury", "non-tariff general damages", "general damages non-tariff",
            "psla", "pain suffering and loss of amenity", "other injuries",
        ],
    ),
    money(
        "special_therapy_pence",
        &[
            "treatment (physiotherapy)", "physiotherapy sessions", "physiotherapy", "physiotherapy costs",
            "physiotherapy charges", "physiotherapy fees", "physiotherapy treatment", "cost of physiotherapy",
            "therapy", "therapy costs", "physio",
        ],
    ),
    money("special_rehabilitation_pence", &["rehabilitation", "rehabilitation costs", "rehab"]),
    money(
        "special_health_expenses_pence",
        &[
            "health expenses", "medical expenses", "medical costs", "healthcare expenses",
        ],
    ),
    money(
        "special_medications_pence",
        &[
            "prescription costs", "painkillers", "medication", "medications", "medication costs", "prescriptions",
            "prescription charges", "medicines",
        ],
    ),
    money("special_additional_injury_pence", &["additional injury", "additional injuries", "further injury"]),
    money(
        "special_earnings_loss_pence",
        &[
            "loss of pay", "lost pay", "loss of net earnings", "loss of earnings", "lost earnings", "earnings loss",
            "loss of wages", "lost wages", "loss of income", "past loss of earnings", "net loss of earnings",
        ],
    ),
    money(
        "special_asset_damage_pence",
        &[
            "damaged clothing", "damaged clothing and spectacles", "clothing and spectacles", "damaged possessions",
            "damage to vehicle and items", "damage to vehicle", "vehicle damage", "damage to property",
            "property damage", "damaged items", "damage to items", "damage to belongings", "damaged belongings",
            "personal belongings",
        ],
    ),
    money(
        "special_fixes_pence",
        &[
            "repairs", "repair costs", "vehicle repairs", "cost of repairs", "vehicle repair costs",
        ],
    ),
    money(
        "special_loaner_vehicle_pence",
        &[
            "loaner", "loaner / hire", "replacement hire car", "replacement car", "hire", "hire costs",
            "hire of replacement vehicle", "vehicle hire", "hire charges", "car hire", "credit hire",
            "replacement vehicle", "vehicle hire charges", "hire of a replacement vehicle",
            "replacement vehicle hire", "loan vehicle",
        ],
    ),
    money("special_usage_loss_pence", &["loss of use", "loss of use of vehicle"]),
    money(
        "special_journey_expenses_pence",
        &[
            "travelling to treatment", "travel to medical appointments", "travel", "travel to treatment",
            "travel expenses", "travelling expenses", "travel to appointments", "journey expenses", "travel costs",
            "mileage",
        ],
    ),
    money(
        "special_trip_costs_pence",
        &[
            "other travel expenses", "other travel", "other travel costs", "trip costs", "taxi fares",
        ],
    ),
    money("special_overage_pence", &[
            "policy excess", "excess", "insurance excess", "policy excess paid",
        ]),
    money("special_reduction_pence", &["agreed reduction", "less agreed reduction", "agreed deduction"]),
    money(
        crate::candidate::TOTAL,
        &[
            "total", "total claimed", "total claim", "sum claimed", "grand total", "total amount claimed",
            "total damages", "total of all heads", "sum of heads", "amount claimed in all", "total amount",
            "subtotal",
        ],
    ),
    Label { field: "", asks: Asks::Money, phrases: OTHERS },
];

/// A phrase as words that are compared, with its label.
pub type Phrase = (Vec<String>, &'static Label);

/// The phrases that begin with this word, the longest first; the data set's own column names among them.
pub fn phrases(first: &str) -> &'static [Phrase] {
    static ALL: LazyLock<HashMap<String, Vec<Phrase>>> = LazyLock::new(by_first_word);
    ALL.get(first).map_or(&[], Vec::as_slice)
}

fn by_first_word() -> HashMap<String, Vec<Phrase>> {
    let words = |phrase: &str| phrase.split(' ').map(plain).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    let mut all: Vec<Phrase> =
        LABELS.iter().flat_map(|label| label.phrases.iter().map(move |p| (words(p), label))).collect();
    for head in Head::ALL {
        let label = LABELS.iter().find(|l| l.field.strip_suffix("_pence") == Some(head.key()));
        all.extend(label.map(|label| (vec![plain(head.column())], label)));
    }
    all.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    let mut by_first: HashMap<String, Vec<Phrase>> = HashMap::new();
    for phrase in all {
        by_first.entry(phrase.0[0].clone()).or_default().push(phrase);
    }
    by_first
}

/// A word as it is compared: small letters and digits alone.
pub fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric() || *c == '/').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_has_a_label_and_no_phrase_has_two() {
        for head in Head::ALL {
            assert!(LABELS.iter().any(|l| l.field == format!("{}_pence", head.key())), "{head:?}");
        }
        let mut seen = std::collections::BTreeMap::new();
        for (words, label) in by_first_word().values().flatten() {
            if let Some(other) = seen.insert(words.clone(), label.field) {
                assert_eq!(other, label.field, "{words:?}");
            }
        }
    }
}
