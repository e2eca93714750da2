//! Members of a stage: chosen at random, at least one of each schema.

use super::{
    FLEET,
    stages::Stage,
    status::{InstanceState, InstanceStatus},
};
use crate::remote::StoreSnapshot;
use std::collections::{BTreeMap, BTreeSet};

/// The instances that are registered, by their ids; `None` is a malformed status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fleet(pub(crate) BTreeMap<String, Option<InstanceStatus>>);

impl Fleet {
    /// Reads the control keys below [`FLEET`].
    pub(crate) fn of(scanned: &StoreSnapshot) -> Self {
        let values = scanned.values.iter().filter_map(|(key, value)| {
            let id = key.strip_prefix(FLEET)?;
            Some((id.to_owned(), InstanceStatus::read(value.bytes())))
        });
        Self(values.collect())
    }

    /// The instances whose status is unhealthy or malformed.
    pub(crate) fn unhealthy(&self) -> impl Iterator<Item = &str> {
        let instances = self.0.iter();
        let unhealthy = instances.filter(|(_, status)| {
            let status = status.as_ref();
            status.is_none_or(|status| status.healthy == Some(false))
        });
        unhealthy.map(|(id, _)| id.as_str())
    }

    /// The instances that a stage can choose.
    fn eligible(&self, stage: &Stage) -> BTreeMap<&str, &InstanceStatus> {
        let known = self.0.iter();
        let known = known.filter_map(|(id, status)| Some((id.as_str(), status.as_ref()?)));
        let eligible = known.filter(|(_, status)| {
            let has_label = stage
                .label
                .as_ref()
                .is_none_or(|(name, value)| status.labels.get(name) == Some(value));
            has_label && status.healthy != Some(false) && status.state != InstanceState::Leaving
        });
        eligible.collect()
    }

    /// Chooses the members of a stage: earlier ones that are still registered, one of each schema, and others at random.
    /// `None` if no instance can be chosen.
    pub(crate) fn select(
        &self,
        stage: &Stage,
        earlier: &BTreeSet<String>,
        seed: u64,
    ) -> Option<BTreeSet<String>> {
        let mut random = fastrand::Rng::with_seed(seed);
        let eligible = self.eligible(stage);
        if eligible.is_empty() {
            return None;
        }
        let kept = earlier.iter().filter(|id| self.0.contains_key(*id));
        let mut members: BTreeSet<String> = kept.cloned().collect();
        let of = |id: &str| self.0.get(id).and_then(Option::as_ref);
        let mut schemas: BTreeSet<&str> = members
            .iter()
            .filter_map(|id| of(id).map(|status| status.schema.as_str()))
            .collect();
        let mut others: Vec<(&str, &InstanceStatus)> = eligible
            .iter()
            .filter(|(id, _)| !members.contains(**id))
            .map(|(id, status)| (*id, *status))
            .collect();
        random.shuffle(&mut others);
        let wanted = stage.count_of(eligible.len());
        let mut count = eligible.len() - others.len();
        let mut chosen = Vec::new();
        others.retain(|(id, status)| {
            let is_first = schemas.insert(&status.schema);
            if is_first {
                chosen.push((*id).to_owned());
            }
            !is_first
        });
        count += chosen.len();
        let more = others.iter().take(wanted.saturating_sub(count));
        members.extend(more.map(|(id, _)| (*id).to_owned()));
        members.extend(chosen);
        Some(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(instances: &[(&str, &str, &str, Option<bool>)]) -> Fleet {
        let rows = instances.iter().map(|(id, schema, zone, healthy)| {
            let status = InstanceStatus {
                name: "shop".to_owned(),
                version: String::new(),
                schema: (*schema).to_owned(),
                labels: [("zone".to_owned(), (*zone).to_owned())].into(),
                base: 1,
                registered: Some(1),
                healthy: *healthy,
                rollout: None,
                state: InstanceState::Base,
                since: String::new(),
                problems: Vec::new(),
                restart_required: Vec::new(),
            };
            ((*id).to_owned(), Some(status))
        });
        Fleet(rows.collect())
    }

    fn stage(text: &str) -> Stage {
        Stage::read(text).unwrap()
    }

    #[test]
    fn earlier_members_are_kept_and_others_are_random() {
        let ids: Vec<String> = (0..100).map(|nth| format!("i{nth:02}")).collect();
        let rows: Vec<_> = ids
            .iter()
            .map(|id| (id.as_str(), "00000000", "a", None))
            .collect();
        let fleet = fleet(&rows);
        let first = fleet.select(&stage("5%"), &BTreeSet::new(), 1).unwrap();
        assert_eq!(first.len(), 5);
        assert_ne!(
            first,
            fleet.select(&stage("5%"), &BTreeSet::new(), 2).unwrap()
        );
        let second = fleet.select(&stage("25%"), &first, 3).unwrap();
        assert_eq!(second.len(), 25);
        assert!(first.is_subset(&second));
        let gone: BTreeSet<String> = first.iter().cloned().chain(["gone".to_owned()]).collect();
        let kept = fleet.select(&stage("5%"), &gone, 4).unwrap();
        assert_eq!(kept, first);
    }

    #[test]
    fn each_schema_has_a_member_and_the_unhealthy_have_none() {
        let mut fleet = fleet(&[
            ("a", "00000000", "a", Some(true)),
            ("b", "00000000", "a", None),
            ("c", "11111111", "b", Some(true)),
            ("d", "22222222", "b", Some(false)),
        ]);
        fleet.0.insert("e".to_owned(), None);
        let unhealthy: Vec<&str> = fleet.unhealthy().collect();
        assert_eq!(unhealthy, ["d", "e"]);
        for seed in 0..20 {
            let members = fleet.select(&stage("1%"), &BTreeSet::new(), seed).unwrap();
            assert!(members.contains("c") && members.len() == 2, "{members:?}");
            let of_zone = fleet.select(&stage("zone=a:1%"), &BTreeSet::new(), seed);
            let of_zone = of_zone.unwrap();
            assert!(of_zone.len() == 1 && !of_zone.contains("c"), "{of_zone:?}");
        }
        assert_eq!(fleet.select(&stage("zone=c:1%"), &BTreeSet::new(), 1), None);
        let everyone = fleet.select(&stage("100%"), &BTreeSet::new(), 1).unwrap();
        assert_eq!(everyone.len(), 3);
    }
}
