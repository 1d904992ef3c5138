//! The documentation of the configuration file, as a file.

use super::keys::{Fallback, KEYS, Key, Role};

/// A complete configuration for `role`: every key explained, defaults and examples commented out, required keys ready to
/// be filled in. It is valid as it stands.
pub fn reference(role: Role) -> String {
    let mut text =
        String::from("# Relative paths start at the folder of this file.\n# 相对路径以本文件所在目录为起点。\n");
    let mut section = "";
    for key in KEYS.iter().filter(|key| key.roles.contains(&role)) {
        if key.section != section {
            section = key.section;
            text.push_str(&format!("\n[{section}]\n"));
        }
        text.push_str(&entry(key));
    }
    text
}

fn entry(key: &Key) -> String {
    let Key { name, doc, doc_zh, fallback, .. } = key;
    let line = match fallback {
        Fallback::Required(example) => format!("{name} = {example}"),
        Fallback::Default(value) | Fallback::Optional(value) => format!("#{name} = {value}"),
    };
    format!("# {doc}\n# {doc_zh}\n{line}\n")
}

#[cfg(test)]
mod tests;
