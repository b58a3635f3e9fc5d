//! What is looked up by a name, such as an entry's id or a code.
//!
//! A map comes once for each type that it holds, which is five kilobytes of the Worker each time: this one holds places in a list.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

pub(super) struct Index<'a, T> {
    places: BTreeMap<&'a str, usize>,
    items: Vec<T>,
}

impl<T> Default for Index<'_, T> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), items: Vec::new() }
    }
}

impl<'a, T> Index<'a, T> {
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.items.get(*self.places.get(name)?)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.items.get_mut(*self.places.get(name)?)
    }

    /// What has the name already stays.
    pub(super) fn insert(&mut self, name: &'a str, item: T) {
        self.change(name, item, |_| {});
    }

    /// Changes what has a name; if nothing has it yet, `first`.
    pub(super) fn change(&mut self, name: &'a str, first: T, change: impl FnOnce(&mut T)) {
        let end = self.items.len();
        let place = *self.places.entry(name).or_insert(end);
        if place == end {
            self.items.push(first);
        }
        if let Some(item) = self.items.get_mut(place) {
            change(item);
        }
    }

    /// In the order of their names.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.places.values().filter_map(|place| self.items.get(*place))
    }

    /// As they were inserted.
    pub(super) fn items_mut(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// As they were inserted.
    pub(super) fn into_items(self) -> Vec<T> {
        self.items
    }
}
