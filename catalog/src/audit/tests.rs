use super::*;
use crate::clock::Timestamp;
use crate::error::Code;
use crate::ids::{Randomness, SeededRandomness, random};

fn key(seed: u64) -> SigningKey {
    let secret = SigningKey::fresh_secret(&SeededRandomness::new(seed)).unwrap();
    SigningKey::from_secret(&secret).unwrap()
}

fn event(number: u64) -> Event {
    Event {
        time: 1_764_167_312_345 + number as i64,
        actor: "李雷".to_owned(),
        door: Some("flight".to_owned()),
        statement: Some(format!("SELECT name\nFROM population.resident -- \"{number}\" \u{0} \u{2028}")),
        objects: vec!["population.resident".to_owned()],
        model: Some(3),
        allowed: Some(true),
        policies: vec!["police-reads-residents".to_owned()],
        rows: number.is_multiple_of(2).then_some(number),
        ..Event::default()
    }
}

/// The lines of so many events behind a position.
fn lines(after: &Position, count: u64) -> Vec<Line> {
    let (mut chain, mut lines) = (after.chain, Vec::new());
    for seq in after.seq + 1..=after.seq + count {
        let line = Line::new(chain, seq, &event(seq)).unwrap();
        chain = line.hash;
        lines.push(line);
    }
    lines
}

/// Segments with so many records each.
fn segments(counts: &[u64], key: &SigningKey) -> Vec<Sealed> {
    let (mut end, mut sealed) = (Position::default(), Vec::new());
    for count in counts {
        let next = Sealed::new(&end, 7, &lines(&end, *count), key).unwrap();
        end = next.end;
        sealed.push(next);
    }
    sealed
}

fn verify(segments: &[Vec<u8>], tail: &[Line]) -> Result<Summary, Fault> {
    verify_with(Verifier::new(vec![key(1).public()]), segments, tail)
}

fn verify_with(mut verifier: Verifier, segments: &[Vec<u8>], tail: &[Line]) -> Result<Summary, Fault> {
    for bytes in segments {
        verifier.segment(bytes)?;
    }
    verifier.tail(tail.iter().map(|line| (line.seq, line.text.as_str())))?;
    verifier.finish()
}

fn bytes(segments: &[Sealed]) -> Vec<Vec<u8>> {
    segments.iter().map(|sealed| sealed.bytes.clone()).collect()
}

/// The lines of a segment, each with its line end.
fn split(segment: &[u8]) -> Vec<Vec<u8>> {
    segment.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[test]
fn a_chain_is_as_it_was_written() {
    let all = segments(&[3, 1, 5], &key(1));
    let tail = lines(&all[2].end, 2);
    let summary = verify(&bytes(&all), &tail).unwrap();
    let hash = tail[1].hash;
    assert_eq!(summary, Summary { segments: 3, records: 11, tail: 2, hash });
    // What is sealed meanwhile is in both.
    let tail = lines(&all[1].end, 5);
    assert_eq!(verify(&bytes(&all), &tail).unwrap().records, 9);
    let nothing = Summary { segments: 0, records: 0, tail: 0, hash: Digest::ZERO };
    assert_eq!(verify(&[], &[]).unwrap(), nothing);
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let line = Line::new(Digest::ZERO, 12, &event(12)).unwrap();
    assert!(!line.text.contains('\n'));
    let read = Line::read(&line.text).unwrap();
    assert_eq!(read, Record { seq: 12, event: event(12), hash: line.hash });
}

/// Whoever reads the records of a year in ten years finds them in this form.
#[test]
fn the_form_of_lines_and_segments_stays() {
    let event =
        Event { time: 5, actor: "li".to_owned(), action: Action::SignIn, outcome: Outcome::Failed, ..Event::default() };
    let line = Line::new(Digest::ZERO, 1, &event).unwrap();
    let body = "{\"seq\":1,\"time\":5,\"action\":\"sign_in\",\"outcome\":\"failed\",\"actor\":\"li\"";
    let hash = Digest::of(&[&[0; 32], body.as_bytes(), b"}"]);
    assert_eq!(line.text, format!("{body},\"hash\":\"{hash}\"}}"));
    let key = key(1);
    let sealed = Sealed::new(&Position::default(), 7, std::slice::from_ref(&line), &key).unwrap();
    let zero = Digest::ZERO;
    let header = format!(
        "{{\"huitong_audit\":1,\"segment\":1,\"first\":1,\"hash\":\"sha256\",\"signature\":\"ed25519\",\"previous\":\"{zero}\",\"chain\":\"{zero}\",\"epoch\":7}}"
    );
    let (root, of_header) = (Digest::of(&[&[0], &bytes_of(hash)]), Digest::of(&[header.as_bytes()]));
    let footer = format!(
        "{{\"count\":1,\"last\":\"{hash}\",\"root\":\"{root}\",\"header\":\"{of_header}\",\"key\":\"{}\"",
        key.public().id()
    );
    let signature = key.sign(format!("huitong audit segment 1\n{footer}}}").as_bytes());
    let text = format!("{header}\n{}\n{footer},\"signature\":\"{signature}\"}}\n", line.text);
    assert_eq!(String::from_utf8(sealed.bytes).unwrap(), text);
}

fn bytes_of(digest: Digest) -> Vec<u8> {
    digest::bytes_of(&digest.to_string()).unwrap()
}

/// RFC 6962, section 2.1: leaves and nodes begin with different bytes, and the left side is a full tree.
#[test]
fn roots_are_those_of_certificate_transparency() {
    let leaves: Vec<Digest> = (0..5u8).map(|n| Digest::of(&[&[n]])).collect();
    let leaf = |n: usize| Digest::of(&[&[0], &bytes_of(leaves[n])]);
    let node = |left: Digest, right: Digest| Digest::of(&[&[1], &bytes_of(left), &bytes_of(right)]);
    assert_eq!(Digest::root(&[]), Digest::of(&[]));
    assert_eq!(Digest::root(&leaves[..1]), leaf(0));
    assert_eq!(Digest::root(&leaves[..3]), node(node(leaf(0), leaf(1)), leaf(2)));
    let four = node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3)));
    assert_eq!(Digest::root(&leaves), node(four, leaf(4)));
}

