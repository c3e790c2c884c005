use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use super::*;

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method is for one lifetime only")]
fn kept(key: &(impl BreakerKey + ?Sized)) -> Key {
    key.with_key(|key| key.to_key())
}

fn hash(key: &(impl BreakerKey + ?Sized)) -> u64 {
    let mut state = std::hash::DefaultHasher::new();
    key.with_key(|key| key.hash(&mut state));
    state.finish()
}

fn same(one: &(impl BreakerKey + ?Sized), other: &(impl BreakerKey + ?Sized)) -> bool {
    let same = one.with_key(|key| key.is(&kept(other)));
    assert_eq!(same, kept(one) == kept(other));
    assert_eq!(same, other.with_key(|key| key.is(&kept(one))));
    if same {
        assert_eq!(hash(one), hash(other));
    }
    same
}

#[test]
fn a_key_is_what_it_says_whatever_its_type() {
    assert!(same("eu", &"eu".to_owned()) && same(&&"eu", &Some("eu")));
    assert!(same(&7_u8, &7_i64) && same(&7_u128, &7_usize) && same(&-7_i8, &-7_i128));
    assert!(same(&("eu", 7_u8), &("eu".to_owned(), 7_u64)));
    assert!(same(&kept(&("eu", (7, None::<u8>))), &("eu", (7, None::<u8>))));
    assert!(same(&u128::MAX, &u128::MAX) && same(&'x', &'x') && same(&true, &true));
    assert!(!same("7", &7) && !same("eu", "us") && !same(&7, &8) && !same(&'x', "x"));
    assert!(!same(&("eu", 7), &("eu", 8)) && !same(&("eu", 7), &(7, "eu")) && !same(&None::<u8>, &0));
    assert!(!same(&("a", "b", "c"), &("a", ("b", "c"))));
    let texts = [0, 21, 22, 23, 40].map(|len| "x".repeat(len));
    for (index, text) in texts.iter().enumerate() {
        assert!(same(text, text.as_str()) && !same(text, &texts[(index + 1) % texts.len()]));
        assert_eq!(kept(text).to_string(), *text);
    }
}

/// Keys of 100 kB each would hold 100 MB at a thousand keys.
#[test]
fn long_text_is_kept_by_its_digest_and_equal_to_itself_alone() {
    let long = "x".repeat(100_000);
    let others = [format!("{long}y"), format!("y{}", &long[1..]), "x".repeat(257), "x".repeat(256)];
    let key = kept(&long);
    let StoredKey::Long(text) = &key.0 else { panic!("{key:?} is kept whole") };
    assert!(text.to_string().len() < 128, "{text}");
    assert!(same(&long, &long.clone()) && same(&key, &long) && same(&key, &key.clone()));
    assert!(same(&(&long, 7), &(&long, 7)) && same(&kept(&(&long, 7)), &(&long, 7)));
    for (index, other) in others.iter().enumerate() {
        assert!(!same(&long, other) && !same(&key, other) && !same(&(other, 7), &(&long, 7)));
        assert!(others[..index].iter().all(|before| !same(before, other)));
        assert_ne!(hash(other), hash(&long), "all of them in one bucket would make look-ups slow");
        assert_ne!(kept(other).to_string(), key.to_string());
    }
    assert!(matches!(kept(&others[3]).0, StoredKey::Text(_)), "256 bytes are kept");
    let umlauts = kept(&"\u{e4}".repeat(200)).to_string();
    assert!(umlauts.starts_with("\u{e4}\u{e4}") && umlauts.contains("(400 bytes, "), "{umlauts}");
}

#[test]
fn a_key_reads_as_what_it_was_made_of() {
    let read = [
        kept("eu-1"),
        kept(&7),
        kept(&-7),
        kept(&("eu", 7)),
        kept(&None::<u8>),
        kept(&[1; 4].map(u8::from).map(|_| 1_u8)[0]),
    ];
    assert_eq!(read.map(|key| key.to_string()), ["eu-1", "7", "-7", "eu, 7", "-", "1"]);
    assert_eq!(kept(&IpAddr::from([127, 0, 0, 1])).to_string(), "127.0.0.1");
    assert_eq!(format!("{:?}", kept("eu")), "Key(eu)");
}
/// Keys that share a hash share a chain, and a long chain makes each look-up slow.
#[test]
fn keys_that_differ_have_hashes_that_differ() {
    let hashes = [
        hash(&7),
        hash(&8),
        hash(&-7),
        hash(&"eu"),
        hash(&None::<u8>),
        hash(&("eu", 7)),
        hash(&("eu", 8)),
        hash(&(u128::MAX)),
        hash(&(u128::MAX - 1)),
    ];
    let different: HashSet<_> = hashes.into_iter().collect();
    assert_eq!(different.len(), hashes.len());
    assert!(!same(&u128::MAX, &(u128::MAX - 1)));
    let of_a_map = RandomState::new();
    assert_ne!(of_a_map.hash_one(kept(&7)), of_a_map.hash_one(kept(&8)));
}

#[test]
fn key_is_found_by_its_text_as_it_is_and_as_it_is_printed() {
    let key = kept("eu\n1");
    assert_eq!(key.text(), "eu\n1");
    assert_eq!(["eu\n1", "eu\\n1", "eu"].map(|text| key.reads(text)), [true, true, false]);
    assert_eq!(label("fetch", Some(&key)), "fetch[eu\\n1]");
    assert_eq!(label("fetch", None), "fetch");
}

#[cfg(feature = "serde")]
#[test]
fn serialised_key_has_the_types_of_its_parts() {
    for (key, text) in [
        (kept(&7), "7"),
        (kept(&-7), "-7"),
        (kept("eu\n1"), r#""eu\n1""#),
        (kept(&("eu", (7, None::<u8>))), r#"["eu",[7,[]]]"#),
    ] {
        assert_eq!(serde_json::to_string(&key).expect("a key"), text);
        assert_eq!(serde_json::from_str::<Key>(text).expect("a key"), key);
    }
    let error = serde_json::from_str::<Key>("true").expect_err("not a key").to_string();
    assert!(error.contains("expected the key of a breaker: a text"), "{error}");
}

/// A value that goes on to print after an error.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Careless;

impl fmt::Debug for Careless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f.write_str("eu");
        f.write_str("-1")
    }
}

#[test]
fn key_reads_as_its_whole_text_alone() {
    let careless = KeyRef::value(&Careless).to_key();
    assert_eq!(
        ["eu-1", "-1", "eu", "eu-12", ""].map(|text| careless.reads(text)),
        [true, false, false, false, false]
    );
    let parts = kept(&("eu", 7));
    assert_eq!(["eu, 7", "eu, ", "eu, 77"].map(|text| parts.reads(text)), [true, false, false]);
    assert!(kept("").reads("") && !kept("").reads(" "));
}
