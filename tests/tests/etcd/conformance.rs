//! etcd keeps every promise of the kit, for real.

use crate::server::Server;
use settings_core::remote::{
    Engine,
    testing::conformance::{Cluster, PROMISES},
};
use settings_etcd::Etcd;

impl Cluster for Server {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(Etcd::new(self.settings()))
    }

    fn change(&mut self, changes: &[(&str, Option<&str>)]) {
        Self::change(self, changes);
    }

    fn compact(&mut self) {
        Self::compact(self);
    }

    fn kill(&mut self) {
        Self::kill(self);
    }

    fn start(&mut self) {
        self.run();
    }

    fn pause(&mut self) {
        Self::freeze(self);
    }

    fn resume(&mut self) {
        Self::thaw(self);
    }

    fn back_up(&mut self) {
        Self::back_up(self);
    }

    fn restore(&mut self) {
        Self::restore(self);
    }
}

/// A test for each promise, so that each is seen to be kept.
macro_rules! promises {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let name = stringify!($name);
                let promise = PROMISES.iter().find(|promise| promise.name == name).unwrap();
                promise.check(&mut Server::start());
            }
        )*

        #[test]
        fn every_promise_is_listed_here() {
            let listed = [$(stringify!($name)),*];
            let all: Vec<&str> = PROMISES.iter().map(|promise| promise.name).collect();
            assert_eq!(all, listed);
        }
    };
}

promises! {
    a_snapshot_holds_everything
    quiet_is_neither_silence_nor_haste
    a_change_and_a_deletion_are_told
    nothing_is_lost_between_snapshot_and_changes
    one_revision_is_never_torn
    history_that_is_gone_is_said_to_be
    a_revision_that_is_yet_to_come_is_refused
    a_dead_store_is_a_fault_in_time
    a_frozen_store_is_a_fault_in_time
    a_store_killed_and_restarted_is_followed
    a_store_frozen_and_thawed_is_followed
    compaction_while_cut_off_loses_nothing
    a_restored_backup_is_taken_over_and_told
    nobody_spins_while_the_store_is_away
}
