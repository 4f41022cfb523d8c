//! The words on screens and what they mean: one glossary for the helps beside terms, the help page and
//! `docs/words.md`, which a test compares with it.

/// Terms and what they mean, in the order in which a newcomer meets them.
pub const WORDS: &[(&str, &str)] = &[
    (
        "Prediction",
        "The amount for which the model expects the claim to settle. It supports a decision and makes none.",
    ),
    (
        "Range",
        "Nine in ten similar claims settled between these two amounts. Measured on claims the model had not seen.",
    ),
    ("Claimed", "What the claimant’s side asks for under this head of loss."),
    ("Head of loss", "A kind of damage that is claimed by itself, such as physiotherapy or loss of earnings."),
    ("General damages", "For pain, suffering and loss of amenity: what has no bill."),
    ("Special damages", "For money spent or lost, such as treatment, earnings or repairs: what has a bill."),
    (
        "Tariff",
        "What the Whiplash Injury Regulations give for an injury of this duration, by the accident’s date. It is law; the prediction is not.",
    ),
    ("Prognosis", "Months from the accident until the injured person is expected to have recovered."),
    (
        "Whiplash",
        "A soft-tissue injury of the neck, back or shoulder. Civil Liability Act 2018, section 6: none is settled without a medical report.",
    ),
    ("Exceptional circumstances", "They allow up to 20% above the tariff."),
    (
        "Effect",
        "By how many pounds this head moves the prediction away from the average claim. All effects and the average add up to the prediction.",
    ),
    ("Difference", "The prediction less the sum claimed."),
    (
        "Similar claims",
        "Settled claims of your company that the model sees as most alike. 100% would be no difference.",
    ),
    ("What if", "Change an amount or the prognosis, and see what the model would say. Nothing is saved or charged."),
    ("To decide", "Nobody has settled this claim or asked for a review."),
    ("In review", "A handler asked a manager to look. The manager settles it or hands it back."),
    ("Override", "Settling for another amount than the prediction, with a reason."),
    ("Model", "A version that was trained outside, uploaded, checked and, once deployed, makes the predictions."),
    ("Serving", "The version whose predictions are shown now."),
    ("Mean error", "By how many pounds predictions miss on average, on claims the model had not seen."),
    ("Coverage", "The share of claims that settled within the range. Aimed at: 90%."),
    ("Bias", "Whether predictions lie too high (+) or too low (−) on average."),
    ("Usage", "Predictions that are charged. A what-if, a refused entry and a repeated call are not."),
    ("Draft", "An invoice that is prepared and not yet sent: it can be discarded."),
    ("Net", "An amount before VAT."),
    ("Job", "Work that Solatium does by itself or puts off, such as sending mail."),
    ("API key", "By it another system enters claims for one company. It is shown once."),
    ("Trail", "Your own acts, as they are on record."),
];

/// What a word of the glossary means; empty for one that it does not have.
pub fn meaning(word: &str) -> &'static str {
    WORDS.iter().find(|(term, _)| *term == word).map_or("", |(_, meaning)| meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_the_same() {
        let document = include_str!("../../../docs/words.md");
        let listed: Vec<(&str, &str)> = document
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
            .filter(|(term, _)| *term != "Term")
            .collect();
        assert_eq!(listed, WORDS, "docs/words.md lists the words of this file, in this order");
    }

    #[test]
    fn each_word_stands_once_and_is_explained_in_a_sentence() {
        for (i, (term, words)) in WORDS.iter().enumerate() {
            assert!(words.ends_with('.') && words.len() > 15, "{term}");
            assert!(!WORDS[i + 1..].iter().any(|(other, _)| other == term), "{term} stands twice");
            assert_eq!(meaning(term), *words);
        }
        assert_eq!(meaning("Nothing"), "");
    }
}
