//! Letters and forms as people write them: what is proposed, and what is not.
#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::collections::BTreeMap;

use extract::{Extraction, Fail, Kind, Limits, Place, State, Tools, read};

fn of(bytes: &[u8]) -> Extraction {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path(), &Tools::find(), &Limits::default())
}

/// Field to values, as JSON writes them.
fn values(extraction: &Extraction) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for c in &extraction.candidates {
        let value = serde_json::to_value(&c.value).unwrap();
        all.entry(c.field.clone()).or_default().push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    all
}

fn assert_values(text: &str, wanted: &[(&str, &[&str])]) {
    let found = values(&of(text.as_bytes()));
    let wanted: BTreeMap<String, Vec<String>> =
        wanted.iter().map(|(f, v)| ((*f).to_owned(), v.iter().map(|v| (*v).to_owned()).collect())).collect();
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn a_form_of_labels_and_colons() {
    assert_values(
        "CLAIM FORM\n\nClaim reference: MI-48765\nOur ref: SOL/77-1\nDate of accident: 31/03/2026\nDate of claim: 20 April 2026\n\
         Prognosis: 7 months\nWhiplash injury: Yes\nMinor psychological injury: [ ] Yes [x] No\nDate of birth: 12/04/1981\n\
         \nHeads of loss\nWhiplash tariff ........ £965.00\nPhysiotherapy (12 sessions at £35.00): £420.00\n\
         Loss of earnings: £1,310.50\nTravel expenses: nil\nTotal: £2,695.50\n",
        &[
            ("accident_date", &["2026-03-31"]),
            ("claim_date", &["2026-04-20"]),
            ("external_reference", &["MI-48765"]),
            ("general_fixed_pence", &["96500"]),
            ("injury_prognosis_months", &["7"]),
            ("minor_psychological_injury", &["false"]),
            ("special_earnings_loss_pence", &["131050"]),
            ("special_journey_expenses_pence", &["0"]),
            ("special_therapy_pence", &["42000"]),
            ("whiplash", &["true"]),
        ],
    );
}

#[test]
fn a_table_of_columns_and_its_heading() {
    assert_values(
        "Head of loss            Claimed       Offered\n\
         Physiotherapy           £420.00       £300.00\n\
         Vehicle hire            £1,250.00     £900.00\n\
         Policy excess           £100.00       £100.00\n\
         Total                   £1,770.00     £1,300.00\n",
        &[
            ("special_loaner_vehicle_pence", &["125000"]),
            ("special_overage_pence", &["10000"]),
            ("special_therapy_pence", &["42000"]),
        ],
    );
}

#[test]
fn figures_stand_at_the_right_of_their_heading() {
    assert_values(
        "Head             Agreed              Claimed\n\
         Physiotherapy              £300.00             £420.00\n\
         Policy excess                  nil             £100.00\n",
        &[("special_overage_pence", &["10000"]), ("special_therapy_pence", &["42000"])],
    );
}

#[test]
fn two_columns_of_labels_with_values_below() {
    assert_values(
        "Date of accident          Date of claim\n31/03/2026                20/04/2026\n\n\
         Physiotherapy             Loss of earnings\n£420.00                   £310.50\n",
        &[
            ("accident_date", &["2026-03-31"]),
            ("claim_date", &["2026-04-20"]),
            ("special_earnings_loss_pence", &["31050"]),
            ("special_therapy_pence", &["42000"]),
        ],
    );
}

#[test]
fn sentences_name_the_amount_before_or_after() {
    assert_values(
        "Our client was injured in an accident on Tuesday 31 March 2026 when the defendant drove into her. We claim £420.00\n\
         for physiotherapy, £310.50 for loss of earnings and travel expenses of £88.20. The policy excess was £100. Interest\n\
         of £12.00 is not pursued. She is expected to recover within seven months of the accident.\n",
        &[
            ("accident_date", &["2026-03-31"]),
            ("injury_prognosis_months", &["7"]),
            ("special_earnings_loss_pence", &["31050"]),
            ("special_journey_expenses_pence", &["8820"]),
            ("special_overage_pence", &["10000"]),
            ("special_therapy_pence", &["42000"]),
        ],
    );
}

#[test]
fn what_could_belong_to_something_else_is_not_proposed() {
    for text in [
        "Physiotherapy was recommended by Dr Evans, whose report cost £250.00.",
        "Vehicle value: £4,500.00",
        "The invoice of 3 May 2026 is enclosed.",
        "Physiotherapy: £35.00 per session",
        "Physiotherapy: £420.00 or £520.00",
        "Prognosis: 6 to 9 months",
        "Whiplash: Yes No",
        "Our offer: £1,200.00",
    ] {
        assert_eq!(values(&of(text.as_bytes())), BTreeMap::new(), "{text}");
    }
    // Two dates for one fact: both are offered, neither is trusted.
    let both = of(b"Date of accident: 31/03/2026 or 01/04/2026");
    assert_eq!(values(&both)["accident_date"], ["2026-03-31", "2026-04-01"]);
    assert!(both.candidates.iter().all(|c| c.confidence <= 0.5));
}

#[test]
fn places_are_characters_of_the_text() {
    let text = "Dear Sirs\n\nPhysiotherapy: £420.00\n";
    let found = of(text.as_bytes());
    let Place::Range([from, to]) = found.candidates[0].place else { panic!("{found:?}") };
    assert_eq!(text.chars().skip(from).take(to - from).collect::<String>(), "£420.00");
    assert_eq!((found.candidates[0].raw.as_str(), found.candidates[0].page), ("£420.00", 1));
}

#[test]
fn heads_are_added_up_beside_the_total() {
    let sums = |text: &str| of(text.as_bytes()).sums.map(|s| (s.stated, s.found, s.agree));
    assert_eq!(sums("Physiotherapy: £420.00\nPolicy excess: £100\nTotal: £520.00"), Some((52_000, 52_000, true)));
    assert_eq!(sums("Physiotherapy: £420.00\nTotal: £540.00"), Some((54_000, 42_000, false)));
    assert_eq!(sums("Physiotherapy: £420.00"), None);
}

#[test]
fn what_cannot_be_read_says_why() {
    let failed = |bytes: &[u8]| {
        let e = of(bytes);
        (e.kind, e.state, e.fail_code)
    };
    assert_eq!(failed(b"\0\x01\x02\x03 nothing"), (Kind::Unknown, State::Refused, Some(Fail::UnknownType)));
    assert_eq!(failed(b"\x89PNG\r\n\x1a\n"), (Kind::Image, State::NeedsManual, Some(Fail::Damaged)));
    assert_eq!(failed(b"Nothing to see here."), (Kind::Text, State::NeedsManual, Some(Fail::NothingFound)));
    assert_eq!(failed(b"%PDF-1.7 and then nothing"), (Kind::Pdf, State::NeedsManual, Some(Fail::Damaged)));
    let large = Limits { bytes: 10, ..Limits::default() };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Physiotherapy: £420.00").unwrap();
    assert_eq!(read(file.path(), &Tools::find(), &large).fail_code, Some(Fail::TooLarge));
    let words = [
        Fail::Password,
        Fail::Damaged,
        Fail::TooLarge,
        Fail::Bomb,
        Fail::UnknownType,
        Fail::NoText,
        Fail::NoSpeech,
        Fail::NothingFound,
        Fail::ToolMissing,
        Fail::TimedOut,
    ]
    .map(Fail::words);
    assert_eq!(
        words.iter().collect::<std::collections::BTreeSet<_>>().len(),
        words.len(),
        "each has a sentence of its own"
    );
}

#[test]
fn windows_text_and_mails_are_read() {
    let found = of(b"Physiotherapy: \xa3420.00\r\nLoss of earnings: \xa3310.50\r\n");
    assert_eq!(values(&found)["special_therapy_pence"], ["42000"]);
    let mail = "From: a@b.example\r\nTo: c@d.example\r\nSubject: Claim\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
                <p>Date of accident: 31/03/2026</p><p>Physiotherapy: &pound;420.00</p>";
    let found = of(mail.as_bytes());
    assert_eq!(found.kind, Kind::Email);
    assert_eq!(values(&found)["special_therapy_pence"], ["42000"]);
    assert_eq!(values(&found)["accident_date"], ["2026-03-31"]);
}
