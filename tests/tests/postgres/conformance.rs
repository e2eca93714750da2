//! The conformance kit on a real PostgreSQL.

use crate::server::Server;
use settings_core::remote::{
    Engine,
    testing::conformance::{Cluster, PROMISES},
};
use settings_postgres::Postgres;

impl Cluster for Server {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(Postgres::new(self.settings()))
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

/// One test per promise.
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
    a_snapshot_has_every_key
    a_wait_without_changes_is_neither_an_error_nor_too_short
    changes_and_deletions_are_returned
    nothing_is_lost_between_snapshot_and_changes
    a_deletion_compacted_before_the_first_wait_is_not_lost
    a_deletion_compacted_between_two_waits_is_not_lost
    a_revision_is_never_split
    a_compacted_revision_is_a_fault
    a_future_revision_is_a_fault
    a_killed_store_is_a_fault_in_time
    a_paused_store_is_a_fault_in_time
    a_killed_and_restarted_store_is_followed
    a_paused_and_resumed_store_is_followed
    compaction_while_cut_off_loses_nothing
    changes_that_queue_up_are_not_lost
    a_restored_backup_is_used_and_reported
    reserved_keys_are_no_settings
    retries_are_spaced_out
    a_commit_is_one_revision
    a_commit_on_a_changed_setting_is_a_conflict
    of_two_commits_on_one_base_one_is_a_conflict
    a_commit_depends_on_other_keys
    a_commit_that_is_too_large_is_refused
    a_settled_commit_stays_decided
    control_keys_are_not_followed
    a_writer_reads_the_present_and_the_past
    keys_end_with_their_lease
    a_key_has_the_lease_of_its_last_write
    a_write_to_a_killed_store_is_a_fault_in_time
}
