//! Why revenue is otherwise than planned: how much was used, by whom, and at what price. The parts add up to the penny.

use domain::Money;

use crate::price::round_half_up;
use crate::rating::TooLarge;

/// Use and net revenue of a client, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sold {
    pub units: u64,
    pub net: Money,
}

/// What makes the difference between actual and plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variance {
    /// More or less was used, at the planned average price.
    pub volume: Money,
    /// Clients of other planned prices used it.
    pub mix: Money,
    /// It was charged at other prices than planned.
    pub price: Money,
}

impl Variance {
    pub fn total(self) -> Option<Money> {
        Money::sum([self.volume, self.mix, self.price])
    }
}

/// Plan and actual of each client. A client without a planned price is charged as it is, so that all of it is mix.
pub fn variance(clients: &[(Sold, Sold)]) -> Result<Variance, TooLarge> {
    let sum = |of: &dyn Fn(&(Sold, Sold)) -> Sold| -> Result<(i128, i128), TooLarge> {
        let units = clients.iter().map(|c| i128::from(of(c).units)).sum();
        let net = clients.iter().map(|c| i128::from(of(c).net.pence())).sum();
        Ok((units, net))
    };
    let ((planned_units, planned), (units, actual)) = (sum(&|c| c.0)?, sum(&|c| c.1)?);
    let mut flexed = 0i128;
    for (plan, real) in clients {
        flexed += match plan.units {
            0 => i128::from(real.net.pence()),
            of => pence(i128::from(real.units) * i128::from(plan.net.pence()), i128::from(of))?,
        };
    }
    let at_average = if planned_units == 0 { planned } else { pence(units * planned, planned_units)? };
    let money = |value: i128| i64::try_from(value).map(Money::from_pence).map_err(|_| TooLarge);
    Ok(Variance {
        volume: money(at_average - planned)?,
        mix: money(flexed - at_average)?,
        price: money(actual - flexed)?,
    })
}

fn pence(value: i128, of: i128) -> Result<i128, TooLarge> {
    round_half_up(value, of).map(|m| i128::from(m.pence())).ok_or(TooLarge)
}

/// An amount spread by weights, the largest remainders getting the pennies that are over: together it is the whole.
pub fn allocate(amount: Money, weights: &[u64]) -> Vec<Money> {
    let whole: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    let (sign, size) = (amount.pence().signum(), u128::from(amount.pence().unsigned_abs()));
    if whole == 0 {
        return vec![Money::ZERO; weights.len()];
    }
    let shares: Vec<(u128, u128)> =
        weights.iter().map(|w| (size * u128::from(*w) / whole, size * u128::from(*w) % whole)).collect();
    let mut over = size - shares.iter().map(|s| s.0).sum::<u128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(shares[*i].1), *i));
    let mut pence: Vec<u128> = shares.iter().map(|s| s.0).collect();
    for i in order {
        if over == 0 {
            break;
        }
        pence[i] += 1;
        over -= 1;
    }
    pence.into_iter().map(|p| Money::from_pence(sign * i64::try_from(p).unwrap_or(i64::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sold(units: u64, pounds: i64) -> Sold {
        Sold { units, net: Money::from_pounds(pounds) }
    }

    #[test]
    fn the_parts_say_why() {
        // Planned 100 at £2 and 100 at £1; 150 and 100 were used, the first at £1.80.
        let found = variance(&[(sold(100, 200), sold(150, 270)), (sold(100, 100), sold(100, 100))]).unwrap();
        let pounds = |pounds| Money::from_pounds(pounds);
        assert_eq!(found, Variance { volume: pounds(75), mix: pounds(25), price: pounds(-30) });
        let new = variance(&[(sold(0, 0), sold(10, 20))]).unwrap();
        assert_eq!(new, Variance { volume: Money::ZERO, mix: pounds(20), price: Money::ZERO });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// The parts are the difference, to the penny.
        #[test]
        fn the_parts_add_up(clients in proptest::collection::vec((0u64..5_000, 0i64..1_000_000, 0u64..5_000, 0i64..1_000_000), 0..12)) {
            let clients: Vec<_> = clients
                .into_iter()
                .map(|(pu, pn, au, an)| (Sold { units: pu, net: Money::from_pence(pn) }, Sold { units: au, net: Money::from_pence(an) }))
                .collect();
            let net = |of: fn(&(Sold, Sold)) -> Sold| clients.iter().map(|c| of(c).net.pence()).sum::<i64>();
            let apart = net(|c| c.1) - net(|c| c.0);
            prop_assert_eq!(variance(&clients).unwrap().total(), Some(Money::from_pence(apart)));
        }

        /// What is allocated is the whole, and no part is off its share by a penny or more.
        #[test]
        fn nothing_is_lost_in_spreading(pence in -1_000_000i64..1_000_000_000, weights in proptest::collection::vec(0u64..100_000, 1..20)) {
            let parts = allocate(Money::from_pence(pence), &weights);
            let whole: u64 = weights.iter().sum();
            let sum: i64 = parts.iter().map(|p| p.pence()).sum();
            prop_assert_eq!(sum, if whole == 0 { 0 } else { pence });
            for (part, weight) in parts.iter().zip(&weights) {
                if whole > 0 {
                    let exact = pence as f64 * *weight as f64 / whole as f64;
                    prop_assert!((part.pence() as f64 - exact).abs() < 1.0 + 1e-6);
                }
            }
        }
    }
}
