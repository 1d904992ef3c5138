//! Who was there in 1985, and who came later: families with children and perhaps an old parent, and single workers.

use super::Sex;
use super::family::{Minors, Vows, legal_age};
use super::life::{Life, Marital, Party, Person};
use crate::calendar::{AS_OF, Day, FIRST_YEAR, LAST_YEAR};
use crate::names;
use crate::names::Name;
use crate::rng::{Domain, Rng, Weighted};

/// GB/T 3304, as in a city of the middle of the country.
const ETHNICITIES: Weighted<&str> = Weighted::new(&[
    ("01", 9300),
    ("03", 140),
    ("11", 120),
    ("08", 100),
    ("06", 80),
    ("15", 80),
    ("02", 50),
    ("05", 45),
    ("04", 30),
    ("07", 25),
    ("10", 20),
    ("17", 10),
]);

/// Founders are mostly natives and bring no namesakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Founder,
    Newcomer,
}

pub(super) fn found(life: &mut Life<'_>) {
    let target = life.target(FIRST_YEAR);
    while life.block.people.len() < target {
        let day = Day::of(FIRST_YEAR, 1, 1);
        let age = life.rng.small(24, 62);
        if life.rng.chance(0.12) {
            single(life, FIRST_YEAR - age, day, Origin::Founder);
        } else {
            family(life, FIRST_YEAR - age, day, Origin::Founder);
        }
    }
}

pub(super) fn arrive(life: &mut Life<'_>, year: i32) {
    let target = life.target(year);
    // Every failed arrival is bounded, too: numbers of a day may be used up, and the next draw takes another day.
    for _ in 0..life.capacity * 4 {
        if life.block.people.len() >= target {
            break;
        }
        let day = Day::within(&mut life.rng, year);
        let age = life.rng.small(19, 42);
        if year == LAST_YEAR || age < 26 || life.rng.chance(0.5) {
            single(life, year - age, day, Origin::Newcomer);
        } else {
            family(life, year - age, day, Origin::Newcomer);
        }
    }
}

fn single(life: &mut Life<'_>, birth_year: i32, day: Day, origin: Origin) {
    let namesake = if origin == Origin::Founder { None } else { namesake(life, day) };
    let (sex, born, name) = match namesake {
        Some((sex, born, name)) => (sex, born, Some(name)),
        None => (Sex::any(&mut life.rng), Day::within(&mut life.rng, birth_year), None),
    };
    if let Some(index) = newcomer(life, sex, born, day, origin, name) {
        life.form_household(index, day, Minors::Stay);
    }
}

/// A few times per block, an identity from a pool for the whole city: two strangers with equal name and birth date.
fn namesake(life: &mut Life<'_>, day: Day) -> Option<(Sex, Day, Name)> {
    if !life.rng.chance(0.05) {
        return None;
    }
    let pool = life.plan.blocks as usize * 2;
    let mut rng = Rng::stream(life.plan.seed, Domain::Namesake, life.rng.below(pool) as u64, 0);
    let sex = Sex::any(&mut rng);
    let birth_year = rng.small(1965, 1998);
    let born = Day::within(&mut rng, birth_year);
    let name = names::person::any(&mut rng, sex, birth_year, "01");
    (born.age_at(day) >= 18).then_some((sex, born, name))
}

fn family(life: &mut Life<'_>, husband_year: i32, day: Day, origin: Origin) {
    let born = Day::within(&mut life.rng, husband_year);
    let wife_year = husband_year + life.rng.small(-2, 5);
    let wife_born = Day::within(&mut life.rng, wife_year);
    let earliest = legal_age(Sex::Male, born).max(legal_age(Sex::Female, wife_born));
    let wedding = earliest + life.rng.small(30, 5 * 365);
    if wedding + 30 >= day {
        return single(life, husband_year, day, origin);
    }
    let Some(husband) = newcomer(life, Sex::Male, born, day, origin, None) else { return };
    let home = life.form_household(husband, day, Minors::Stay);
    let Some(wife) = newcomer(life, Sex::Female, wife_born, day, origin, None) else { return };
    life.settle(wife, home, day);
    life.wed(Party::Here(husband), Party::Here(wife), wedding, Vows::First);
    children(life, husband, wife, wedding, day, origin);
    if life.rng.chance(if origin == Origin::Founder { 0.3 } else { 0.05 }) {
        old_mother(life, husband, home, day, origin);
    }
}

