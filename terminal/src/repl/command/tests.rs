use super::*;

fn ok(input: &str) -> Command {
    parse(input).unwrap().unwrap()
}

#[test]
fn commands_are_read_with_their_arguments() {
    assert_eq!(ok("\\q"), Command::Quit);
    assert_eq!(ok(" Exit; "), Command::Quit);
    assert_eq!(ok("quit；"), Command::Quit);
    assert_eq!(ok("\\?"), Command::Help);
    assert_eq!(ok("\\d"), Command::Describe(None));
    assert_eq!(ok("\\d 人口.户籍;"), Command::Describe(Some("人口.户籍".into())));
    assert_eq!(ok("\\dn;"), Command::Schemas);
    assert_eq!(ok("\\timing"), Command::Timing);
    assert_eq!(ok("\\format"), Command::Format(None));
    assert_eq!(ok("\\format CSV"), Command::Format(Some(Format::Csv)));
    assert_eq!(ok("\\o"), Command::Output(None));
    assert_eq!(ok("\\o 'a file.csv'"), Command::Output(Some("a file.csv".into())));
    assert_eq!(ok("\\i  path/x.sql "), Command::Input("path/x.sql".into()));
}

#[test]
fn what_is_not_a_command_is_sql() {
    for sql in ["select 1;", "", "exit code;", "quitting", "select '\\q'"] {
        assert_eq!(parse(sql), None, "{sql}");
    }
}

#[test]
fn mistakes_are_told() {
    for (input, message) in [
        ("\\x", "no command `\\x`"),
        ("\\", "no command `\\`"),
        ("\\i", "`\\i` needs a file"),
        ("\\format xml", "no format `xml`"),
        ("\\q now", "`\\q` takes no argument"),
    ] {
        assert_eq!(parse(input).unwrap().unwrap_err().message, message);
    }
}

#[test]
fn help_names_every_command_that_is_understood() {
    for (name, argument, _) in HELP {
        let input = if argument == "FILE" { format!("{name} x") } else { name.to_owned() };
        assert!(parse(&input).unwrap().is_ok(), "{name}");
        assert!(help().contains(name));
    }
    for format in Format::ALL {
        assert!(help().contains(format.name()));
    }
}
