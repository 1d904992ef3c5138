//! The lives of one block from 1985 to 2025, year by year: who is born, arrives, marries, has children, divorces, moves,
//! leaves and dies. The result is a history; the registers are written from it elsewhere.
//!
//! A block ends with exactly as many persons as the plan says: founders, births and arrivals follow a growth path, and
//! when the block is full no one is added. `last_event` of a person keeps events in order: whatever happens next happens later.

use super::exchange::{self, Couple};
use super::family::{Minors, Vows};
use super::rates;
use super::{Sex, founding};
use crate::calendar::{AS_OF, Day, FIRST_YEAR, LAST_YEAR};
use crate::city::Plan;
use crate::geography::address::Dwelling;
use crate::names::Name;
use crate::numbers::issuer::Issuer;
use crate::rng::{Domain, Rng};

/// One simulated neighbourhood.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub number: u64,
    pub people: Vec<Person>,
    /// Partners who are not of this block.
    pub away: Vec<Away>,
    pub marriages: Vec<Marriage>,
    pub households: Vec<Household>,
    pub stays: Vec<Stay>,
    /// How many dwellings have been lived in; housing adds its own after these.
    pub dwellings: u32,
}

#[derive(Debug)]
pub(crate) struct Person {
    pub sex: Sex,
    pub born: Day,
    /// The year of `born`, asked for every year of a life.
    pub birth_year: i32,
    pub number: String,
    pub name: Name,
    /// The name before a change, and the day of the change.
    pub former_name: Option<(String, Day)>,
    pub ethnicity: &'static str,
    /// 0 to 1: how far schooling will go.
    pub schooling: f64,
    pub native: bool,
    pub father: Option<Party>,
    pub mother: Option<Party>,
    pub children: Vec<u32>,
    pub entered: Day,
    pub exit: Option<(Day, Exit)>,
    pub marital: Marital,
    pub spouse: Option<Party>,
    /// Index of the latest marriage.
    pub marriage: Option<u32>,
    pub household: u32,
    pub stay: u32,
    pub last_event: Day,
    /// Bound by an exchange marriage, whose course is fixed.
    pub reserved: bool,
    /// A planted trap: someone else has the same name and birth date.
    pub namesake: bool,
}

