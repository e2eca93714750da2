//! An empty library. The tests build the programs in `tests/ui`.
