//! Addresses, and that no secret leaves them.

use crate::fleet::store::StoreErrorKind;
use crate::fleet::store::redis::{Address, RedisStore};

use super::PATIENT;

#[test]
fn secrets_are_in_no_text() {
    for url in [
        "redis://ada:hunter2@cache.internal:6380/3",
        "redis+unix:///run/cache.internal:6380.sock?user=ada&pass=hunter2&db=3",
    ] {
        let address = Address::parse(url).expect("an address");
        let texts = [format!("{address:?}"), format!("{:?}", RedisStore::new(address, PATIENT))];
        for text in texts {
            assert!(text.contains("cache.internal:6380") && text.contains('3'), "{text}");
            assert!(!text.contains("ada") && !text.contains("hunter2"), "{text}");
        }
    }
}

#[test]
fn bad_address_is_an_error_without_its_text() {
    for url in [
        "",
        "hunter2",
        "http://ada:hunter2@cache",
        "redis://ada:hunter2@",
        "redis://ada:hunter2@cache:port",
        "redis://ada:hunter2@cache/base",
        "redis://ada:hunter2%ff@cache",
        "redis://ada:hunter2@cache/?protocol=9",
        "rediss://ada:hunter2@cache/#insecure",
    ] {
        let error = Address::parse(url).expect_err(url);
        assert_eq!(error.kind(), StoreErrorKind::Address, "{url}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2") && !text.contains("ada"), "{text}");
        assert!(!error.to_string().contains('\n'), "{text}");
    }
}

#[test]
#[cfg(feature = "redis-tls")]
fn certificates_that_cannot_be_read_are_an_error() {
    let address = Address::parse("rediss://cache").expect("an address");
    let broken = *b"-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n";
    let address = address.with_authorities(broken);
    let error = address.client(redis::ProtocolVersion::RESP3).expect_err("no certificate");
    assert_eq!(error.kind(), StoreErrorKind::Address);
    assert!(!format!("{error}").contains("hunter2"), "{error}");
}

#[test]
#[cfg(not(feature = "redis-tls"))]
fn tls_without_its_feature_is_an_error_that_names_it() {
    let error = Address::parse("rediss://cache").expect_err("no TLS");
    assert!(error.to_string().contains("redis-tls"), "{error}");
}
