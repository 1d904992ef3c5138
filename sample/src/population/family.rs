//! The turns of a family: wedding, birth, divorce, death, and who lives with whom after each.

use super::Sex;
use super::life::{Away, End, Exit, Household, Life, Marital, Marriage, Party, Person, Stay};
use super::rates;
use crate::calendar::{AS_OF, Day};
use crate::geography::address::Dwelling;
use crate::names;

/// Whether a person's minor children leave the old household with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Minors {
    Follow,
    Stay,
}

/// Whether the two were married to each other before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vows {
    First,
    Renewed,
}

/// Marriages can be registered anywhere in the country since this day (婚姻登记条例, 2025).
const REGISTER_ANYWHERE: Day = Day::of(2025, 5, 10);

impl Life<'_> {
    /// Men who look for a wife meet women who look for a husband; who finds nobody may find somebody elsewhere.
    pub fn pair_off(&mut self, men: Vec<u32>, mut women: Vec<u32>, year: i32) {
        for man in men {
            match self.find_wife(man, &mut women) {
                Some(woman) => self.marry_here(man, woman, year),
                None => self.marry_stranger(man, year),
            }
        }
        for woman in women {
            if self.rng.chance(0.5) {
                self.marry_stranger(woman, year);
            }
        }
    }

    fn find_wife(&mut self, man: u32, women: &mut Vec<u32>) -> Option<u32> {
        for _ in 0..4.min(women.len()) {
            let at = self.rng.below(women.len());
            let (m, w) = (self.block.person(man), self.block.person(women[at]));
            let gap = w.birth_year - m.birth_year;
            if (-4..=9).contains(&gap) && !self.related(man, women[at]) {
                return Some(women.swap_remove(at));
            }
        }
        None
    }

    /// Whether two persons share a parent or grandparent, or one is the other's.
    fn related(&self, a: u32, b: u32) -> bool {
        let (mine, theirs) = (self.ancestors(a), self.ancestors(b));
        mine.iter().any(|one| theirs.contains(one))
    }

    /// Oneself, parents and grandparents.
    fn ancestors(&self, index: u32) -> Vec<Party> {
        let mut found = vec![Party::Here(index)];
        for at in 0..3 {
            if let Some(&Party::Here(i)) = found.get(at) {
                let p = self.block.person(i);
                found.extend(p.father.into_iter().chain(p.mother));
            }
        }
        found
    }

    fn marry_here(&mut self, man: u32, woman: u32, year: i32) {
        let floor = self.free_to_marry(man).max(self.free_to_marry(woman));
        let Some(day) = Day::within_after(&mut self.rng, year, floor) else { return };
        self.wed(Party::Here(man), Party::Here(woman), day, Vows::First);
        if self.rng.chance(0.45) {
            self.join(woman, self.block.person(man).household, day, Minors::Follow);
        } else {
            let home = self.form_household(man, day, Minors::Follow);
            self.join(woman, home, day, Minors::Follow);
        }
    }

    /// A wedding with someone from elsewhere, who moves in or stays away.
    fn marry_stranger(&mut self, index: u32, year: i32) {
        let floor = self.free_to_marry(index);
        let (sex, born) = (self.block.person(index).sex, self.block.person(index).born);
        let (other, gap) =
            if sex == Sex::Male { (Sex::Female, self.rng.small(-2, 6)) } else { (Sex::Male, self.rng.small(-6, 2)) };
        let partner_born = Day::within(&mut self.rng, born.year() + gap);
        let floor = floor.max(legal_age(other, partner_born));
        let Some(day) = Day::within_after(&mut self.rng, year, floor) else { return };
        let moves_in = self.rng.chance(0.6) && self.block.people.len() < self.capacity;
        let partner =
            if moves_in { self.immigrant(other, partner_born, day) } else { self.outsider(other, partner_born) };
        let Some(partner) = partner else { return };
        let me = Party::Here(index);
        let (husband, wife) = if sex == Sex::Male { (me, partner) } else { (partner, me) };
        let home = if self.rng.chance(0.6) {
            self.form_household(index, day, Minors::Follow)
        } else {
            self.block.person(index).household
        };
        if let Party::Here(newcomer) = partner {
            self.settle(newcomer, home, day);
        }
        self.wed(husband, wife, day, Vows::First);
    }

    fn immigrant(&mut self, sex: Sex, born: Day, day: Day) -> Option<Party> {
        let index = self.add_outsider_person(sex, born, day, None)?;
        Some(Party::Here(index))
    }

    fn outsider(&mut self, sex: Sex, born: Day) -> Option<Party> {
        let number = self.issuer.outside(&mut self.rng, born, sex)?;
        let name = names::person::any(&mut self.rng, sex, born.year(), "01");
        Some(self.add_away(Away { sex, born, name, number, person_id: None }))
    }

    pub fn wed(&mut self, husband: Party, wife: Party, day: Day, vows: Vows) {
        let index = self.block.marriages.len() as u32;
        let both_here = matches!((husband, wife), (Party::Here(_), Party::Here(_)));
        let elsewhere = match (both_here, day >= REGISTER_ANYWHERE) {
            (_, true) => 0.30,
            (true, false) => 0.05,
            (false, false) => 0.40,
        };
        let elsewhere = self.rng.chance(elsewhere);
        self.block.marriages.push(Marriage {
            husband,
            wife,
            from: day,
            end: None,
            elsewhere,
            reunion: vows == Vows::Renewed,
        });
        for (me, other) in [(husband, wife), (wife, husband)] {
            let Party::Here(me) = me else { continue };
            let p = &mut self.block.people[me as usize];
            p.marital = match (vows, p.marital) {
                (Vows::Renewed, _) => Marital::Reunited,
                (_, Marital::Single) => Marital::First,
                _ => Marital::Again,
            };
            p.spouse = Some(other);
            p.marriage = Some(index);
            p.last_event = p.last_event.max(day);
        }
    }

    pub fn divorce(&mut self, index: u32, year: i32) {
        let Some(spouse) = self.block.person(index).spouse else { return };
        let mut floor = self.block.person(index).last_event;
        if let Party::Here(other) = spouse {
            floor = floor.max(self.block.person(other).last_event);
        }
        let Some(day) = Day::within_after(&mut self.rng, year, floor) else { return };
        let marriage = self.block.person(index).marriage;
        self.end_marriage(index, day, End::Divorce);
        let again = day + self.rng.small(60, 420);
        if again <= AS_OF && self.rng.chance(rates::REUNION) {
            if let Some(old) = marriage.map(|m| &self.block.marriages[m as usize]) {
                let (husband, wife) = (old.husband, old.wife);
                self.wed(husband, wife, again, Vows::Renewed);
            }
        } else if let Party::Here(other) = spouse {
            self.separate(index, other, day);
        }
    }

    /// Ends the current marriage of a person, for both.
    pub fn end_marriage(&mut self, index: u32, day: Day, end: End) {
        let Some(marriage) = self.block.person(index).marriage else { return };
        let marriage = &mut self.block.marriages[marriage as usize];
        marriage.end = Some((day, end));
        for party in [marriage.husband, marriage.wife] {
            let Party::Here(i) = party else { continue };
            let p = &mut self.block.people[i as usize];
            p.spouse = None;
            p.marital = if end == End::Divorce { Marital::Divorced } else { Marital::Widowed };
            p.last_event = p.last_event.max(day);
        }
    }

    /// After a divorce the one who does not head the common household leaves it.
    fn separate(&mut self, one: u32, other: u32, day: Day) {
        let home = self.block.person(one).household;
        if home != self.block.person(other).household {
            return;
        }
        let founder = self.block.households[home as usize].founder;
        let child_of_house = |i: u32| {
            let p = self.block.person(i);
            p.father == Some(Party::Here(founder)) || p.mother == Some(Party::Here(founder))
        };
        let leaver = if founder == other || (founder != one && child_of_house(other)) { one } else { other };
        let minors = if self.rng.chance(0.5) { Minors::Follow } else { Minors::Stay };
        self.form_household(leaver, day, minors);
    }

    pub fn bear(&mut self, mother: u32, year: i32) {
        let m = self.block.person(mother);
        let (Some(father), Some(marriage)) = (m.spouse, m.marriage) else { return };
        let after_wedding = self.block.marriages[marriage as usize].from + 200;
        let last_child = m.children.last().map(|&c| self.block.person(c).born + 300);
        let floor = m.last_event.max(after_wedding).max(last_child.unwrap_or(after_wedding));
        let Some(day) = Day::within_after(&mut self.rng, year, floor) else { return };
        let first = self.add_child(mother, father, day);
        if let Some(first) = first
            && self.rng.chance(rates::TWINS)
        {
            let born = self.block.person(first).born;
            self.add_child(mother, father, born);
        }
    }

    fn add_child(&mut self, mother: u32, father: Party, born: Day) -> Option<u32> {
        let sex = Sex::any(&mut self.rng);
        let home = self.block.person(mother).household;
        let index = self.add_native(sex, born, Some(father), Some(Party::Here(mother)))?;
        let day = self.block.person(index).born;
        self.settle(index, home, day);
        self.block.people[mother as usize].last_event = day;
        Some(index)
    }

    /// Adds someone born in the city to parents already known; the birth day moves a little when its numbers are used up.
    pub fn add_native(&mut self, sex: Sex, born: Day, father: Option<Party>, mother: Option<Party>) -> Option<u32> {
        if self.block.people.len() >= self.capacity {
            return None;
        }
        let (born, number) = (0..30).map(|shift| born + shift).filter(|&day| day <= AS_OF).find_map(|day| {
            let number = self.issuer.native(day, sex)?;
            Some((day, number))
        })?;
        let ethnicity = self.inherited_ethnicity(father, mother);
        let giver = if self.rng.chance(0.93) { father.or(mother) } else { mother.or(father) };
        let name = match giver {
            Some(giver) => {
                let family = self.block.identity(giver).0;
                names::person::child(&mut self.rng, sex, born.year(), ethnicity, family)
            }
            None => names::person::any(&mut self.rng, sex, born.year(), ethnicity),
        };
        let mut child = Person::new(sex, born, number, name, born);
        child.native = true;
        child.ethnicity = ethnicity;
        (child.father, child.mother) = (father, mother);
        child.schooling = self.rng.unit();
        let index = self.add(child);
        for parent in [father, mother].into_iter().flatten() {
            if let Party::Here(parent) = parent {
                self.block.people[parent as usize].children.push(index);
            }
        }
        Some(index)
    }

    fn inherited_ethnicity(&mut self, father: Option<Party>, mother: Option<Party>) -> &'static str {
        let of = |party: Option<Party>| match party {
            Some(Party::Here(i)) => Some(self.block.person(i).ethnicity),
            _ => None,
        };
        let (from_father, from_mother) = (of(father), of(mother));
        let choice = if self.rng.chance(0.7) { from_father.or(from_mother) } else { from_mother.or(from_father) };
        choice.unwrap_or("01")
    }

    pub fn add(&mut self, person: Person) -> u32 {
        let index = self.block.people.len() as u32;
        self.block.people.push(person);
        self.alive.push(index);
        index
    }

    pub fn die(&mut self, index: u32, year: i32) {
        let Some(day) = Day::within_after(&mut self.rng, year, self.block.person(index).last_event) else { return };
        let spouse = self.block.person(index).spouse;
        // A death later than an event of the spouse is what keeps the marriage's end in order.
        let day = match spouse {
            Some(Party::Here(other)) => day.max(self.block.person(other).last_event + 1),
            _ => day,
        };
        if day > AS_OF {
            return;
        }
        if spouse.is_some() {
            let marital = self.block.person(index).marital;
            self.end_marriage(index, day, End::Death);
            self.block.people[index as usize].marital = marital;
        }
        self.exit(index, day, Exit::Died);
    }

    pub fn depart(&mut self, head: u32, year: i32) {
        let home = self.block.person(head).household;
        let members: Vec<u32> =
            self.alive.iter().copied().filter(|&i| self.block.person(i).household == home).collect();
        // A spouse left behind would be married to someone the city no longer knows: such households stay.
        let bound = members.iter().any(|&i| {
            let p = self.block.person(i);
            p.reserved || matches!(p.spouse, Some(Party::Here(other)) if !members.contains(&other))
        });
        let floor = members.iter().map(|&i| self.block.person(i).last_event).max();
        let (Some(floor), false) = (floor, bound) else { return };
        let Some(day) = Day::within_after(&mut self.rng, year, floor) else { return };
        for &i in &members {
            self.exit(i, day, Exit::MovedOut);
        }
        self.alive.retain(|i| !members.contains(i));
    }

    fn exit(&mut self, index: u32, day: Day, exit: Exit) {
        let p = &mut self.block.people[index as usize];
        p.exit = Some((day, exit));
        p.last_event = day;
        self.block.stays[p.stay as usize].to = Some(day);
    }

    pub fn set_up_alone(&mut self, index: u32, year: i32) {
        let floor = self.block.person(index).last_event;
        if let Some(day) = Day::within_after(&mut self.rng, year, floor) {
            self.form_household(index, day, Minors::Follow);
        }
    }

    pub fn move_within_city(&mut self, head: u32, year: i32) {
        let home = self.block.person(head).household as usize;
        let last = self.block.households[home].residences.last().map_or(AS_OF, |r| r.0);
        let floor = self.block.person(head).last_event.max(last);
        if let Some(day) = Day::within_after(&mut self.rng, year, floor) {
            let dwelling = self.next_dwelling();
            self.block.households[home].residences.push((day, dwelling));
        }
    }

    /// A new household around one person, in a dwelling of its own.
    pub fn form_household(&mut self, founder: u32, day: Day, minors: Minors) -> u32 {
        let dwelling = self.next_dwelling();
        let home = self.block.households.len() as u32;
        self.block.households.push(Household { founder, formed: day, residences: vec![(day, dwelling)] });
        if self.block.stays.get(self.block.person(founder).stay as usize).is_some_and(|s| s.person == founder) {
            self.join(founder, home, day, minors);
        } else {
            self.settle(founder, home, day);
        }
        home
    }

    fn next_dwelling(&mut self) -> Dwelling {
        self.block.dwellings += 1;
        Dwelling { block: self.block.number, index: self.block.dwellings - 1 }
    }

    /// The first household of a newcomer or newborn.
    pub fn settle(&mut self, index: u32, household: u32, day: Day) {
        let p = &mut self.block.people[index as usize];
        p.household = household;
        p.stay = self.block.stays.len() as u32;
        p.last_event = p.last_event.max(day);
        self.block.stays.push(Stay { person: index, household, from: day, to: None });
    }

    /// Leaves one household for another.
    fn join(&mut self, index: u32, household: u32, day: Day, minors: Minors) {
        let old = self.block.person(index).household;
        if old == household {
            return;
        }
        let stay = self.block.person(index).stay as usize;
        self.block.stays[stay].to = Some(day);
        self.settle(index, household, day);
        if minors == Minors::Follow {
            self.bring_children(index, old, household, day);
        }
    }

    fn bring_children(&mut self, parent: u32, old: u32, household: u32, day: Day) {
        for at in 0..self.block.person(parent).children.len() {
            let child = self.block.person(parent).children[at];
            let c = self.block.person(child);
            let minor = c.born.age_at(day) < 18 && c.exit.is_none();
            if minor && c.household == old && c.last_event < day {
                self.join(child, household, day, Minors::Stay);
            }
        }
    }

    fn free_to_marry(&self, index: u32) -> Day {
        let p = self.block.person(index);
        p.last_event.max(legal_age(p.sex, p.born))
    }
}

/// 22 for men, 20 for women (婚姻法 1980, 民法典 1047).
pub(super) fn legal_age(sex: Sex, born: Day) -> Day {
    let (y, m, d) = born.parts();
    Day::of(y + if sex == Sex::Male { 22 } else { 20 }, m, d.min(28)) + if d > 28 { 3 } else { 0 }
}
