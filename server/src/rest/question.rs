//! What the API is sent, as documented in its OpenAPI description.

use serde::Serialize;
use utoipa::ToSchema;

/// A claim as posted. Every field is optional but at least one head of loss is needed; null and
/// empty mean "not known". Amounts are whole pence. `driver_age` and `gender` are kept apart and are
/// never used for a prediction.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "accident_type": "Rear end", "accident_date": "2026-03-31", "claim_date": "2026-04-20",
    "injury_prognosis_months": 7, "minor_psychological_injury": true, "whiplash": true,
    "general_fixed_pence": 102500, "general_rest_pence": 140000, "special_therapy_pence": 40600
}))]
pub struct NewClaim {
    pub accident_type: Option<String>,
    /// Year-month-day.
    pub accident_date: Option<String>,
    pub claim_date: Option<String>,
    /// 1 to 60.
    pub injury_prognosis_months: Option<u8>,
    pub minor_psychological_injury: Option<bool>,
    pub exceptional_circumstances: Option<bool>,
    pub whiplash: Option<bool>,
    pub dominant_injury: Option<String>,
    pub injury_description: Option<String>,
    pub accident_description: Option<String>,
    pub vehicle_type: Option<String>,
    /// Years.
    pub vehicle_age: Option<u8>,
    pub weather_conditions: Option<String>,
    pub passengers: Option<u8>,
    pub police_report_filed: Option<bool>,
    pub witness_present: Option<bool>,
    pub driver_age: Option<u8>,
    pub gender: Option<String>,
    pub external_reference: Option<String>,
    /// Your own name for the claimant, such as a customer number: claims with the same one are one person's.
    pub claimant_reference: Option<String>,
    pub medical_report_received: Option<bool>,
    pub general_fixed_pence: Option<i64>,
    pub general_uplift_pence: Option<i64>,
    pub general_rest_pence: Option<i64>,
    pub special_therapy_pence: Option<i64>,
    pub special_rehabilitation_pence: Option<i64>,
    pub special_health_expenses_pence: Option<i64>,
    pub special_medications_pence: Option<i64>,
    pub special_additional_injury_pence: Option<i64>,
    pub special_earnings_loss_pence: Option<i64>,
    pub special_asset_damage_pence: Option<i64>,
    pub special_fixes_pence: Option<i64>,
    pub special_loaner_vehicle_pence: Option<i64>,
    pub special_usage_loss_pence: Option<i64>,
    pub special_journey_expenses_pence: Option<i64>,
    pub special_trip_costs_pence: Option<i64>,
    pub special_overage_pence: Option<i64>,
    pub special_reduction_pence: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct PredictionRequest {
    pub claim: NewClaim,
}

/// Up to 1,000 claims, 4 MB in all. Equal claims are all entered.
#[derive(Serialize, ToSchema)]
pub struct BatchRequest {
    pub claims: Vec<NewClaim>,
}