/// Each bit of each byte: the line is named, and of a record its number.
#[test]
fn every_flipped_bit_is_named() {
    let all = segments(&[2, 3], &key(1));
    for (at, sealed) in all.iter().enumerate() {
        let mut line = 1;
        let count = split(&sealed.bytes).len();
        for offset in 0..sealed.bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes(&all);
                changed[at][offset] ^= 1 << bit;
                let fault = verify(&changed, &[]).expect_err("a bit was flipped");
                let shown = format!("segment {at}, byte {offset}, bit {bit}: {fault}");
                assert_eq!((fault.segment, fault.line), (Some(at as u64 + 1), line), "{shown}");
                let record = (line > 1 && line < count).then(|| sealed.first + line as u64 - 2);
                assert_eq!(fault.record, record, "{shown}");
            }
            line += usize::from(sealed.bytes[offset] == b'\n');
        }
    }
}

#[test]
fn every_lost_line_is_named() {
    let all = segments(&[4, 2], &key(1));
    for (at, first) in [(0, 1), (1, 5)] {
        let whole = split(&all[at].bytes);
        for line in 0..whole.len() {
            let mut lines = whole.clone();
            lines.remove(line);
            let mut changed = bytes(&all);
            changed[at] = lines.concat();
            let fault = verify(&changed, &[]).expect_err("a line was removed");
            let records = whole.len() as u64 - 2;
            let expected = match line as u64 {
                0 => None,
                line if line <= records => Some(first + line - 1),
                // Without the footer nobody can tell whether more records stood here.
                _ => Some(first + records),
            };
            assert_eq!((fault.segment, fault.record), (Some(at as u64 + 1), expected), "line {line}: {fault}");
        }
    }
}

#[test]
fn every_swap_and_every_double_is_named() {
    let all = segments(&[5], &key(1));
    let whole = split(&all[0].bytes);
    for one in 1..6 {
        for other in one + 1..6 {
            let mut lines = whole.clone();
            lines.swap(one, other);
            let fault = verify(&[lines.concat()], &[]).expect_err("two records were swapped");
            assert_eq!((fault.record, fault.line), (Some(one as u64), one + 1), "{one} and {other}: {fault}");
            assert_eq!(fault.wrong, Wrong::Missing { found: Some(other as u64) });
        }
        let mut lines = whole.clone();
        lines.insert(one, whole[one].clone());
        let fault = verify(&[lines.concat()], &[]).expect_err("a record is there twice");
        assert_eq!((fault.record, fault.line), (Some(one as u64 + 1), one + 2), "{one}: {fault}");
    }
}

