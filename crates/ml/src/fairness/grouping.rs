//! Which rows belong together: to a group by the attribute, and to a claim.

use std::collections::BTreeMap;

use super::FairnessError;
use crate::random::Random;

/// Rows by group and by unit, which is what is drawn or shuffled as a whole: the rows that share
/// claim and group. A claim whose rows are in two groups is two units.
#[derive(Debug, Clone)]
pub struct Grouping<G> {
    /// Ascending.
    pub names: Vec<G>,
    /// For each row the place of its group in `names`.
    pub code: Vec<usize>,
    /// The rows of each unit.
    pub units: Vec<Vec<usize>>,
}

impl<G: Ord + Clone> Grouping<G> {
    /// From the group and, if copies of claims may be among the rows, the claim of each row.
    pub fn of(group: &[G], claim: Option<&[i64]>) -> Result<Grouping<G>, FairnessError> {
        if group.is_empty() {
            return Err(FairnessError::NoRows);
        }
        if let Some(found) = claim.map(<[i64]>::len).filter(|found| *found != group.len()) {
            return Err(FairnessError::Length { found, expected: group.len() });
        }
        let mut names = group.to_vec();
        names.sort();
        names.dedup();
        let code: Vec<usize> = group.iter().map(|g| names.partition_point(|name| name < g)).collect();
        let mut units: BTreeMap<(i64, usize), Vec<usize>> = BTreeMap::new();
        for (row, group) in code.iter().enumerate() {
            units.entry((claim.map_or(row as i64, |c| c[row]), *group)).or_default().push(row);
        }
        Ok(Grouping { names, code, units: units.into_values().collect() })
    }

    /// The units of a group.
    pub fn units_of(&self, group: usize) -> impl Iterator<Item = &Vec<usize>> {
        self.units.iter().filter(move |rows| self.code[rows[0]] == group)
    }

    /// The code of each row after the groups have been dealt anew to the units.
    pub fn shuffled(&self, random: &mut Random) -> Vec<usize> {
        let mut groups: Vec<usize> = self.units.iter().map(|rows| self.code[rows[0]]).collect();
        random.shuffle(&mut groups);
        let mut code = vec![0; self.code.len()];
        for (rows, group) in self.units.iter().zip(groups) {
            rows.iter().for_each(|row| code[*row] = group);
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_claim_move_together() {
        let grouping = Grouping::of(&["f", "m", "f", "m", "f", "f"], Some(&[1, 2, 1, 2, 3, 4])).unwrap();
        assert_eq!((grouping.names.as_slice(), grouping.units.len()), (["f", "m"].as_slice(), 4));
        let mut seen = [0; 2];
        for seed in 0..20 {
            let code = grouping.shuffled(&mut Random::new(seed));
            assert!(code[0] == code[2] && code[1] == code[3], "{code:?}");
            seen[code[0]] += 1;
        }
        assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
    }

    #[test]
    fn a_claim_in_two_groups_is_two_units() {
        let grouping = Grouping::of(&[0, 1, 0], Some(&[9, 9, 9])).unwrap();
        assert_eq!(grouping.units, [vec![0, 2], vec![1]]);
        assert_eq!(grouping.units_of(0).count(), 1);
    }

    #[test]
    fn shapes_are_checked() {
        assert_eq!(Grouping::<u8>::of(&[], None).unwrap_err(), FairnessError::NoRows);
        let short = Grouping::of(&[1, 2], Some(&[1])).unwrap_err();
        assert_eq!(short, FairnessError::Length { found: 1, expected: 2 });
    }
}
