//! What is otherwise in a version than in the one before it: made from the two manifests, so that release notes need only
//! say why (story 32).

use std::collections::{BTreeMap, BTreeSet};

use contract::table::{Cell, Table};
use domain::money::whole_pounds as pounds;

/// The rows that differ; empty where nothing does.
pub(super) fn table(before: &ml::Manifest, after: &ml::Manifest, name: &str) -> Table {
    let empty = format!("Nothing but the learnt values differs from {name}.");
    let mut table = Table::new("What is otherwise", &["What", name, "This version"], &empty);
    let mut row = |what: &str, before: String, after: String| {
        if before != after {
            table.row(vec![Cell::text(what), Cell::Text(before), Cell::Text(after)]);
        }
    };
    let features = |m: &ml::Manifest| m.features.iter().map(|f| f.name.clone()).collect::<BTreeSet<_>>();
    let (was, is) = (features(before), features(after));
    let listed = |of: Vec<&String>| match of.is_empty() {
        true => "–".to_owned(),
        false => of.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "),
    };
    if was != is {
        row("Features it no longer has", listed(was.difference(&is).collect()), "–".into());
        row("Features it has anew", "–".into(), listed(is.difference(&was).collect()));
    }
    row("Family", before.family.to_string(), after.family.to_string());
    let libraries = |m: &ml::Manifest| {
        m.libraries.iter().map(|l| format!("{} {}", l.name, l.version)).collect::<Vec<_>>().join(", ")
    };
    row("Libraries", libraries(before), libraries(after));
    row("Explained by", format!("{:?}", before.explanation), format!("{:?}", after.explanation));
    let settings: BTreeSet<&String> = before.recipe.keys().chain(after.recipe.keys()).collect();
    let of = |recipe: &BTreeMap<String, String>, key: &String| recipe.get(key).cloned().unwrap_or_else(|| "–".into());
    for key in settings {
        row(&format!("Recipe: {key}"), of(&before.recipe, key), of(&after.recipe, key));
    }
    row("Data it learnt from (SHA-256)", short(&before.training.sha256), short(&after.training.sha256));
    row("Claims it learnt from", before.training.claims.to_string(), after.training.claims.to_string());
    row("Mean absolute error", pounds(before.metrics.mae), pounds(after.metrics.mae));
    let coverage = |m: &ml::Manifest| format!("{:.1}%", 100.0 * m.metrics.interval.coverage);
    row("Coverage of the 90% range", coverage(before), coverage(after));
    row(
        "Mean width of the range",
        pounds(before.metrics.interval.mean_width),
        pounds(after.metrics.interval.mean_width),
    );
    table
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
