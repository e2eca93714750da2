//! Two settings have one variable by other names of their groups.

use settings_core::Settings;

#[derive(Settings)]
struct WithName {
    #[settings(nested, alias = "db_pool")]
    pool: Pool,
    #[settings(nested)]
    db: Database,
}

#[derive(Settings)]
struct WithAlias {
    #[settings(nested, alias = ["x", "other"])]
    one: Database,
    #[settings(nested, deprecated_alias = "x_pool")]
    two: Pool,
    #[settings(nested, alias = "y")]
    three: Pool,
}

#[derive(Settings)]
#[settings(group)]
struct Pool {
    size: u8,
}

#[derive(Settings)]
#[settings(group)]
struct Database {
    pool_size: u8,
}

fn main() {}
