//! How likely the turns of a life are, by age, sex and year. The curves are ours: they follow the shape of published
//! Chinese rates (crude divorce rate 0.4 ‰ in 1985, about 3 ‰ in 2019, fewer since the cooling-off period of 2021; policies
//! of one child until 2015, two until 2021, then three) and claim no more.

use super::Sex;

const AGE_MAX: usize = 110;

/// Yearly probability of death: Gompertz, doubling about every eight years from age 30, women two thirds of men,
/// plus infancy. By multiplication only, so that it is equal on every platform.
const MORTALITY: [f64; AGE_MAX + 1] = {
    let mut table = [0.0004; AGE_MAX + 1];
    let (mut age, mut hazard) = (30, 0.000_9);
    while age <= AGE_MAX {
        table[age] = if hazard < 0.6 { hazard } else { 0.6 };
        hazard *= 1.0905;
        age += 1;
    }
    table[0] = 0.006;
    table[AGE_MAX] = 1.0;
    table
};

pub(super) fn mortality(sex: Sex, age: i32) -> f64 {
    let base = MORTALITY[age.clamp(0, AGE_MAX as i32) as usize];
    if sex == Sex::Female && (age as usize) < AGE_MAX { base * 0.66 } else { base }
}

/// Yearly probability that a single person looks for a partner in earnest.
pub(super) fn courtship(sex: Sex, age: i32, married_before: bool) -> f64 {
    let age = if sex == Sex::Female { age } else { age - 2 };
    if married_before {
        return if age < 60 { 0.10 } else { 0.01 };
    }
    match age {
        ..20 => 0.0,
        20..23 => 0.10,
        23..30 => 0.24,
        30..36 => 0.14,
        36..46 => 0.05,
        _ => 0.005,
    }
}

pub(super) fn divorce(year: i32) -> f64 {
    match year {
        ..1990 => 0.0020,
        1990..2003 => 0.0040,
        2003..2015 => 0.0090,
        2015..2021 => 0.0150,
        _ => 0.0110,
    }
}

/// Yearly probability that a married woman has a child.
pub(super) fn birth(year: i32, age: i32, children: usize) -> f64 {
    let willing = match children {
        0 => 0.32,
        1 if year < 2016 => 0.012,
        1 => 0.07,
        2 if year >= 2016 => 0.012,
        _ => 0.0,
    };
    let able = match age {
        ..20 => 0.0,
        20..32 => 1.0,
        32..37 => 0.6,
        37..43 => 0.15,
        _ => 0.0,
    };
    willing * able
}

pub(super) const TWINS: f64 = 0.012;
/// Of those whose marriage ends by divorce, who marry each other again within about a year.
pub(super) const REUNION: f64 = 0.06;
/// A household leaves the city, per year.
pub(super) const DEPARTURE: f64 = 0.004;
/// A household moves within the city, per year.
pub(super) const MOVE: f64 = 0.015;
/// An unmarried adult leaves the parents' household, per year.
pub(super) const INDEPENDENCE: f64 = 0.05;
