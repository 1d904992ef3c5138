//! A field: what it says itself, over what its element says, over what its dataset says.

use super::elements::{self, Traits};
use super::names;
use super::{Known, flag, form, owned, word};
use crate::contracts::entries::{Element, Field, Labels, Open, Range, Share};
use crate::contracts::forms::{Type, Value};
use crate::contracts::mistake::{Mistakes, Refusal, shown};
use crate::contracts::shape::read_flag;
use crate::contracts::vocabulary::{Cycle, Grade, Sharing};
use crate::contracts::yaml::{Content, Node};

/// What fields inherit from their dataset. A dataset that lacks something gives nothing on; its fields are checked still.
pub struct Inherited {
    pub owner: Option<String>,
    pub share: Option<Share>,
    pub open: Open,
    pub cycle: Option<Cycle>,
}

pub fn read(node: &Node, inherited: &Inherited, known: &Known, mistakes: &mut Mistakes) -> Option<Field> {
    let name = node.text("name")?.to_owned();
    let element = element(node, known, mistakes)?;
    let own_type: Option<Type> = form(node, "type", mistakes);
    let column_type = column_type(node, &name, own_type, element, mistakes)?;
    let own = Traits::read(node, column_type, known, mistakes);
    compare(node, &own, element, column_type, mistakes);
    let share = share(node, mistakes).or_else(|| inherited.share.clone());
    let open = match open(node, mistakes) {
        Some(open) => open,
        // What the departments do not get, the public does not get either.
        None if matches!(share, Some(Share::None { .. })) => Open::No,
        None => inherited.open.clone(),
    };
    let grade = grade(node, &own, element, mistakes);
    let of_element = |own: Option<String>, get: fn(&Element) -> Option<String>| own.or_else(|| element.and_then(get));
    let mut tags = elements::tags(node);
    tags.extend(element.iter().flat_map(|element| &element.tags));
    Some(Field {
        labels: labels(node, &name, element, mistakes)?,
        description: of_element(owned(node, "description"), |element| element.description.clone()),
        column_type,
        required: flag(node, "required").unwrap_or(false),
        owner: owner(node, known, mistakes).or_else(|| inherited.owner.clone())?,
        share: share?,
        open,
        cycle: word(node, "cycle").or(inherited.cycle)?,
        grade,
        release: owned(node, "release"),
        tags,
        mask: own.mask.or_else(|| element?.mask.clone()),
        comparator: element.and_then(|element| element.comparator),
        code: of_element(own.code, |element| element.code.clone()),
        format: own.format.or_else(|| element?.format.clone()),
        range: own.range.or_else(|| element?.range.clone()),
        element: owned(node, "element"),
        name,
    })
}

/// Outer nothing: it names an element that is not there, or has mistakes of its own.
fn element<'a>(node: &Node, known: &'a Known, mistakes: &mut Mistakes) -> Option<Option<&'a Element>> {
    let Some(value) = node.get("element") else { return Some(None) };
    let name = value.as_text()?;
    names::find("element", value, name, &known.elements, mistakes).map(Some)
}

fn column_type(
    node: &Node,
    name: &str,
    own: Option<Type>,
    element: Option<&Element>,
    mistakes: &mut Mistakes,
) -> Option<Type> {
    match (own, element) {
        (Some(own), Some(element)) if own != element.column_type => {
            let message =
                format!("field `{}` is of type {own}, its element of type {}", shown(name), element.column_type);
            mistakes
                .add(&node.get("type")?.at, Refusal::new(message).help("leave out `type`, or choose another element"));
            None
        }
        (_, Some(element)) => Some(element.column_type),
        (Some(own), None) => Some(own),
        (None, None) => {
            if node.get("type").is_none() {
                let refusal = Refusal::new(format!("field `{}` has neither an element nor a type", shown(name)));
                mistakes.add(&node.at, refusal.help("write `element: …` or `type: …`"));
            }
            None
        }
    }
}

fn labels(node: &Node, name: &str, element: Option<&Element>, mistakes: &mut Mistakes) -> Option<Labels> {
    let label = |key, of_element: fn(&Labels) -> &String| {
        owned(node, key).or_else(|| element.map(|element| of_element(&element.labels).clone()))
    };
    let (zh, en) = (label("zh", |labels| &labels.zh), label("en", |labels| &labels.en));
    for (key, label) in [("zh", &zh), ("en", &en)] {
        if label.is_none() && node.get(key).is_none() {
            let refusal = Refusal::new(format!("field `{}` lacks the key `{key}`", shown(name)));
            mistakes.add(&node.at, refusal.help("a field without an element has its own names"));
        }
    }
    Some(Labels { zh: zh?, en: en? })
}

pub fn owner(node: &Node, known: &Known, mistakes: &mut Mistakes) -> Option<String> {
    let value = node.get("owner")?;
    let name = value.as_text()?;
    names::find("department", value, name, &known.departments, mistakes);
    Some(name.to_owned())
}

