//! Tests of engines and of programs that read a store.
//!
//! [`InMemoryStore`] is a store for tests of programs: it can be disconnected, paused, compacted and restored. The
//! [`conformance`] kit tests the engine of a real store.

pub mod conformance;
mod in_memory;

pub use in_memory::{Backup, InMemoryEngine, InMemoryStore, InMemoryWriter};
