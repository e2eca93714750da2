//! Holds nothing: what is tested are the programs in `tests/ui`.
