//! What is kept under the lock about the places of a family: which are in use, and when they were used last.

use crate::state::word::Ticks;

/// How many places a newcomer looks at, to let the idle ones go and to find one to take.
pub(super) const STRIDE: usize = 128;

#[derive(Debug, Default)]
pub(super) struct Book {
    places: Vec<Place>,
    free: Vec<u32>,
    /// Where the last look ended.
    hand: usize,
    /// When the last round over all places began, and how many of them it has still to look at.
    round: Option<Ticks>,
    left: usize,
}

/// At link 1 the first one.
#[derive(Clone, Copy, Debug)]
struct Place {
    in_use: bool,
    /// At the latest.
    last_use: Ticks,
}

impl Book {
    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    pub(super) fn links(&self) -> impl Iterator<Item = u32> + '_ {
        (1..).zip(&self.places).filter(|(_, place)| place.in_use).map(|(link, _)| link)
    }

    pub(super) fn begin(&mut self, now: Ticks) -> u32 {
        let place = Place { in_use: true, last_use: now };
        match self.free.pop() {
            Some(link) => {
                self.places[link as usize - 1] = place;
                link
            }
            None => {
                self.places.push(place);
                self.places.len() as u32
            }
        }
    }

    pub(super) fn end(&mut self, link: u32) {
        self.places[link as usize - 1].in_use = false;
        self.free.push(link);
    }

    /// The next places in turn, those in use with the time that they were last used. `touched` tells whether they were
    /// since they were last looked at: they may have been until now.
    pub(super) fn look(
        &mut self,
        most: usize,
        now: Ticks,
        touched: impl Fn(u32) -> bool,
    ) -> Vec<(Ticks, u32)> {
        let mut seen = Vec::new();
        for _ in 0..most.min(self.places.len()) {
            let index = self.hand % self.places.len();
            self.hand = index + 1;
            let (place, link) = (&mut self.places[index], index as u32 + 1);
            if place.in_use {
                if touched(link) {
                    place.last_use = now;
                }
                seen.push((place.last_use, link));
            }
        }
        seen
    }

    /// How many places are to be looked at now, so that each is a few times in `idle`.
    pub(super) fn due(&mut self, now: Ticks, idle: Ticks) -> usize {
        let over = self.round.is_none_or(|began| now.saturating_sub(began) >= idle / 4);
        if self.left == 0 && over {
            self.round = Some(now);
            self.left = self.places.len();
        }
        let due = self.left.min(STRIDE);
        self.left -= due;
        due
    }
}
