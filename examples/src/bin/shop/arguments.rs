//! The command line.

use std::path::PathBuf;

use breaker_examples::shop::{BranchPlan, Opening};

pub(crate) const HELP: &str = "\
Plays the circuit breaker's classic story with real HTTP servers on loopback: the dependencies of a shop
fail and recover under steady load, once without breakers and once with. Takes 40 seconds.

Usage: cargo run --release -p breaker-examples --bin shop [-- OPTIONS]

  --plot PATH  where to write the latency plot, an SVG (default: target/shop-latency.svg)
  --record PATH
               record the calls through breakers, also with --serve: lines of JSON for `breaker-lab`
  --serve      keep the shop with breakers open instead, with a dashboard, until ctrl-c: its
               dependencies fail and recover in a loop while customers come
  --port PORT  with --serve: the port (default: 3000)
  --manual     with --serve: no customers, and no outages but yours
  --orders PATH
               with --serve: the database of the orders (default: a temporary one). Orders that were
               queued when the shop was killed are charged after the next start with the same database
  --fleet [N]  play the story for a fleet instead: N shops, from 2 to 50, each in a process of its own
               (default: 5), first with breakers of their own and then with breakers that they share
               through Redis. Starts a Redis server for itself; takes a minute
  --game-day   hold a game day instead: the dependencies work, and the settings let every call to
               payments fail for 6 of 15 seconds
  --help       print this

Ends with 0 if the story held, with 1 if it did not.
";

#[derive(Debug, PartialEq)]
pub(crate) enum Arguments {
    Help,
    Serve(Opening),
    Story {
        plot: PathBuf,
        record: Option<PathBuf>,
    },
    GameDay,
    Fleet {
        processes: usize,
    },
    /// A process of the fleet, started by the program itself.
    Branch(BranchPlan),
}

impl Arguments {
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words.peekable();
        match words.peek().map(String::as_str) {
            Some("--fleet") => return Self::parse_fleet(words.skip(1)),
            Some("--game-day") => return Self::parse_game_day(words.skip(1)),
            Some("--branch") => return parse_branch(words.nth(1)).map(Self::Branch),
            _ => {}
        }
        let (mut serve, mut manual, mut port) = (false, false, None);
        let (mut orders, mut plot, mut record) = (None, None, None);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--serve" => serve = true,
                "--manual" => manual = true,
                "--port" => port = Some(parse_port(words.next())?),
                "--orders" => orders = Some(words.next().ok_or("--orders needs a path")?.into()),
                "--plot" => plot = Some(words.next().ok_or("--plot needs a path")?.into()),
                "--record" => record = Some(words.next().ok_or("--record needs a path")?.into()),
                "--game-day" => return Err("--game-day takes no other option; leave them out".into()),
                "--fleet" => return Err("--fleet takes no other option; leave them out".into()),
                unknown => return Err(format!("unknown option `{unknown}`")),
            }
        }
        match (serve, port, orders, plot) {
            (false, Some(_), ..) => Err("--port needs --serve".into()),
            (false, _, Some(_), _) => Err("--orders needs --serve".into()),
            (false, ..) if manual => Err("--manual needs --serve".into()),
            (true, .., Some(_)) => Err("--serve makes no plot; leave out --plot".into()),
            (true, port, orders, None) => {
                Ok(Self::Serve(Opening { port: port.unwrap_or(3000), orders, manual, record }))
            }
            (false, None, None, plot) => {
                let plot = plot.unwrap_or_else(|| "target/shop-latency.svg".into());
                Ok(Self::Story { plot, record })
            }
        }
    }

    fn parse_game_day(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        match words.next() {
            None => Ok(Self::GameDay),
            Some(word) if word == "--help" || word == "-h" => Ok(Self::Help),
            Some(word) => Err(format!("--game-day takes no other option, such as `{word}`")),
        }
    }

    fn parse_fleet(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let processes = match words.next() {
            None => 5,
            Some(word) if word == "--help" || word == "-h" => return Ok(Self::Help),
            Some(word) => {
                word.parse().ok().filter(|number| (2..=50).contains(number)).ok_or_else(|| {
                    format!("--fleet takes a number of processes from 2 to 50, and `{word}` is none")
                })?
            }
        };
        match words.next() {
            None => Ok(Self::Fleet { processes }),
            Some(word) => Err(format!("--fleet takes no other option, such as `{word}`")),
        }
    }
}

/// Reads the plan of a process: text that the program itself has written.
fn parse_branch(plan: Option<String>) -> Result<BranchPlan, String> {
    let plan = plan.ok_or("--branch is for the program itself")?;
    serde_json::from_str(&plan).map_err(|error| format!("--branch is for the program itself: {error}"))
}

fn parse_port(word: Option<String>) -> Result<u16, String> {
    let word = word.ok_or("--port needs a number")?;
    word.parse().map_err(|_| format!("--port needs a number up to 65535, and `{word}` is none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn options_are_read() {
        let story = |plot: &str| Arguments::Story { plot: plot.into(), record: None };
        assert_eq!(parse(""), Ok(story("target/shop-latency.svg")));
        assert_eq!(parse("--plot here.svg"), Ok(story("here.svg")));
        let record = Some("calls.jsonl".into());
        let recorded = Arguments::Story { plot: "here.svg".into(), record: record.clone() };
        assert_eq!(parse("--record calls.jsonl --plot here.svg"), Ok(recorded));
        let plain = Opening { port: 3000, ..Opening::default() };
        assert_eq!(parse("--serve"), Ok(Arguments::Serve(plain.clone())));
        let other_port = Opening { port: 80, ..plain.clone() };
        assert_eq!(parse("--port 80 --serve"), Ok(Arguments::Serve(other_port)));
        let orders = Opening { orders: Some("here.db".into()), manual: true, ..plain };
        assert_eq!(parse("--serve --orders here.db --manual"), Ok(Arguments::Serve(orders)));
        let recorded = Opening { port: 3000, record, ..Opening::default() };
        assert_eq!(parse("--serve --record calls.jsonl"), Ok(Arguments::Serve(recorded)));
        assert_eq!(parse("--game-day"), Ok(Arguments::GameDay));
        assert_eq!(parse("--fleet"), Ok(Arguments::Fleet { processes: 5 }));
        assert_eq!(parse("--fleet 12"), Ok(Arguments::Fleet { processes: 12 }));
        assert_eq!(parse("--serve --help"), Ok(Arguments::Help));
    }

    #[test]
    fn invalid_arguments_are_refused() {
        for line in [
            "story",
            "--plot",
            "--record",
            "--game-day --record calls.jsonl",
            "--port 80",
            "--orders here.db",
            "--manual",
            "--serve --orders",
            "--serve --port 65536",
            "--serve --plot here.svg",
            "--fleet 1",
            "--fleet 51",
            "--fleet 5 --serve",
            "--serve --fleet",
            "--game-day --serve",
            "--serve --game-day",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
