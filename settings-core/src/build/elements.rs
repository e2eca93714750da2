//! Elements of lists and maps of groups: the values of all layers, sorted into elements, and the building of each.

use super::{Assembler, GroupType, cursor::Element, index};
use crate::{
    resolve::{self, CollectionName, KeyNumbers, Overridden, Resolved, SlotValue},
    schema::{Shape, layout::Layout},
};

impl Assembler<'_> {
    /// Builds the next list or map of groups.
    ///
    /// `keys` decodes the keys of a map.
    pub(super) fn elements<T: GroupType>(
        &mut self,
        shape: Shape,
        keys: Option<&mut dyn KeyNumbers>,
    ) -> Option<Vec<(String, T)>> {
        let at = self.cursor.pass_leaf();
        let elements = self.take_elements(at, T::element_layout(), shape, keys)?;
        let mut values = Vec::with_capacity(elements.len());
        let mut is_complete = true;
        for (name, mut resolved) in elements {
            let element = self.cursor.element(at, shape, &name);
            match self.build_element(at, &mut resolved, element, T::build_element) {
                Some(value) => values.push((name.clone(), value)),
                None => is_complete = false,
            }
            let inside = self.resolved.elements.get_or_default(index(at));
            inside.push((name, resolved));
        }
        is_complete.then_some(values)
    }

    /// The slots of each element, from the values of the layers for a list or map of groups.
    fn take_elements(
        &mut self,
        at: usize,
        layout: &'static Layout,
        shape: Shape,
        keys: Option<&mut dyn KeyNumbers>,
    ) -> Option<Vec<(String, Resolved)>> {
        let layer = self.resolved.layer_of(at);
        let slot = &mut self.resolved.slots[at];
        let value = std::mem::replace(&mut slot.value, SlotValue::Unset);
        if !matches!(value, SlotValue::Unset) {
            slot.value = SlotValue::Consumed;
        }
        let origin = slot.origin.clone();
        let hides = slot.overrides.take();
        let parts = self.resolved.parts.remove(index(at)).unwrap_or_default();
        match value {
            SlotValue::Unreadable => {
                self.report_no_elements(at, None, origin);
                return None;
            }
            SlotValue::Empty => {
                let lower = parts.iter().rfind(|part| part.layer < layer);
                let lower = lower.map(|part| part.origin.clone());
                if let Some(hidden) = lower.or(hides) {
                    self.warn_hidden(at, &hidden);
                }
            }
            _ => {}
        }
        let records_overridden = self.wants_overridden();
        let blank = self.resolved.of_element(layout);
        let blank = || {
            let mut element = blank.clone();
            element.overridden = records_overridden.then(Vec::new);
            element
        };
        let collection = CollectionName {
            key: &self.cursor.key(at),
            variable: &self.cursor.variable(at),
            nesting: self.cursor.nesting(),
            is_inner: self.cursor.layout.element().is_some(),
            shape,
        };
        let read = resolve::elements(blank, keys, value, &origin, parts, layer, &collection);
        let elements = match read {
            Ok(_) if self.trial.is_some() => vec![("*".to_owned(), Resolved::new(layout))],
            Ok((elements, unknown)) => {
                self.resolved.unknown_names.extend(unknown);
                elements
            }
            Err(problem) => {
                let origin = problem.origin().cloned().unwrap_or(origin);
                self.report_no_elements(at, None, origin);
                let key = problem.key().unwrap_or(collection.key).to_owned();
                let problem = problem.at(key).variable_if(self.cursor.shell_variable(at));
                self.resolved.problems.push(problem);
                return None;
            }
        };
        if elements.is_empty() {
            self.report_no_elements(at, Some(shape), origin);
        }
        Some(elements)
    }

    /// Builds one element, and adds its problems and warnings.
    fn build_element<T>(
        &mut self,
        at: usize,
        resolved: &mut Resolved,
        element: Element,
        assemble: fn(&mut Assembler<'_>) -> Option<T>,
    ) -> Option<T> {
        let prefix = element.key.clone();
        // The warnings of its slots have the keys of the element's own layout.
        resolved.warnings.map(|warning| warning.within(&prefix));
        let mut inner = Assembler::in_element(resolved, self.context, element);
        inner.trial = self.trial.map(|trial| trial.of_element(at));
        inner.outermost = self.outermost.or(Some(index(at)));
        inner.observer = match &mut self.observer {
            Some(observer) => Some(&mut **observer),
            None => None,
        };
        inner.keeps_hashes |= self.keeps_hashes;
        let value = assemble(&mut inner);
        resolved.report_binding_problems(0, &prefix);
        if let (Some(observer), Some(overridden)) = (&mut self.observer, resolved.overridden.take())
        {
            let overridden = overridden.into_iter().map(|value| Overridden {
                within: prefix.clone(),
                ..value
            });
            observer.overridden(overridden.collect());
        }
        let all = &mut *self.resolved;
        all.problems.append(&mut resolved.problems);
        all.warnings.append(&mut resolved.warnings);
        all.secret_values.append(&mut resolved.secret_values);
        all.quoted_texts.append(&mut resolved.quoted_texts);
        all.unchecked.append(&mut resolved.unchecked);
        all.unknown_names.append(&mut resolved.unknown_names);
        all.unused_settings.append(&mut resolved.unused_settings);
        all.reported_names.append(&mut resolved.reported_names);
        value
    }
}
