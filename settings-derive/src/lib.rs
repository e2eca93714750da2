//! The derive macro of `settings-core`.
