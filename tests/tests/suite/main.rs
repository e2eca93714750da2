//! What a user sees, a file per promise.

mod first;
