//! Redis: the replies of a server.

use breaker_runtime::classify::{Class, Classify};
use redis::RedisError;

use crate::documented;

fn reply(text: &str) -> RedisError {
    let reply = redis::parse_redis_value(format!("-{text}\r\n").as_bytes()).expect("a reply");
    reply.extract_error().expect_err("an error")
}

#[test]
fn error_reply_has_the_class_that_the_guide_says() {
    for (code, class) in documented("Redis") {
        assert_eq!(reply(code).class(), class, "{code}");
        assert_eq!(reply(&format!("{code} as planned")).class(), class, "{code}");
    }
    assert_eq!(reply("MYMODULE says no").class(), Class::ClientError);
}
