//! The pages of the registry, and those on which files are sent: what stands on each is said by its use case.

use domain::policy::Permission;

use super::Kind;
use super::room::page;
use crate::{claims, fairness, models, monitoring, publishing, training};

pub static ALERTS: Kind = Kind {
    more: Some(|ctx, query, after| Box::pin(monitoring::page::more(ctx, query, after))),
    ..page(
        "alerts",
        "Alerts",
        "Where claims or errors are not what they were. Each Monday the week before is looked at.",
        Some(Permission::ReadModels),
        |ctx, query| Box::pin(monitoring::page::page(ctx, query)),
    )
};

pub static COMPARE: Kind = Kind {
    filters: |ctx, query| Box::pin(models::compare::filters(ctx, query)),
    ..page(
        "compare",
        "Compare versions",
        "Both value the same claims from the facts as they were.",
        Some(Permission::ReadModels),
        |ctx, query| Box::pin(models::compare::page(ctx, query)),
    )
};

pub static FAIRNESS: Kind = Kind {
    more: Some(|ctx, _, after| Box::pin(fairness::page::more(ctx, after))),
    ..page(
        "fairness",
        "Fairness",
        "Whether claimants of one group are served worse than those of another, by the model and by what people decide.",
        Some(Permission::AuditFairness),
        |ctx, query| Box::pin(fairness::page::page(ctx, query)),
    )
};

pub static IMPORT: Kind = page(
    "import",
    "Upload claims",
    "Good rows are kept; each bad one is named with line, column and remedy.",
    Some(Permission::WriteClaims),
    |ctx, _| Box::pin(claims::import::page(ctx)),
);

pub static MATERIAL: Kind =
    page("material", "Training", "What is to be known of a version before one works with it.", None, |ctx, query| {
        Box::pin(publishing::material::page(ctx, query))
    });

pub static MODEL: Kind =
    page("model", "Model", "", Some(Permission::ReadModels), |ctx, query| Box::pin(models::view::page(ctx, query)));

pub static MODELS: Kind =
    page("models", "Models", "", Some(Permission::ReadModels), |ctx, _| Box::pin(models::list::page(ctx)));

pub static PUBLISHED: Kind = Kind {
    more: Some(|ctx, _, after| Box::pin(publishing::reports::more(ctx, after))),
    ..page(
        "published",
        "Published reports",
        "How good the models are, as it stood when each report was published.",
        None,
        |ctx, query| Box::pin(publishing::reports::page(ctx, query)),
    )
};

pub static RETRAINING: Kind = Kind {
    more: Some(|ctx, _, after| Box::pin(training::page::more(ctx, after))),
    ..page(
        "retraining",
        "Retraining",
        "Learnt anew from what claims finally settled for, and compared with what serves.",
        Some(Permission::ReadModels),
        |ctx, query| Box::pin(training::page::page(ctx, query)),
    )
};

pub static UPLOAD: Kind = page(
    "model-upload",
    "Upload a model",
    "It is checked before anything predicts with it; approving and deploying it are steps of their own.",
    Some(Permission::UploadModels),
    |_, _| Box::pin(models::upload::page()),
);
