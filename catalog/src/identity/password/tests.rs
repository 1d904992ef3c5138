use super::*;
use crate::ids::SeededRandomness;

#[tokio::test]
async fn a_hash_verifies_its_password_and_no_other() {
    let passwords = passwords(Cost::LIGHT);
    let stored = passwords.hash("正确的密码 horse").await.unwrap();
    assert!(passwords.verify("正确的密码 horse", &stored.hash).await.unwrap());
    for wrong in ["正确的密码 hors", "正确的密码 horse ", "", "正确的密码 HORSE"] {
        assert!(!passwords.verify(wrong, &stored.hash).await.unwrap(), "{wrong}");
    }
}

#[tokio::test]
async fn equal_passwords_get_different_hashes() {
    let passwords = passwords(Cost::LIGHT);
    let (one, two) = (passwords.hash("longenough").await.unwrap(), passwords.hash("longenough").await.unwrap());
    assert_ne!(one.hash, two.hash);
    assert_ne!(one.scram, two.scram);
}

#[tokio::test]
async fn the_default_cost_is_written_into_the_hash() {
    let passwords = passwords(Cost::default());
    let stored = passwords.hash("longenough").await.unwrap();
    assert!(stored.hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.hash);
    assert!(passwords.verify("longenough", &stored.hash).await.unwrap());
}

#[tokio::test]
async fn a_damaged_hash_never_verifies() {
    let passwords = passwords(Cost::LIGHT);
    for damaged in ["", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ"] {
        assert!(!passwords.verify("", damaged).await.unwrap(), "{damaged}");
    }
}

#[tokio::test]
async fn the_queue_is_bounded() {
    let passwords = passwords(Cost::LIGHT);
    let turns = (0..HASHES_MAX).map(|_| passwords.permits.try_acquire().unwrap()).collect::<Vec<_>>();
    let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| Box::pin(passwords.permit())).collect();
    for wait in &mut waiting {
        assert!(std::future::poll_fn(|context| std::task::Poll::Ready(wait.as_mut().poll(context).is_pending())).await);
    }
    assert_eq!(passwords.permit().await.map(drop).map_err(|error| error.code), Err(Code::QUEUE_FULL));
    drop(turns);
    assert!(waiting.remove(0).await.is_ok());
    drop(waiting);
    assert!(passwords.permit().await.is_ok());
    assert_eq!(passwords.waiting.available_permits(), WAITING_MAX, "whoever got a turn or left no longer waits");
}

#[test]
fn the_rules() {
    let name = UserName::parse("administrator").unwrap();
    let long = "ab".repeat(513);
    let refused = ["", "        ", "1234567", "七个字的密码啊", "Administrator", "aaaaaaaaaa", &long];
    for password in refused {
        assert_eq!(
            check_rules(PasswordRules::default(), &name, password).map_err(|error| error.code),
            Err(Code::WEAK_PASSWORD),
            "{password}"
        );
    }
    for password in ["12345679", "八个字的密码就好", "correct horse battery"] {
        assert!(check_rules(PasswordRules::default(), &name, password).is_ok(), "{password}");
    }
}

#[test]
fn the_rules_of_the_settings() {
    let name = UserName::parse("li").unwrap();
    let rules = PasswordRules { chars_min: 10, classes_min: 3, may_stay: false };
    for password in ["short-A1", "onlysmallletters", "small-and-other", "SMALLNOT11", "十个汉字的密码没有别的"]
    {
        let error = check_rules(rules, &name, password).unwrap_err();
        assert_eq!(error.code, Code::WEAK_PASSWORD, "{password}");
    }
    let hint = check_rules(rules, &name, "short-A1").unwrap_err().hint;
    assert_eq!(hint.as_deref(), Some("use at least 10 characters"));
    for password in ["Capital and small", "small and 1", "密码里有 A1 的十个字"] {
        assert!(check_rules(rules, &name, password).is_ok(), "{password}");
    }
    let four = PasswordRules { classes_min: 4, ..rules };
    assert!(check_rules(four, &name, "Capital and small").is_err());
    assert!(check_rules(four, &name, "Capital and small 1").is_ok());
}

#[test]
fn generated_passwords_are_readable_distinct_and_obey_the_rules() {
    let randomness = SeededRandomness::new(3);
    let all: std::collections::BTreeSet<String> = (0..500).map(|_| generate(&randomness).unwrap()).collect();
    assert_eq!(all.len(), 500);
    for password in &all {
        assert_eq!(password.len(), 19);
        assert!(!password.contains(['l', 'o', '0', '1']), "{password}");
        assert!(check_rules(PasswordRules::default(), &UserName::parse("admin").unwrap(), password).is_ok());
    }
}

fn passwords(cost: Cost) -> Passwords {
    Passwords::new(cost, Arc::new(SeededRandomness::new(1))).unwrap()
}