/// The grade of a field. A lower grade or a weaker mask than the element's stands only with its reason. Where no element says a grade, the
/// reason may be for a lower one than that of the data which the table is made of; what these are, is not known here.
fn grade(node: &Node, own: &Traits, element: Option<&Element>, mistakes: &mut Mistakes) -> Grade {
    let of_element = element.map_or(Grade::One, |element| element.grade);
    let grade = word(node, "grade").unwrap_or(of_element);
    let lower = element.is_some() && grade < of_element;
    let weaker = match (&own.mask, element.and_then(|element| element.mask.as_ref())) {
        (Some(own), Some(of_element)) => own.cmp_strictness(of_element).is_lt(),
        _ => false,
    };
    match (lower, weaker, node.get("release")) {
        (true, _, None) => {
            let message = format!("grade {grade} is lower than grade {of_element} of the element");
            let at = node.get("grade").map_or(&node.at, |value| &value.at);
            mistakes.add(at, Refusal::new(message).help("say why that is right with `release: …`"));
        }
        (_, true, None) => {
            let at = node.get("mask").map_or(&node.at, |value| &value.at);
            let refusal = Refusal::new("the mask shows more than that of the element");
            mistakes.add(at, refusal.help("say why that is right with `release: …`"));
        }
        (false, false, Some(release)) if element.is_some() || node.get("grade").is_none() => {
            let refusal = Refusal::new("nothing is released here: neither the grade is lower nor the mask weaker");
            mistakes.add(&release.at, refusal.help("leave out `release`"));
        }
        _ => {}
    }
    grade
}

/// What an element says about values holds in every field; a field may only ask for more.
fn compare(node: &Node, own: &Traits, element: Option<&Element>, column_type: Type, mistakes: &mut Mistakes) {
    let Some(element) = element else { return };
    let differs = |own: Option<String>, of_element: Option<String>| match (own, of_element) {
        (Some(own), Some(of_element)) if own != of_element => Some(of_element),
        _ => None,
    };
    let text = |format: &Option<_>| format.as_ref().map(ToString::to_string);
    let format = differs(text(&own.format), text(&element.format)).map(|of_element| ("format", of_element));
    let code = differs(own.code.clone(), element.code.clone()).map(|of_element| ("code", of_element));
    for (key, of_element) in [format, code].into_iter().flatten() {
        let message = format!("the element has another {key}: `{}`", shown(&of_element));
        let at = node.get(key).map_or(&node.at, |value| &value.at);
        mistakes.add(at, Refusal::new(message).help(format!("leave out `{key}`, or define another element")));
    }
    if let (Some(own), Some(of_element)) = (&own.range, &element.range)
        && !is_within(own, of_element, column_type)
    {
        let message = format!("the range {own} goes beyond that of the element, {of_element}");
        let at = node.get("range").map_or(&node.at, |value| &value.at);
        mistakes.add(at, Refusal::new(message).help("leave out `range`, or define another element"));
    }
}

fn is_within(own: &Range, outer: &Range, column_type: Type) -> bool {
    let read = |bound: &Option<String>| bound.as_deref().and_then(|text| Value::read(column_type, text).ok());
    let holds = |own: &Option<String>, outer: &Option<String>, wrong: std::cmp::Ordering| match (read(own), read(outer))
    {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(own), Some(outer)) => own.order(&outer) != Some(wrong),
    };
    holds(&own.min, &outer.min, std::cmp::Ordering::Less) && holds(&own.max, &outer.max, std::cmp::Ordering::Greater)
}

/// How a dataset or a field is shared; nothing when it does not say, or says it wrongly.
pub fn share(node: &Node, mistakes: &mut Mistakes) -> Option<Share> {
    let beside = node.get("reason");
    let Some(value) = node.get("share") else {
        if let Some(reason) = beside {
            mistakes.add(
                &reason.at,
                Refusal::new("a reason stands here without `share: none`")
                    .help("leave it out, or say how it is shared"),
            );
        }
        return None;
    };
    let (sharing, when, reason) = match value.content {
        Content::Map(_) => (word(value, "type")?, value.get("when"), value.get("reason").or(beside)),
        _ => (word(node, "share")?, None, beside),
    };
    let superfluous = match sharing {
        Sharing::Unconditional => when.or(reason),
        Sharing::Conditional => reason,
        Sharing::None => when,
    };
    if let Some(extra) = superfluous {
        mistakes.add(&extra.at, format!("this does not go with `{sharing}`"));
    }
    let said = |text: Option<&Node>, help: &str, mistakes: &mut Mistakes| match text {
        Some(text) => text.as_text().map(str::to_owned),
        None => {
            let refusal = Refusal::new(format!("sharing that is `{sharing}` lacks its {help}"));
            let example = if sharing == Sharing::None { "reason" } else { "when" };
            mistakes.add(&value.at, refusal.help(format!("write {{type: {sharing}, {example}: …}}")));
            None
        }
    };
    match sharing {
        Sharing::Unconditional => Some(Share::Unconditional),
        Sharing::Conditional => Some(Share::Conditional { when: said(when, "condition", mistakes)? }),
        Sharing::None => Some(Share::None { reason: said(reason, "reason", mistakes)? }),
    }
}

/// Whether a dataset or a field is open; nothing when it does not say.
pub fn open(node: &Node, mistakes: &mut Mistakes) -> Option<Open> {
    let value = node.get("open")?;
    let open = match value.content {
        Content::Map(_) => Open::When(owned(value, "when")?),
        _ if read_flag(value.as_text()?)? => Open::Yes,
        _ => Open::No,
    };
    let unshared = node
        .get("share")
        .is_some_and(|share| share.as_text().or_else(|| share.text("type")) == Some(Sharing::None.as_str()));
    if unshared && open != Open::No {
        let refusal = Refusal::new("what is not shared between departments cannot be open to the public");
        mistakes.add(&value.at, refusal.help("write `open: no`"));
    }
    Some(open)
}
