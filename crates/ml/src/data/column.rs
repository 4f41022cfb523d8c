//! The 36 columns of the data set and what each is read into.

use domain::Head;

/// What a column is read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Settlement,
    Head(Head),
    AccidentType,
    Prognosis,
    Exceptional,
    Psychological,
    DominantInjury,
    Whiplash,
    VehicleType,
    Weather,
    AccidentDate,
    ClaimDate,
    VehicleAge,
    DriverAge,
    Passengers,
    AccidentDescription,
    InjuryDescription,
    PoliceReport,
    Witness,
    Gender,
}

/// Every column with its name, in the order of the data set.
pub const COLUMNS: [(&str, Column); 36] = [
    ("SettlementValue", Column::Settlement),
    ("AccidentType", Column::AccidentType),
    ("Injury_Prognosis", Column::Prognosis),
    head(Head::SpecialHealthExpenses),
    head(Head::SpecialReduction),
    head(Head::SpecialOverage),
    head(Head::GeneralRest),
    head(Head::SpecialAdditionalInjury),
    head(Head::SpecialEarningsLoss),
    head(Head::SpecialUsageLoss),
    head(Head::SpecialMedications),
    head(Head::SpecialAssetDamage),
    head(Head::SpecialRehabilitation),
    head(Head::SpecialFixes),
    head(Head::GeneralFixed),
    head(Head::GeneralUplift),
    head(Head::SpecialLoanerVehicle),
    head(Head::SpecialTripCosts),
    head(Head::SpecialJourneyExpenses),
    head(Head::SpecialTherapy),
    ("Exceptional_Circumstances", Column::Exceptional),
    ("Minor_Psychological_Injury", Column::Psychological),
    ("Dominant injury", Column::DominantInjury),
    ("Whiplash", Column::Whiplash),
    ("Vehicle Type", Column::VehicleType),
    ("Weather Conditions", Column::Weather),
    ("Accident Date", Column::AccidentDate),
    ("Claim Date", Column::ClaimDate),
    ("Vehicle Age", Column::VehicleAge),
    ("Driver Age", Column::DriverAge),
    ("Number of Passengers", Column::Passengers),
    ("Accident Description", Column::AccidentDescription),
    ("Injury Description", Column::InjuryDescription),
    ("Police Report Filed", Column::PoliceReport),
    ("Witness Present", Column::Witness),
    ("Gender", Column::Gender),
];

const fn head(head: Head) -> (&'static str, Column) {
    (head.column(), Column::Head(head))
}

impl Column {
    /// The column of this name; capitals, spaces and underscores do not matter.
    pub fn named(name: &str) -> Option<Column> {
        let wanted = folded(name);
        COLUMNS.iter().find(|(known, _)| folded(known) == wanted).map(|&(_, column)| column)
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_head_has_a_column() {
        for &head in Head::ALL {
            assert_eq!(Column::named(head.column()), Some(Column::Head(head)));
        }
    }

    #[test]
    fn spelling_is_forgiven_but_unknown_names_are_not_guessed() {
        assert_eq!(Column::named(" accident date "), Some(Column::AccidentDate));
        assert_eq!(Column::named("injury prognosis"), Some(Column::Prognosis));
        assert_eq!(Column::named("Accident"), None);
        assert_eq!(Column::named(""), None);
    }
}
