//! Logs and metrics. Neither carries personal data: ids, kinds, durations.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// Starts logging to standard error.
pub fn start_logging(config: &Config) {
    let filter = EnvFilter::try_new(format!("{},sea_orm_migration=warn,sqlx=warn", config.log))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in the same process, as in tests, keeps the first.
    let _ = if config.log_format == "json" { builder.json().try_init() } else { builder.compact().try_init() };
}

/// Collects metrics for `/metrics`.
pub fn start_metrics() -> PrometheusHandle {
    let seconds = [0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];
    let builder = PrometheusBuilder::new();
    let builder = match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &seconds) {
        Ok(builder) => builder,
        Err(_) => PrometheusBuilder::new(),
    };
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    // A second recorder in the same process, as in tests, collects nothing.
    let _ = metrics::set_global_recorder(recorder);
    metrics::describe_histogram!("solatium_request_seconds", "Time to answer, by route and status");
    metrics::describe_histogram!("solatium_prediction_seconds", "Time a model took for a prediction");
    metrics::describe_counter!("solatium_predictions_total", "Predictions made");
    metrics::describe_counter!("solatium_decisions_total", "Decisions made, by kind");
    handle
}
