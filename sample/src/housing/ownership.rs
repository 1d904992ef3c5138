//! How homes change hands: bought alone, with a spouse or a parent, shared after a wedding, divided after a divorce,
//! inherited, given to children. The events follow from the lives of the block and are worked off in order of date.

use std::collections::HashMap;

use super::price;
use super::share::Share;
use crate::calendar::{AS_OF, Day};
use crate::city::Plan;
use crate::geography::address::{self, Dwelling};
use crate::population::Block;
use crate::population::life::{End, Exit, Party};
use crate::rng::{Domain, Rng};

/// One state of a unit: from its registration until the next.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub dwelling: Dwelling,
    pub from: Day,
    pub to: Option<Day>,
    pub reason: Reason,
    /// Whole yuan; 0 when nothing was paid.
    pub price: i64,
    pub form: Form,
    pub holders: Vec<(Holder, Share)>,
    pub previous: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Person(Party),
    /// A legal entity, by its index.
    Firm(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Sole,
    Joint,
    ByShares,
}

impl Form {
    /// 共有方式 of the real-estate register: 0 单独所有, 1 共同共有, 2 按份共有.
    pub fn code(self) -> &'static str {
        match self {
            Form::Sole => "0",
            Form::Joint => "1",
            Form::ByShares => "2",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    NewHome,
    SecondHand,
    Addition,
    Divorce,
    Inheritance,
    Gift,
}

impl Reason {
    pub fn zh(self) -> &'static str {
        match self {
            Reason::NewHome => "商品房买卖",
            Reason::SecondHand => "存量房买卖",
            Reason::Addition => "夫妻间增加共有人",
            Reason::Divorce => "离婚析产",
            Reason::Inheritance => "继承",
            Reason::Gift => "赠与",
        }
    }
}

/// The deeds of a block in order of registration; every unit is named after the block.
pub(crate) fn simulate(plan: &Plan, block: &Block) -> Vec<Deed> {
    let mut market = Market::new(plan, block);
    for (day, _, event) in market.events() {
        match event {
            Event::Buy(person) => market.buy(person, day),
            Event::Wed(marriage) => market.wed(marriage, day),
            Event::Divide(marriage) => market.divide(marriage, day),
            Event::Inherit(person) => market.inherit(person, day),
            Event::Open => market.open_shop(day),
        }
    }
    market.deeds
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Buy(u32),
    Wed(u32),
    Divide(u32),
    Inherit(u32),
    Open,
}

struct Market<'a> {
    plan: &'a Plan,
    block: &'a Block,
    rng: Rng,
    deeds: Vec<Deed>,
    /// The deed in force for each dwelling.
    current: Vec<Option<u32>>,
    /// Looked up only, never walked: its order is not ours.
    held: HashMap<Holder, Vec<u32>>,
    weddings: Vec<Vec<u32>>,
    next: u32,
}

/// Homes could be bought and sold from about this year on.
const FIRST_SALE: Day = Day::of(1994, 1, 1);

impl<'a> Market<'a> {
    fn new(plan: &'a Plan, block: &'a Block) -> Self {
        let mut weddings = vec![Vec::new(); block.people.len()];
        for (index, marriage) in (0u32..).zip(&block.marriages) {
            for party in [marriage.husband, marriage.wife] {
                if let Party::Here(person) = party {
                    weddings[person as usize].push(index);
                }
            }
        }
        Self {
            plan,
            block,
            rng: Rng::stream(plan.seed, Domain::Housing, block.number, 0),
            deeds: Vec::new(),
            current: Vec::new(),
            held: HashMap::new(),
            weddings,
            next: block.dwellings,
        }
    }

    /// What happens when; the number in the middle keeps the order of equal days.
    fn events(&mut self) -> Vec<(Day, usize, Event)> {
        let mut events = Vec::new();
        for person in 0..self.block.people.len() as u32 {
            self.purchases(person, &mut events);
            if let Some((day, Exit::Died)) = self.block.person(person).exit
                && self.rng.chance(0.8)
            {
                events.push((day + self.rng.small(30, 800), Event::Inherit(person)));
            }
        }
        for (index, marriage) in (0u32..).zip(&self.block.marriages) {
            events.push((marriage.from + 20, Event::Wed(index)));
            if let Some((day, End::Divorce)) = marriage.end {
                events.push((day + 30, Event::Divide(index)));
            }
            if marriage.reunion {
                self.purchase_between(index, &mut events);
            }
        }
        for _ in 0..self.block.people.len() / 100 {
            events.push((Day::of(1999, 1, 1) + self.rng.small(0, 9500), Event::Open));
        }
        let mut events: Vec<_> = events
            .into_iter()
            .enumerate()
            .map(|(at, (day, event))| (day, at, event))
            .filter(|e| e.0 <= AS_OF)
            .collect();
        events.sort_unstable_by_key(|&(day, at, _)| (day, at));
        events
    }