fn children(life: &mut Life<'_>, husband: u32, wife: u32, wedding: Day, day: Day, origin: Origin) {
    let (home, wife_born) = (life.block.person(husband).household, life.block.person(wife).born);
    let wanted = if wedding.year() < 1972 { life.rng.small(1, 4) } else { life.rng.small(0, 2) };
    let mut born = wedding;
    for _ in 0..wanted {
        born = born + life.rng.small(300, 1200);
        let too_old = born.age_at(day) > 23 && origin == Origin::Founder;
        if born >= day || born > wife_born + 42 * 365 || too_old {
            continue;
        }
        let sex = Sex::any(&mut life.rng);
        let parents = (Some(Party::Here(husband)), Some(Party::Here(wife)));
        let Some(child) = life.add_native(sex, born, parents.0, parents.1) else { return };
        let c = &mut life.block.people[child as usize];
        c.entered = day.max(c.born);
        let entered = c.entered;
        born = c.born;
        life.settle(child, home, entered);
    }
}

fn old_mother(life: &mut Life<'_>, son: u32, home: u32, day: Day, origin: Origin) {
    let (son_born, family) = (life.block.person(son).born, life.block.person(son).ethnicity);
    let year = son_born.year() - life.rng.small(20, 34);
    if FIRST_YEAR - year > 88 {
        return;
    }
    let born = Day::within(&mut life.rng, year);
    let Some(mother) = newcomer(life, Sex::Female, born, day, origin, None) else { return };
    life.settle(mother, home, day);
    let m = &mut life.block.people[mother as usize];
    m.marital = Marital::Widowed;
    m.ethnicity = if m.name.full.contains('·') { m.ethnicity } else { family };
    m.children.push(son);
    life.block.people[son as usize].mother = Some(Party::Here(mother));
}

/// Founders are mostly natives; who comes later was born elsewhere in the province.
fn newcomer(life: &mut Life<'_>, sex: Sex, born: Day, day: Day, origin: Origin, name: Option<Name>) -> Option<u32> {
    if origin == Origin::Founder && life.rng.chance(0.85) {
        let index = life.add_native(sex, born, None, None)?;
        let ethnicity = life.rng.weighted(&ETHNICITIES);
        let year = life.block.person(index).born.year();
        let name = names::person::any(&mut life.rng, sex, year, ethnicity);
        let p = &mut life.block.people[index as usize];
        (p.entered, p.last_event, p.ethnicity, p.name) = (day, day, ethnicity, name);
        return Some(index);
    }
    life.add_outsider_person(sex, born, day, name)
}

impl Life<'_> {
    /// Adds an adult from elsewhere; the caller gives them a household.
    pub fn add_outsider_person(&mut self, sex: Sex, born: Day, day: Day, name: Option<Name>) -> Option<u32> {
        if self.block.people.len() >= self.capacity || day > AS_OF {
            return None;
        }
        let number = self.issuer.outside(&mut self.rng, born, sex)?;
        let namesake = name.is_some();
        let ethnicity = if namesake { "01" } else { self.rng.weighted(&ETHNICITIES) };
        let name = name.unwrap_or_else(|| names::person::any(&mut self.rng, sex, born.year(), ethnicity));
        let mut person = Person::new(sex, born, number, name, day);
        (person.ethnicity, person.namesake) = (ethnicity, namesake);
        person.schooling = self.rng.unit();
        Some(self.add(person))
    }
}
