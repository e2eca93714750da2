//! The cost of a load: `settings-core` compared with a hand-written loader and other crates.
//!
//! Every loader fills the same three shapes from the same nine cases. `tests/agree.rs` checks that they return the same values.

#[macro_use]
mod shape;

mod bare;
mod by_hand;
mod case;
mod child;
#[allow(
    unreachable_pub,
    reason = "conf derives a public trait that names the type"
)]
mod conf;
mod config;
mod confique;
mod envy;
mod exact;
mod figment;
mod ours;
mod scan;
mod serde_shape;
mod snapshot;
mod unrelated;

use std::error::Error;
use std::hint::black_box;

pub use crate::case::{CASES, Case, Loader, Size, Sources};
pub use crate::child::{Workplace, driver_arguments, note, parse_arguments};
pub use crate::ours::Seed;
pub use crate::snapshot::Snapshot;

use crate::snapshot::Leaves;

/// Result of a load.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The `.env` file of a case, in the current directory.
pub(crate) const ENV_FILE: &str = ".env";
/// The TOML file of a case, in the current directory.
pub(crate) const TOML_FILE: &str = "config.toml";

/// Loads once and passes `$settings` to an expression, whatever its type is.
macro_rules! with_loaded {
    ($case:expr, $loader:expr, |$settings:ident| $then:expr, $($variant:ident => $module:ident,)*) => {
        match $loader {
            $(Loader::$variant => match $case.size {
                Size::Seed => { let $settings = $module::seed($case.sources)?; $then }
                Size::Hundred => { let $settings = $module::hundred($case.sources)?; $then }
                Size::Thousand => { let $settings = $module::thousand($case.sources)?; $then }
            },)*
        }
    };
    ($case:expr, $loader:expr, |$settings:ident| $then:expr) => {
        with_loaded! {
            $case, $loader, |$settings| $then,
            Bare => bare,
            Exact => exact,
            Scan => scan,
            Ours => ours,
            Figment => figment,
            Config => config,
            Confique => confique,
            Envy => envy,
            Conf => conf,
        }
    };
}

/// Loads a case from the environment and files of this process, and drops the settings.
///
/// # Errors
///
/// Returns the loader's own error.
pub fn run(loader: Loader, case: Case) -> Outcome<()> {
    with_loaded!(case, loader, |settings| {
        black_box(settings);
    });
    Ok(())
}

/// Loads a case from the environment and files of this process, as text to compare.
///
/// # Errors
///
/// Returns the loader's own error.
pub fn load(loader: Loader, case: Case) -> Outcome<Snapshot> {
    let mut snapshot = Snapshot::default();
    with_loaded!(case, loader, |settings| settings.add_to("", &mut snapshot));
    Ok(snapshot)
}
