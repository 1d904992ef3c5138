//! What is taken of a column before it is compared: `surname`, its first letters, the year of a birth.

/// A column and what is done to it, in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expression {
    pub column: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Characters from `start` (1 is the first), at most so many.
    Substring {
        start: usize,
        length: usize,
    },
    Lower,
    Upper,
    /// What a regular expression (or one of its groups) finds first; an empty text if nothing.
    Extract {
        pattern: String,
        group: usize,
    },
    /// An empty text becomes null.
    EmptyIsNull,
    /// A day, from a text in this format; null for what is none.
    Date {
        format: String,
    },
    /// As text.
    Text,
    Year,
    Month,
    Day,
}

impl Expression {
    pub fn column(name: impl Into<String>) -> Self {
        Expression { column: name.into(), steps: Vec::new() }
    }

    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// The expression as SQL of this engine, over a relation of the name `relation`.
    pub fn sql(&self, relation: &str) -> String {
        let mut sql = format!("{relation}.{}", quoted(&self.column, '"'));
        for step in &self.steps {
            sql = step.sql(&sql);
        }
        sql
    }
}

impl Step {
    fn sql(&self, of: &str) -> String {
        match self {
            Step::Substring { start, length } => format!("substr({of}, {start}, {length})"),
            Step::Lower => format!("lower({of})"),
            Step::Upper => format!("upper({of})"),
            // The first group is the whole of what is found, as the pattern is put in brackets.
            Step::Extract { pattern, group } => {
                let pattern = quoted(&format!("({pattern})"), '\'');
                format!("coalesce(array_element(regexp_match({of}, {pattern}), {}), '')", group + 1)
            }
            Step::EmptyIsNull => format!("nullif({of}, '')"),
            Step::Date { .. } => format!("TRY_CAST({of} AS DATE)"),
            Step::Text => format!("CAST({of} AS VARCHAR)"),
            Step::Year => format!("date_part('year', {of})"),
            Step::Month => format!("date_part('month', {of})"),
            Step::Day => format!("date_part('day', {of})"),
        }
    }

    /// Whether it takes a text and answers one.
    pub fn is_of_texts(&self) -> bool {
        !matches!(self, Step::Date { .. } | Step::Year | Step::Month | Step::Day)
    }
}

fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        if character == quote {
            out.push(quote);
        }
        out.push(character);
    }

    out.push(quote);
    out
}
