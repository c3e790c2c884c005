//! What is kept under the lock about the places of a group: which are in use, and when they were used last.

use crate::time::Ticks;

/// How many places a newcomer looks at, to let the idle ones go and to find one to take.
pub(crate) const STRIDE: usize = 128;

#[derive(Debug, Default)]
pub(crate) struct Evictor {
    places: Vec<Usage>,
    free: Vec<u32>,
    /// The places used within `key_idle`, as far as is known.
    recent: usize,
    /// Where the last look ended.
    hand: usize,
    /// When the last round over all places began, and how many of them it has still to look at.
    round: Option<Ticks>,
    left: usize,
}

/// At link 1 the first one.
#[derive(Clone, Copy, Debug)]
struct Usage {
    in_use: bool,
    recent: bool,
    /// At the latest.
    last_use: Ticks,
}

/// A place in use that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) link: u32,
    pub(crate) last_use: Ticks,
    pub(crate) recent: bool,
}

impl Evictor {
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Returns how many places were used within `key_idle`, as far as is known.
    pub(crate) fn recent(&self) -> usize {
        self.recent
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = u32> + '_ {
        (1..).zip(&self.places).filter(|(_, place)| place.in_use).map(|(link, _)| link)
    }

    pub(crate) fn begin(&mut self, now: Ticks) -> u32 {
        let place = Usage { in_use: true, recent: true, last_use: now };
        self.recent += 1;
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

    pub(crate) fn end(&mut self, link: u32) {
        let place = &mut self.places[link as usize - 1];
        self.recent -= usize::from(place.recent);
        (place.in_use, place.recent) = (false, false);
        self.free.push(link);
    }

    /// Looks at a place; `None` unless it is in use. `last_use` is given what is known of its last use, and returns what
    /// is to be known from this look on.
    pub(crate) fn look_at(
        &mut self,
        link: u32,
        now: Ticks,
        idle: Ticks,
        last_use: impl FnOnce(Ticks) -> Ticks,
    ) -> Option<Seen> {
        let place = self.places.get_mut(link as usize - 1).filter(|place| place.in_use)?;
        place.last_use = last_use(place.last_use);
        let recent = now.saturating_sub(place.last_use) < idle;
        self.recent = self.recent + usize::from(recent) - usize::from(place.recent);
        place.recent = recent;
        Some(Seen { link, last_use: place.last_use, recent })
    }

    /// Returns the next places in turn, `most` at most, for [`look_at`](Self::look_at).
    pub(crate) fn next(&mut self, most: usize) -> impl Iterator<Item = u32> + use<> {
        let (len, first) = (self.places.len(), self.hand);
        let most = most.min(len);
        self.hand = if len == 0 { 0 } else { (first + most) % len };
        (0..most).map(move |step| ((first + step) % len) as u32 + 1)
    }

    /// Returns how many places are to be looked at by a caller that looks at `most` of them at most, so that each is looked
    /// at a few times in `idle`.
    pub(crate) fn due(&mut self, most: usize, now: Ticks, idle: Ticks) -> usize {
        // A clock that was set back must not end the rounds until it is where it was.
        let over = self.round.is_none_or(|began| now.abs_diff(began) >= idle / 4);
        if self.left == 0 && over {
            self.round = Some(now);
            self.left = self.places.len();
        }
        let due = self.left.min(most);
        self.left -= due;
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Ticks = 100;

    #[test]
    fn rounds_begin_four_times_in_the_idle_time() {
        let mut book = Evictor::default();
        assert_eq!([(); 3].map(|()| book.begin(0)), [1, 2, 3]);
        let mut due = |most, now| book.due(most, now, IDLE);
        assert_eq!([due(2, 0), due(2, 0), due(2, 24)], [2, 1, 0]);
        assert_eq!([due(9, 25), due(9, 49), due(9, 50)], [3, 0, 3]);
        assert_eq!([due(9, 30), due(9, 20)], [0, 3], "a clock that was set back");
    }

    #[test]
    fn places_count_as_recent_until_they_are_idle() {
        let mut book = Evictor::default();
        let [first, second] = [book.begin(0), book.begin(50)];
        assert_eq!((book.len(), book.recent()), (2, 2));
        let seen = book.look_at(first, 100, IDLE, |last_use| last_use).expect("in use");
        assert_eq!((seen.recent, book.recent()), (false, 1));
        let seen = book.look_at(first, 100, IDLE, |_| 90).expect("in use");
        assert_eq!((seen.recent, seen.last_use, book.recent()), (true, 90, 2));
        book.end(first);
        book.end(second);
        assert_eq!((book.len(), book.recent(), book.look_at(first, 100, IDLE, |at| at)), (0, 0, None));
    }

    #[test]
    fn places_are_looked_at_in_turn() {
        let mut book = Evictor::default();
        assert_eq!(book.next(2).count(), 0);
        assert_eq!([(); 3].map(|()| book.begin(0)), [1, 2, 3]);
        assert!(book.next(2).eq([1, 2]) && book.next(2).eq([3, 1]) && book.next(9).eq([2, 3, 1]));
    }
}
