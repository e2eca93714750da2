//! Sorting with one copy of std's algorithm, which is large, for elements of every type.

use std::{cmp::Ordering, mem};

/// Sorts elements; equal ones keep their order.
pub(crate) fn sort_by<T>(elements: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    if elements.is_sorted_by(|one, next| compare(one, next).is_le()) {
        return;
    }
    let mut order: Vec<usize> = (0..elements.len()).collect();
    sort_places(&mut order, &|one, other| {
        compare(&elements[one], &elements[other])
    });
    let unsorted = mem::take(elements).into_iter();
    let mut unsorted: Vec<Option<T>> = unsorted.map(Some).collect();
    elements.extend(order.into_iter().filter_map(|at| unsorted[at].take()));
}

/// Sorts elements by a key; equal ones keep their order.
pub(crate) fn sort_by_key<T, K: Ord>(elements: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(elements, |one, other| key(one).cmp(&key(other)));
}

fn sort_places(order: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    order.sort_by(|one, other| compare(*one, *other));
}

#[cfg(test)]
mod tests {
    use super::sort_by_key;

    #[test]
    fn equal_elements_keep_their_order() {
        let mut words = vec!["pear", "fig", "plum", "date", "kiwi", "nut", "lime"];
        sort_by_key(&mut words, |word| word.len());
        assert_eq!(
            words,
            ["fig", "nut", "pear", "plum", "date", "kiwi", "lime"]
        );
    }
}
