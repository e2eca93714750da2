//! The conformance kit on the server of this test.

use crate::server::Server;
use settings_core::remote::{Engine, testing::conformance::Cluster};

impl Cluster for Server {
    fn engine(&self) -> Box<dyn Engine> {
        Box::new(Self::engine(self))
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

settings_core::conformance_tests!(Server::start());