#[test]
fn every_cut_is_found() {
    let all = segments(&[3], &key(1));
    let whole = &all[0].bytes;
    for length in 0..whole.len() {
        let fault = verify(&[whole[..length].to_vec()], &[]).expect_err("the end was cut off");
        let whole_lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        match fault.record {
            Some(record) => assert_eq!(record, (whole_lines as u64).max(1), "{length}: {fault}"),
            None => assert!(whole_lines == 0 || whole_lines == 4, "{length}: {fault}"),
        }
    }
    let mut longer = whole.clone();
    longer.extend_from_slice(b"{\"seq\":4}\n");
    assert_eq!(verify(&[longer], &[]).expect_err("a line behind the end").wrong, Wrong::Trailing);
}

#[test]
fn a_record_that_is_written_anew_with_all_hashes_does_not_fit_the_footer() {
    let all = segments(&[3, 2], &key(1));
    let mut other = lines(&Position::default(), 3);
    let changed = Event { actor: "nobody".to_owned(), ..event(2) };
    other[1] = Line::new(other[0].hash, 2, &changed).unwrap();
    other[2] = Line::new(other[1].hash, 3, &event(3)).unwrap();
    let mut whole = split(&all[0].bytes);
    for (at, line) in other.iter().enumerate() {
        whole[at + 1] = format!("{}\n", line.text).into_bytes();
    }
    let fault = verify(&[whole.concat(), all[1].bytes.clone()], &[]).expect_err("hashes were computed anew");
    assert_eq!((fault.segment, fault.wrong), (Some(1), Wrong::Rewritten));
    // Even the whole segment, signed with another key, or with the right one: the next one names it.
    let forged = Sealed::new(&Position::default(), 7, &other, &key(2)).unwrap();
    let fault = verify(&[forged.bytes, all[1].bytes.clone()], &[]).expect_err("another key");
    assert_eq!(fault.wrong, Wrong::UnknownKey { id: key(2).public().id() });
    let forged = Sealed::new(&Position::default(), 7, &other, &key(1)).unwrap();
    let fault = verify(&[forged.bytes, all[1].bytes.clone()], &[]).expect_err("another segment before");
    assert_eq!((fault.segment, fault.wrong), (Some(2), Wrong::NotNext));
}

#[test]
fn segments_are_in_order_and_none_is_missing() {
    let all = bytes(&segments(&[2, 2, 2], &key(1)));
    for order in [vec![1], vec![0, 2], vec![0, 0], vec![1, 0], vec![0, 1, 1]] {
        let chosen: Vec<_> = order.iter().map(|at| all[*at].clone()).collect();
        let fault = verify(&chosen, &[]).expect_err("not in order");
        assert_eq!((fault.line, fault.wrong), (1, Wrong::NotNext), "{order:?}");
    }
}

#[test]
fn the_tail_goes_on_with_the_chain() {
    let all = segments(&[2], &key(1));
    let tail = lines(&all[0].end, 3);
    let mut hole = tail.clone();
    hole.remove(1);
    let fault = verify(&bytes(&all), &hole).expect_err("a hole");
    assert_eq!((fault.segment, fault.record, fault.line), (None, Some(4), 2));
    let mut changed = tail.clone();
    changed[2].text = changed[2].text.replace("李雷", "李磊");
    let fault = verify(&bytes(&all), &changed).expect_err("a change");
    assert_eq!((fault.record, fault.wrong), (Some(5), Wrong::Changed));
    let fault = verify(&[], &tail).expect_err("no segment");
    assert_eq!(fault.record, Some(1));
}

