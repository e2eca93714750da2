//! What can be asked whether it answers: the database, Redis, and what you add.

/// A connection of its own for checks: it doesn't wait for a pool, and learns at once why there is no answer.
pub trait Check: Send + 'static {
    /// Its name in reports.
    const NAME: &'static str;

    /// Asks for an answer.
    ///
    /// # Errors
    ///
    /// Returns the reason why there is none, without names, addresses or credentials. The next call connects anew, also
    /// if this one is dropped before it ends.
    fn check(&mut self) -> impl Future<Output = Result<(), String>> + Send;
}