    fn purchases(&mut self, person: u32, events: &mut Vec<(Day, Event)>) {
        let p = self.block.person(person);
        let from = p.entered.max(p.born + 22 * 365).max(FIRST_SALE);
        let until = p.exit.map_or(AS_OF, |(day, _)| day).min(p.born + 65 * 365);
        if from >= until {
            return;
        }
        let years = f64::from(until.0 - from.0) / 365.0;
        let mut chance = (0.025 * years).min(0.55);
        while self.rng.chance(chance) {
            let any = from + self.rng.small(0, until.0 - from.0 - 1);
            let near = self.weddings[person as usize].first().map(|&m| self.block.marriages[m as usize].from);
            let near = near.map(|day| day + self.rng.small(-365, 365)).filter(|&day| day >= from && day < until);
            let day = if self.rng.chance(0.35) { near.unwrap_or(any) } else { any };
            events.push((day, Event::Buy(person)));
            chance = 0.22;
        }
    }

    /// Some couples divorce on paper to buy another home and marry again.
    fn purchase_between(&mut self, again: u32, events: &mut Vec<(Day, Event)>) {
        let marriages = &self.block.marriages;
        let reunion = &marriages[again as usize];
        let same = |m: &&crate::population::life::Marriage| m.husband == reunion.husband && m.wife == reunion.wife;
        let before = marriages[..again as usize].iter().rev().find(same).and_then(|m| m.end);
        let buyer = [reunion.husband, reunion.wife][self.rng.below(2)];
        if let (Some((day, _)), Party::Here(buyer)) = (before, buyer)
            && self.rng.chance(0.6)
        {
            events.push((day + self.rng.small(5, (reunion.from.0 - day.0 - 5).max(5)), Event::Buy(buyer)));
        }
    }

    fn spouse_on(&self, person: u32, day: Day) -> Option<Party> {
        let in_force = |m: &&u32| {
            let marriage = &self.block.marriages[**m as usize];
            marriage.from <= day && marriage.end.is_none_or(|(end, _)| end > day)
        };
        let marriage = &self.block.marriages[*self.weddings[person as usize].iter().find(in_force)? as usize];
        Some(if marriage.husband == Party::Here(person) { marriage.wife } else { marriage.husband })
    }

    fn is_alive(&self, person: u32, day: Day) -> bool {
        !matches!(self.block.person(person).exit, Some((gone, Exit::Died)) if gone <= day)
    }

    fn buy(&mut self, person: u32, day: Day) {
        if !self.block.person(person).is_resident(day) {
            return;
        }
        let (holders, form) = self.buyers(person, day);
        let offer = if self.rng.chance(0.35) { self.offer(&holders, day) } else { None };
        let (dwelling, reason) = match offer {
            Some(dwelling) => (dwelling, Reason::SecondHand),
            None => (self.new_home(person), Reason::NewHome),
        };
        let area = address::area(self.plan, self.dwelling(dwelling));
        let percent = self.rng.range(78, 128);
        let price = price::level(day.year()) * area / 100 * percent / 100;
        self.register(dwelling, day, holders, form, reason, price);
    }

    fn buyers(&mut self, person: u32, day: Day) -> (Vec<(Holder, Share)>, Form) {
        let me = Holder::Person(Party::Here(person));
        let with = |other: Party, mine: Share, theirs: Share| vec![(me, mine), (Holder::Person(other), theirs)];
        let draw = self.rng.unit();
        let spouse = self.spouse_on(person, day);
        let p = self.block.person(person);
        let parent = p.father.filter(|&f| self.block.is_resident(f, day)).or(p.mother);
        let minor = p.children.iter().copied().find(|&c| {
            let c = self.block.person(c);
            c.is_resident(day) && c.born.age_at(day) < 18
        });
        match (spouse, parent.filter(|&m| self.block.is_resident(m, day)), minor) {
            (_, Some(parent), _) if draw < 0.04 => (with(parent, Share::HALF, Share::HALF), Form::ByShares),
            (_, _, Some(child)) if (0.04..0.06).contains(&draw) => {
                (vec![(Holder::Person(Party::Here(child)), Share::WHOLE)], Form::Sole)
            }
            (Some(spouse), _, _) if draw > 0.36 => (with(spouse, Share::HALF, Share::HALF), Form::Joint),
            (Some(spouse), _, _) if draw > 0.28 => (with(spouse, Share::of(7, 10), Share::of(3, 10)), Form::ByShares),
            _ => (vec![(me, Share::WHOLE)], Form::Sole),
        }
    }