#[test]
fn what_others_know_shows_that_the_end_was_cut_off() {
    let key = key(1);
    let all = segments(&[2, 3], &key);
    let with = |anchor: &Anchor, head: Option<(u64, Digest)>, segments: &[Vec<u8>]| {
        let mut verifier = Verifier::new(vec![key.public()]);
        verifier.expect(anchor);
        head.iter().for_each(|(seq, hash)| verifier.expect_head(*seq, *hash));
        verify_with(verifier, segments, &[])
    };
    let anchor = Anchor::new(&all[1].end, Timestamp::from_ms(9), &key);
    assert_eq!(with(&anchor, Some((5, all[1].end.chain)), &bytes(&all)).unwrap().records, 5);
    let fault = with(&anchor, None, &bytes(&all[..1])).expect_err("the end was cut off");
    assert_eq!(fault.record, Some(3));
    assert!(matches!(fault.wrong, Wrong::Cut { until: 5, .. }), "{fault}");
    let fault = with(&anchor, Some((6, Digest::ZERO)), &bytes(&all)).expect_err("the tail was cut off");
    assert!(matches!(fault.wrong, Wrong::Cut { until: 6, .. }), "{fault}");
    // A whole chain, written anew with the right key.
    let mut other = lines(&Position::default(), 5);
    other[0] = Line::new(Digest::ZERO, 1, &Event::default()).unwrap();
    for at in 1..5 {
        other[at] = Line::new(other[at - 1].hash, at as u64 + 1, &event(0)).unwrap();
    }
    let forged = Sealed::new(&Position::default(), 7, &other, &key).unwrap();
    let fault = with(&anchor, None, &[forged.bytes]).expect_err("another chain");
    assert!(fault.record == Some(5) && matches!(fault.wrong, Wrong::Differs { .. }), "{fault}");
}

#[test]
fn an_anchor_is_signed() {
    let key = key(1);
    let all = segments(&[2], &key);
    let anchor = Anchor::new(&all[0].end, Timestamp::from_ms(9), &key);
    let line = anchor.to_line().unwrap();
    let read = |text: &str, keys: &[PublicKey]| Anchor::read_all(text, keys);
    assert_eq!(read(&format!("{line}\n\n{line}\n"), &[key.public()]).unwrap(), [anchor.clone(), anchor]);
    for (offset, byte) in line.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()) {
        let mut changed = line.clone().into_bytes();
        changed[offset] = if byte == b'1' { b'2' } else { b'1' };
        let told = read(&String::from_utf8(changed).unwrap(), &[key.public()]).expect_err("changed");
        assert_eq!(told.code, Code::AUDIT_BROKEN, "{offset}");
    }
    let told = read(&line, &[self::key(2).public()]).unwrap_err();
    assert!(told.message.contains("line 1") && told.message.contains("not trusted"), "{}", told.message);
}

#[test]
fn a_key_is_shown_and_read() {
    let public = key(1).public();
    assert_eq!(public.to_string().parse::<PublicKey>().unwrap(), public);
    assert_eq!(public.to_string().to_uppercase().parse::<PublicKey>().unwrap(), public);
    for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64), &"0".repeat(66)] {
        assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
    }
    let secret = SigningKey::fresh_secret(&SeededRandomness::new(1)).unwrap();
    assert!(!format!("{:?}", key(1)).contains(&secret));
}

/// Any change at random that leaves other bytes is found, and never after a record that is as it was.
#[test]
fn no_change_at_random_passes() {
    let seed = 20_261_126;
    let randomness = SeededRandomness::new(seed);
    let number = |below: usize| {
        let bytes: [u8; 8] = random(&randomness as &dyn Randomness).unwrap();
        usize::try_from(u64::from_le_bytes(bytes) % below as u64).unwrap()
    };
    for round in 0..3_000 {
        let all = segments(&[1 + number(4) as u64, 1 + number(4) as u64], &key(1));
        let whole = bytes(&all);
        let at = number(2);
        let mut changed = whole.clone();
        let segment = &mut changed[at];
        let (from, length) = (number(segment.len()), 1 + number(40));
        let to = (from + length).min(segment.len());
        match number(4) {
            0 => drop(segment.drain(from..to)),
            1 => segment[from..to].iter_mut().for_each(|byte| *byte = number(256) as u8),
            2 => {
                let copy = segment[from..to].to_vec();
                let into = number(segment.len());
                drop(segment.splice(into..into, copy));
            }
            _ => segment.truncate(from),
        }
        if changed == whole {
            continue;
        }
        let first = changed[at].iter().zip(&whole[at]).take_while(|(one, other)| one == other).count();
        let untouched = whole[at][..first].iter().filter(|byte| **byte == b'\n').count();
        let fault = verify(&changed, &[]).expect_err("a change");
        let shown = format!("seed {seed}, round {round}: {fault}");
        assert_eq!(fault.segment, Some(at as u64 + 1), "{shown}");
        // Records before the change are not named.
        assert!(fault.record.is_none_or(|record| record + 1 >= all[at].first + untouched as u64), "{shown}");
    }
}