/// A partner registered elsewhere: in another block (with its person id) or in another city.
#[derive(Debug)]
pub(crate) struct Away {
    pub sex: Sex,
    pub born: Day,
    pub name: Name,
    pub number: String,
    pub person_id: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Party {
    Here(u32),
    Away(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Died,
    MovedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marital {
    Single,
    First,
    Again,
    Reunited,
    Widowed,
    Divorced,
}

impl Marital {
    /// GB/T 2261.2.
    pub fn code(self) -> &'static str {
        match self {
            Marital::Single => "10",
            Marital::First => "21",
            Marital::Again => "22",
            Marital::Reunited => "23",
            Marital::Widowed => "30",
            Marital::Divorced => "40",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Marriage {
    pub husband: Party,
    pub wife: Party,
    pub from: Day,
    pub end: Option<(Day, End)>,
    /// Registered at an office of another city.
    pub elsewhere: bool,
    /// The same two were married before.
    pub reunion: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Divorce,
    Death,
}

#[derive(Debug)]
pub(crate) struct Household {
    pub founder: u32,
    pub formed: Day,
    /// Where it lived, from when; never empty.
    pub residences: Vec<(Day, Dwelling)>,
}

/// A person belonged to a household for a time.
#[derive(Debug)]
pub(crate) struct Stay {
    pub person: u32,
    pub household: u32,
    pub from: Day,
    pub to: Option<Day>,
}

impl Block {
    pub fn simulate(plan: &Plan, number: u64) -> Self {
        let mut life = Life::new(plan, number);
        life.admit_exchange_persons();
        founding::found(&mut life);
        for year in FIRST_YEAR + 1..=LAST_YEAR {
            life.live_through(year);
        }
        life.change_names();
        life.block
    }

    pub fn person(&self, index: u32) -> &Person {
        &self.people[index as usize]
    }

    /// Whether a party is of this block and living in the city on a day.
    pub fn is_resident(&self, party: Party, day: Day) -> bool {
        match party {
            Party::Here(index) => self.person(index).is_resident(day),
            Party::Away(_) => false,
        }
    }

    pub fn identity(&self, party: Party) -> (&Name, &str, Sex, Day) {
        match party {
            Party::Here(index) => {
                let p = self.person(index);
                (&p.name, &p.number, p.sex, p.born)
            }
            Party::Away(index) => {
                let p = &self.away[index as usize];
                (&p.name, &p.number, p.sex, p.born)
            }
        }
    }

    /// The name someone had on a day.
    pub fn name_on(&self, party: Party, day: Day) -> &str {
        match party {
            Party::Here(index) => self.person(index).name_on(day),
            Party::Away(index) => &self.away[index as usize].name.full,
        }
    }

    pub fn person_id(&self, plan: &Plan, party: Party) -> Option<i64> {
        match party {
            Party::Here(index) => Some(plan.person_id(self.number, index)),
            Party::Away(index) => self.away[index as usize].person_id,
        }
    }
}

impl Person {
    pub fn is_resident(&self, day: Day) -> bool {
        self.entered <= day && self.exit.is_none_or(|(exit, _)| exit > day)
    }

    pub fn name_on(&self, day: Day) -> &str {
        match &self.former_name {
            Some((former, changed)) if day < *changed => former,
            _ => &self.name.full,
        }
    }
}

impl Household {
    pub fn residence(&self) -> Dwelling {
        self.residences[self.residences.len() - 1].1
    }

    /// Where it lived before the last move.
    pub fn former_residence(&self) -> Option<Dwelling> {
        self.residences.len().checked_sub(2).map(|at| self.residences[at].1)
    }
}

/// A block while it lives.
pub(super) struct Life<'a> {
    pub plan: &'a Plan,
    pub rng: Rng,
    pub issuer: Issuer,
    pub block: Block,
    /// Residents, in the order they came.
    pub alive: Vec<u32>,
    pub capacity: usize,
    couples: Vec<(u32, Option<Couple>)>,
}

/// Who might do what in a year.
#[derive(Default)]
struct Survey {
    men: Vec<u32>,
    women: Vec<u32>,
    mothers: Vec<u32>,
    parting: Vec<u32>,
    independent: Vec<u32>,
    moving: Vec<u32>,
    departing: Vec<u32>,
}

impl<'a> Life<'a> {
    fn new(plan: &'a Plan, number: u64) -> Self {
        Self {
            plan,
            rng: Rng::stream(plan.seed, Domain::Life, number, 0),
            issuer: Issuer::new(plan, number),
            block: Block { number, ..Block::default() },
            alive: Vec::new(),
            capacity: plan.persons_in(number) as usize,
            couples: (0..exchange::slots(plan, number))
                .map(|s| (s as u32, exchange::couple(plan, number, s)))
                .collect(),
        }
    }

    /// How many persons the block should have seen by the end of a year.
    pub fn target(&self, year: i32) -> usize {
        if year >= LAST_YEAR {
            return self.capacity;
        }
        let grown = f64::from(year - FIRST_YEAR) / f64::from(LAST_YEAR - FIRST_YEAR);
        (self.capacity as f64 * (0.45 + 0.55 * grown)) as usize
    }

    fn live_through(&mut self, year: i32) {
        self.follow_exchange_couples(year);
        let survey = self.survey(year);
        self.pair_off(survey.men, survey.women, year);
        for mother in survey.mothers {
            self.bear(mother, year);
        }
        for person in survey.parting {
            self.divorce(person, year);
        }
        for person in survey.independent {
            self.set_up_alone(person, year);
        }
        for person in survey.moving {
            self.move_within_city(person, year);
        }
        for person in survey.departing {
            self.depart(person, year);
        }
        self.bury(year);
        founding::arrive(self, year);
    }

    fn survey(&mut self, year: i32) -> Survey {
        let mut survey = Survey::default();
        for &index in &self.alive {
            let p = &self.block.people[index as usize];
            let age = year - p.birth_year;
            if age < 18 {
                continue;
            }
            let heads = self.block.households[p.household as usize].founder == index;
            if p.spouse.is_some() {
                let willing = p.sex == Sex::Female && age < 44;
                if willing && self.rng.chance(rates::birth(year, age, p.children.len())) {
                    survey.mothers.push(index);
                }
                if !p.reserved && is_first_party(&self.block, index) && self.rng.chance(rates::divorce(year)) {
                    survey.parting.push(index);
                }
            } else if !p.reserved {
                let married_before = p.marital != Marital::Single;
                if self.rng.chance(rates::courtship(p.sex, age, married_before)) {
                    if p.sex == Sex::Male { &mut survey.men } else { &mut survey.women }.push(index);
                } else if !heads && age >= 23 && self.rng.chance(rates::INDEPENDENCE) {
                    survey.independent.push(index);
                }
            }
            if heads {
                if self.rng.chance(rates::MOVE) {
                    survey.moving.push(index);
                } else if !p.reserved && self.rng.chance(rates::DEPARTURE) {
                    survey.departing.push(index);
                }
            }
        }
        survey
    }

    fn bury(&mut self, year: i32) {
        let mut dead = Vec::new();
        for &index in &self.alive {
            let p = &self.block.people[index as usize];
            if !p.reserved && self.rng.chance(rates::mortality(p.sex, year - p.birth_year)) {
                dead.push(index);
            }
        }
        for index in dead {
            self.die(index, year);
        }
        let people = &self.block.people;
        self.alive.retain(|&index| people[index as usize].exit.is_none());
    }

    fn admit_exchange_persons(&mut self) {
        for at in 0..self.couples.len() {
            let (slot, couple) = self.couples[at];
            let identity = exchange::identity(self.plan, self.block.number, u64::from(slot));
            let arrived = identity.arrived;
            let index = self.block.people.len() as u32;
            let mut person = Person::new(identity.sex, identity.born, identity.number, identity.name, arrived);
            person.schooling = self.rng.unit();
            person.reserved = couple.is_some();
            self.block.people.push(person);
            self.form_household(index, arrived, Minors::Stay);
        }
    }

    fn follow_exchange_couples(&mut self, year: i32) {
        for at in 0..self.couples.len() {
            let (index, couple) = self.couples[at];
            if self.block.person(index).entered.year() == year {
                self.alive.push(index);
            }
            let Some(couple) = couple else { continue };
            if couple.married.year() == year {
                self.marry_across(index, couple);
            }
            if let Some(day) = couple.divorced.filter(|day| day.year() == year) {
                self.block.people[index as usize].reserved = false;
                self.end_marriage(index, day, End::Divorce);
            }
        }
    }

    fn marry_across(&mut self, index: u32, couple: Couple) {
        let partner = exchange::identity(self.plan, couple.partner_block, u64::from(index));
        let away = self.add_away(Away {
            sex: partner.sex,
            born: partner.born,
            name: partner.name,
            number: partner.number,
            person_id: Some(self.plan.person_id(couple.partner_block, index)),
        });
        let (husband, wife) = if couple.husband_here { (Party::Here(index), away) } else { (away, Party::Here(index)) };
        self.wed(husband, wife, couple.married, Vows::First);
    }

    pub fn add_away(&mut self, away: Away) -> Party {
        self.block.away.push(away);
        Party::Away(self.block.away.len() as u32 - 1)
    }

    /// Six in a thousand adults change their given name once.
    fn change_names(&mut self) {
        for p in &mut self.block.people {
            let from = p.entered.max(p.born + 18 * 366);
            let until = p.exit.map_or(AS_OF, |(day, _)| day);
            if p.reserved || p.namesake || from >= until || !self.rng.chance(0.006) {
                continue;
            }
            let changed = from + self.rng.small(1, until.0 - from.0);
            let name = crate::names::person::renamed(&mut self.rng, p.sex, p.born.year(), &p.name);
            if name != p.name {
                let former = std::mem::replace(&mut p.name, name);
                p.former_name = Some((former.full, changed));
            }
        }
    }
}

impl Person {
    pub fn new(sex: Sex, born: Day, number: String, name: Name, entered: Day) -> Self {
        Self {
            sex,
            born,
            birth_year: born.year(),
            number,
            name,
            former_name: None,
            ethnicity: "01",
            schooling: 0.0,
            native: false,
            father: None,
            mother: None,
            children: Vec::new(),
            entered,
            exit: None,
            marital: Marital::Single,
            spouse: None,
            marriage: None,
            household: 0,
            stay: 0,
            last_event: entered,
            reserved: false,
            namesake: false,
        }
    }
}

/// Of a couple, the one who draws for both: the husband if he is of this block.
fn is_first_party(block: &Block, index: u32) -> bool {
    let Some(marriage) = block.person(index).marriage else { return false };
    match block.marriages[marriage as usize].husband {
        Party::Here(husband) => husband == index,
        Party::Away(_) => true,
    }
}
