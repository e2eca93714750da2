//! Map from the index of a leaf or group, for values that few of them have.

use std::mem;

/// Entries in the order of the struct. It is much smaller code than a tree, and nearly always empty.
#[derive(Clone, Debug)]
pub(crate) struct LeafMap<T>(Vec<(u16, T)>);

impl<T> LeafMap<T> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, at: u16) -> bool {
        self.place(at).is_ok()
    }

    pub(crate) fn get(&self, at: u16) -> Option<&T> {
        let place = self.place(at).ok()?;
        Some(&self.0[place].1)
    }

    pub(crate) fn get_mut(&mut self, at: u16) -> Option<&mut T> {
        let place = self.place(at).ok()?;
        Some(&mut self.0[place].1)
    }

    /// The value at an index, which is added if there is none.
    pub(crate) fn get_or_default(&mut self, at: u16) -> &mut T
    where
        T: Default,
    {
        let place = self.place(at).unwrap_or_else(|place| {
            self.0.insert(place, (at, T::default()));
            place
        });
        &mut self.0[place].1
    }

    /// Sets the value at an index, and returns the former one.
    pub(crate) fn insert(&mut self, at: u16, value: T) -> Option<T> {
        match self.place(at) {
            Ok(place) => Some(mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (at, value));
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, at: u16) -> Option<T> {
        let place = self.place(at).ok()?;
        Some(self.0.remove(place).1)
    }

    /// Removes the entries for which `is_kept` returns false.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(u16, &mut T) -> bool) {
        self.0.retain_mut(|(at, value)| is_kept(*at, value));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &T)> {
        self.0.iter().map(|(at, value)| (*at, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u16, &mut T)> {
        self.0.iter_mut().map(|(at, value)| (*at, value))
    }

    /// The place of the entry for an index, or where it belongs.
    fn place(&self, at: u16) -> Result<usize, usize> {
        self.0.binary_search_by_key(&at, |(each, _)| *each)
    }
}

#[cfg(test)]
mod tests {
    use super::LeafMap;

    #[test]
    fn entries_are_in_the_order_of_their_indices() {
        let mut map = LeafMap::new();
        for at in [7, 3, 9] {
            assert_eq!(map.insert(at, at * 10), None);
        }
        assert_eq!(map.insert(3, 31), Some(30));
        *map.get_or_default(5) += 1;
        let entries: Vec<(u16, u16)> = map.iter().map(|(at, value)| (at, *value)).collect();
        assert_eq!(entries, [(3, 31), (5, 1), (7, 70), (9, 90)]);
        assert_eq!((map.remove(7), map.remove(7)), (Some(70), None));
        assert!(map.contains(9) && !map.contains(7));
        map.retain(|at, _| at == 9);
        assert_eq!((map.get(9), map.get(3)), (Some(&90), None));
    }
}