    /// A home for sale: its owners have another one or have left the city.
    fn offer(&mut self, buyers: &[(Holder, Share)], day: Day) -> Option<u32> {
        for _ in 0..4.min(self.deeds.len()) {
            let deed = &self.deeds[self.rng.below(self.deeds.len())];
            let index = deed.dwelling.index;
            let willing = deed.to.is_none()
                && deed.from + 200 < day
                && deed.holders.iter().all(|(holder, _)| self.would_sell(*holder, day))
                && !deed.holders.iter().any(|(holder, _)| buyers.iter().any(|(buyer, _)| buyer == holder));
            if willing {
                return Some(index);
            }
        }
        None
    }

    fn would_sell(&self, holder: Holder, day: Day) -> bool {
        match holder {
            Holder::Firm(_) => false,
            Holder::Person(Party::Here(i)) if !self.is_alive(i, day) => false,
            Holder::Person(party) => {
                self.held.get(&holder).is_some_and(|homes| homes.len() > 1) || !self.block.is_resident(party, day)
            }
        }
    }

    /// The dwelling of the buyer's household, if nobody owns it yet, or a new one.
    fn new_home(&mut self, person: u32) -> u32 {
        let lived_in = self.block.households[self.block.person(person).household as usize].residence().index;
        let free = self.current.get(lived_in as usize).copied().flatten().is_none();
        if free && self.rng.chance(0.6) {
            return lived_in;
        }
        self.next += 1;
        self.next - 1
    }

    fn wed(&mut self, marriage: u32, day: Day) {
        let Some((husband, wife)) = self.living_couple(marriage, day) else { return };
        for (owner, other) in [(husband, wife), (wife, husband)] {
            for dwelling in self.homes_of(owner) {
                let sole = self.holders(dwelling).len() == 1;
                if sole && self.rng.chance(0.08) {
                    let holders = vec![(owner, Share::HALF), (other, Share::HALF)];
                    self.register(dwelling, day, holders, Form::Joint, Reason::Addition, 0);
                }
            }
        }
        for child in [husband, wife] {
            self.dower(child, day);
        }
    }

    /// Parents with more than one home may give one to a child that marries.
    fn dower(&mut self, child: Holder, day: Day) {
        let Holder::Person(Party::Here(index)) = child else { return };
        let Some(father) = self.block.person(index).father.map(Holder::Person) else { return };
        let homes = self.homes_of(father);
        if homes.len() > 1 && self.rng.chance(0.25) {
            let dwelling = homes[homes.len() - 1];
            if !self.holders(dwelling).iter().any(|(holder, _)| *holder == child) {
                self.register(dwelling, day, vec![(child, Share::WHOLE)], Form::Sole, Reason::Gift, 0);
            }
        }
    }

    fn divide(&mut self, marriage: u32, day: Day) {
        let Some((husband, wife)) = self.living_couple(marriage, day) else { return };
        for dwelling in self.homes_of(husband) {
            let holders = self.holders(dwelling);
            let both = holders.len() == 2 && holders.iter().any(|(holder, _)| *holder == wife);
            if !both {
                continue;
            }
            let (holders, form) = if self.rng.chance(0.75) {
                let keeper = if self.rng.chance(0.55) { wife } else { husband };
                (vec![(keeper, Share::WHOLE)], Form::Sole)
            } else {
                (vec![(husband, Share::HALF), (wife, Share::HALF)], Form::ByShares)
            };
            self.register(dwelling, day, holders, form, Reason::Divorce, 0);
        }
    }

    fn inherit(&mut self, person: u32, day: Day) {
        let dead = Holder::Person(Party::Here(person));
        for dwelling in self.homes_of(dead) {
            let heirs = self.heirs(person, day);
            let Some(&first) = heirs.first() else { return };
            let waived = self.rng.chance(0.5);
            let heirs = if waived { vec![first] } else { heirs };
            let holders = pass_on(&self.holders(dwelling), dead, &heirs);
            let form = if holders.len() == 1 { Form::Sole } else { Form::ByShares };
            self.register(dwelling, day, holders, form, Reason::Inheritance, 0);
        }
    }

