//! Which file is what.

use crate::contracts::files::Files;
use crate::contracts::mistake::{Location, Mistakes, Refusal};
use crate::contracts::vocabulary::Origin;
use crate::error::suggest;

const TOP_FILES: [&str; 4] = [ELEMENTS, CODES, ORGANISATION, POLICY];
pub const ELEMENTS: &str = "elements.yaml";
pub const CODES: &str = "codes.yaml";
pub const ORGANISATION: &str = "org.yaml";
const POLICY: &str = "policy.cedar";
const CODE_ROWS: &str = "codes";

/// The paths of a model by what they hold; those of fixed names are only told by whether they are there.
#[derive(Debug, Default)]
pub struct Layout {
    /// `codes/<table>.csv`: the table and the path.
    pub code_rows: Vec<(String, String)>,
    /// `<library>/<name>.yaml`: what the dataset must be called, and the path.
    pub datasets: Vec<(String, String)>,
    /// `policy.cedar`, and `<library>/policy.cedar` of those that bring their own.
    pub policies: Vec<String>,
}

impl Layout {
    pub fn of(files: &Files, origin: Origin, mistakes: &mut Mistakes) -> Self {
        mistakes.append(files.refused.clone());
        let mut layout = Self::default();
        for path in files.paths() {
            let sorted = layout.sort(path).and_then(|()| of_this_origin(path, origin));
            if let Err(refusal) = sorted {
                mistakes.add(&Location::start_of(&files.label(path)), refusal);
            }
        }
        layout
    }

    fn sort(&mut self, path: &str) -> Result<(), Refusal> {
        if TOP_FILES.contains(&path) {
            if path == POLICY {
                self.policies.push(path.to_owned());
            }
            return Ok(());
        }
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            [CODE_ROWS, file] => match file.strip_suffix(".csv") {
                Some(table) => self.code_rows.push((table.to_owned(), path.to_owned())),
                None => {
                    return Err(Refusal::new("in `codes/` stand the rows of code tables only").help("end it in `.csv`"));
                }
            },
            [_, POLICY] => self.policies.push(path.to_owned()),
            [library, file] => match file.strip_suffix(".yaml") {
                Some(name) => self.datasets.push((format!("{library}.{name}"), path.to_owned())),
                None => return Err(ending(file)),
            },
            [file] => return Err(top(file)),
            _ => return Err(Refusal::new("the file stands too deep").help("write <library>/<name>.yaml")),
        }
        Ok(())
    }
}

fn ending(file: &str) -> Refusal {
    if file.ends_with(".csv") {
        return Refusal::new("rows of code tables stand in `codes/` only")
            .help("move the file, or leave it out of the model");
    }
    Refusal::new("the file of a dataset ends in `.yaml`").help("rename it")
}

fn top(file: &str) -> Refusal {
    let refusal = Refusal::new("no such file belongs to a model");
    match suggest(file, TOP_FILES) {
        Some(close) => refusal.help(format!("did you mean `{close}`?")),
        None if file.ends_with(".csv") => refusal.help("rows of code tables stand in `codes/`"),
        None => refusal.help(format!(
            "there is: {}, codes/<table>.csv, <library>/<name>.yaml, <library>/policy.cedar",
            TOP_FILES.join(", ")
        )),
    }
}

/// The nation gives elements and codes; departments, datasets and policies are a city's own.
fn of_this_origin(path: &str, origin: Origin) -> Result<(), Refusal> {
    let national = path == ELEMENTS || path == CODES || path.starts_with("codes/");
    if origin == Origin::National && !national {
        return Err(Refusal::new("the national standards hold elements and code tables only"));
    }
    Ok(())
}
