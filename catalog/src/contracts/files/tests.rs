use std::fs;

use super::*;
use crate::Code;

fn refused(files: &Files) -> Vec<String> {
    files.refused.iter().map(ToString::to_string).collect()
}

fn decoded(bytes: &[u8]) -> Result<String, String> {
    let files = Files::from_texts("", [("f.yaml".to_owned(), bytes.to_vec())]);
    let mut mistakes = Mistakes::default();
    match files.text("f.yaml", &mut mistakes) {
        Some(text) => Ok(text.to_owned()),
        None => Err(mistakes.iter().map(ToString::to_string).collect()),
    }
}

#[test]
fn texts_are_utf8_that_can_be_seen() {
    let save = "save the file as UTF-8 (without BOM) and try again";
    assert_eq!(decoded("zh: 人口\r\n\tx".as_bytes()), Ok("zh: 人口\r\n\tx".to_owned()));
    let cases: [(&[u8], String); 5] = [
        (b"\xEF\xBB\xBFa: b", format!("f.yaml:1:1: the file begins with a byte order mark; {save}")),
        (b"\xFF\xFEa\0", format!("f.yaml:1:1: the file is UTF-16; {save}")),
        // 人口 in GB 18030.
        (
            b"a: 1\nzh: \xC8\xCB\xBF\xDA\n",
            format!("f.yaml:2:5: the file is not UTF-8, but for example GB 18030 (GBK); {save}"),
        ),
        (b"a\0b", "f.yaml:1:2: the character U+0000 cannot be seen; remove it".to_owned()),
        ("a: 人\u{202E}口".as_bytes(), "f.yaml:1:5: the character U+202E cannot be seen; remove it".to_owned()),
    ];
    for (bytes, expected) in cases {
        assert_eq!(decoded(bytes), Err(expected));
    }
}

#[test]
fn a_directory_is_read_within_its_bounds() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("model");
    let write = |path: &str, text: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("elements.yaml", b"a: b");
    write("population/person.yaml", b"c: d");
    write("codes/x.csv", b"code,name");
    write("README.md", b"not of the model");
    write("population/person.sql", b"not of the model");
    write(".git/config.yaml", b"hidden");
    write("population/.person.yaml", b"hidden");
    write("a/b/c/d.yaml", b"told by the layout");
    write("legal/large.yaml", &vec![b'#'; FILE_BYTES_MAX + 1]);
    let files = Files::read(&root).unwrap();
    let paths: Vec<&str> = files.paths().collect();
    assert_eq!(paths, ["a/b/c/d.yaml", "codes/x.csv", "elements.yaml", "population/person.yaml"]);
    let label = root.join("legal/large.yaml").display().to_string();
    assert_eq!(refused(&files), [format!("{label}:1:1: the file is larger than 8 MiB; a model is written by people")]);
}

#[test]
fn deep_folders_end() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("a/a/a/a/a/a/a/a/a/a/a/a")).unwrap();
    let told = refused(&Files::read(place.path()).unwrap());
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("the folder stands too deep"), "{told:?}");
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_refused() {
    use std::os::unix::fs::symlink;

    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("model");
    fs::create_dir_all(root.join("population")).unwrap();
    fs::write(place.path().join("secret.yaml"), "x: y").unwrap();
    fs::write(root.join("population/person.yaml"), "a: b").unwrap();
    symlink("population/person.yaml", root.join("inside.yaml")).unwrap();
    symlink("../secret.yaml", root.join("outside.yaml")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    symlink("..", root.join("population/up")).unwrap();
    symlink(".", root.join("circle")).unwrap();
    symlink("../secret.yaml", root.join("README.md")).unwrap();
    symlink("nowhere", root.join("broken.yaml")).unwrap();
    std::process::Command::new("mkfifo").arg(root.join("pipe.yaml")).status().unwrap();
    let files = Files::read(&root).unwrap();
    assert_eq!(files.paths().collect::<Vec<_>>(), ["inside.yaml", "population/person.yaml"]);
    let told = refused(&files);
    let about =
        |name: &str| told.iter().find(|line| line.contains(&format!("/{name}:1:1: "))).cloned().unwrap_or_default();
    assert!(about("outside.yaml").contains("leads out of the model"), "{told:#?}");
    for name in ["etc", "population/up", "circle"] {
        assert!(about(name).contains("a link to a folder is not followed"), "{name}: {told:#?}");
    }
    assert!(about("broken.yaml").contains("cannot be read"), "{told:#?}");
    assert!(about("pipe.yaml").contains("is not a file"), "{told:#?}");
    assert_eq!(told.len(), 6, "{told:#?}");
}

#[test]
fn too_many_files_are_refused() {
    let texts = (0..FILES_MAX + 2).map(|n| (format!("a/{n}.yaml"), Vec::new()));
    let files = Files::from_texts("m", texts);
    assert_eq!(files.paths().count(), FILES_MAX);
    assert_eq!(files.refused.len(), 2);
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let error = Files::read(Path::new("/nowhere/at/all")).unwrap_err();
    assert_eq!(error.code, Code::MODEL_UNREADABLE);
    assert!(error.message.contains("/nowhere/at/all"), "{error}");
}