    /// Heirs of the first order: spouse and children, else parents (民法典 1127; representation is left out).
    fn heirs(&self, person: u32, day: Day) -> Vec<Holder> {
        let p = self.block.person(person);
        let died = p.exit.map_or(day, |(gone, _)| gone);
        let alive = |party: &Party| match party {
            Party::Here(i) => self.is_alive(*i, day),
            Party::Away(_) => true,
        };
        let spouse = self.spouse_on(person, died + -1);
        let close: Vec<Party> =
            spouse.into_iter().chain(p.children.iter().map(|&c| Party::Here(c))).filter(alive).collect();
        let heirs = if close.is_empty() { p.father.into_iter().chain(p.mother).filter(alive).collect() } else { close };
        heirs.into_iter().map(Holder::Person).collect()
    }

    fn open_shop(&mut self, day: Day) {
        let firm = Holder::Firm(self.rng.below(self.plan.entities as usize) as u64);
        self.next += 1;
        let dwelling = self.next - 1;
        let price = price::level(day.year()) * self.rng.range(80, 900) * 2;
        self.register(dwelling, day, vec![(firm, Share::WHOLE)], Form::Sole, Reason::NewHome, price);
    }

    /// Both partners, if both live to see the day.
    fn living_couple(&self, marriage: u32, day: Day) -> Option<(Holder, Holder)> {
        let marriage = &self.block.marriages[marriage as usize];
        let lives = |party| !matches!(party, Party::Here(index) if !self.is_alive(index, day));
        let both = lives(marriage.husband) && lives(marriage.wife);
        both.then_some((Holder::Person(marriage.husband), Holder::Person(marriage.wife)))
    }

    fn homes_of(&self, holder: Holder) -> Vec<u32> {
        self.held.get(&holder).cloned().unwrap_or_default()
    }

    fn holders(&self, dwelling: u32) -> Vec<(Holder, Share)> {
        let deed = self.current.get(dwelling as usize).copied().flatten();
        deed.map(|deed| self.deeds[deed as usize].holders.clone()).unwrap_or_default()
    }

    fn dwelling(&self, index: u32) -> Dwelling {
        Dwelling { block: self.block.number, index }
    }

    /// Closes the deed in force and opens the next, at least a day later.
    fn register(
        &mut self,
        dwelling: u32,
        day: Day,
        holders: Vec<(Holder, Share)>,
        form: Form,
        reason: Reason,
        price: i64,
    ) {
        if self.current.len() <= dwelling as usize {
            self.current.resize(dwelling as usize + 1, None);
        }
        let previous = self.current[dwelling as usize];
        let from = previous.map_or(day, |p| day.max(self.deeds[p as usize].from + 1));
        if from > AS_OF {
            return;
        }
        if let Some(previous) = previous {
            let old = &mut self.deeds[previous as usize];
            old.to = Some(from);
            for (holder, _) in &old.holders {
                if let Some(homes) = self.held.get_mut(holder) {
                    homes.retain(|&home| home != dwelling);
                }
            }
        }
        for (holder, _) in &holders {
            self.held.entry(*holder).or_default().push(dwelling);
        }
        self.current[dwelling as usize] = Some(self.deeds.len() as u32);
        let dwelling = self.dwelling(dwelling);
        self.deeds.push(Deed { dwelling, from, to: None, reason, price, form, holders, previous });
    }
}

/// The shares after `dead` is replaced by the heirs in equal parts; an heir who holds already holds more.
fn pass_on(holders: &[(Holder, Share)], dead: Holder, heirs: &[Holder]) -> Vec<(Holder, Share)> {
    let mut after: Vec<(Holder, Share)> = holders.iter().copied().filter(|(holder, _)| *holder != dead).collect();
    for (_, share) in holders.iter().filter(|(holder, _)| *holder == dead) {
        let part = share.divided(heirs.len() as u64);
        for heir in heirs {
            match after.iter_mut().find(|(holder, _)| holder == heir) {
                Some((_, share)) => *share = share.plus(part),
                None => after.push((*heir, part)),
            }
        }
    }
    after
}

#[cfg(test)]
mod tests;
