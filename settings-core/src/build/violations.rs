//! Violations of the rules of a struct, each at one of its settings.

/// Violations that the [`validate`](derive@crate::Settings#validate) function of a struct found, one per setting.
///
/// Each violation becomes a problem of that setting, with its origin and help. A key is written as in reports, without
/// the key of the struct: `port`, `tls.cert`. A violation with another key becomes a problem of the struct, which prints
/// that key with secrets masked.
///
/// ```
/// # use settings_core::{Settings, Violations};
/// #[derive(Debug, Settings)]
/// #[settings(validate = Self::ordered)]
/// struct Pool {
///     #[settings(default = 1)]
///     min: u32,
///     #[settings(default = 9)]
///     max: u32,
/// }
///
/// impl Pool {
///     fn ordered(&self) -> Result<(), Violations> {
///         let mut violations = Violations::new();
///         if self.min > self.max {
///             violations.add("min", format!("must not be above max, {}", self.max));
///         }
///         violations.into_result()
///     }
/// }
///
/// let error = Pool::empty_loader().env_from([("MIN", "10")]).load().unwrap_err();
/// assert_eq!(error.problems()[0].key(), Some("min"));
/// ```
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

/// One violation.
#[derive(Debug)]
pub(super) struct Violation {
    /// The setting; `None` if the violation is one of the whole struct.
    pub(super) key: Option<String>,
    pub(super) reason: String,
}

impl Violations {
    /// No violations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a violation of a setting.
    pub fn add(&mut self, key: impl Into<String>, reason: impl Into<String>) -> &mut Self {
        self.0.push(Violation {
            key: Some(key.into()),
            reason: reason.into(),
        });
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` if there are none.
    ///
    /// # Errors
    ///
    /// Returns the violations, if there are any.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// One violation of the struct as a whole.
    pub(super) fn of_struct(reason: String) -> Self {
        Self(vec![Violation { key: None, reason }])
    }

    pub(super) fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

impl<K: Into<String>, R: Into<String>> FromIterator<(K, R)> for Violations {
    fn from_iter<I: IntoIterator<Item = (K, R)>>(pairs: I) -> Self {
        let mut violations = Self::new();
        violations.extend(pairs);
        violations
    }
}

impl<K: Into<String>, R: Into<String>> Extend<(K, R)> for Violations {
    fn extend<I: IntoIterator<Item = (K, R)>>(&mut self, pairs: I) {
        for (key, reason) in pairs {
            self.add(key, reason);
        }
    }
}
