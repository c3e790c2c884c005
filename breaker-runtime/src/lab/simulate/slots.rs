//! Values with numbers that are used again: [`NumberedSlots`].

/// Values by their numbers. The number of a removed value goes to a later one, so that the memory is
/// that of the values at one time.
#[derive(Debug)]
pub(crate) struct NumberedSlots<T> {
    values: Vec<T>,
    free: Vec<u32>,
}

impl<T> NumberedSlots<T> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new(), free: Vec::new() }
    }

    /// Adds a value, and returns its number.
    pub(crate) fn add(&mut self, value: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self.values[number as usize] = value;
            return number;
        }
        self.values.push(value);
        u32::try_from(self.values.len() - 1).unwrap_or(u32::MAX)
    }

    /// Returns the value with a number.
    pub(crate) fn get(&mut self, number: u32) -> &mut T {
        &mut self.values[number as usize]
    }

    /// Returns all numbers, also those that are free and still have the value before.
    pub(crate) fn numbers(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }

    /// Gives a number free.
    pub(crate) fn remove(&mut self, number: u32) {
        self.free.push(number);
    }

    /// Returns how many values there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len() - self.free.len()
    }
}
