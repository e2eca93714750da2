//! The three shapes, written once: each loader adds its own derives and attributes.

/// Lists the settings of a loader's `Seed`.
macro_rules! seed_leaves {
    ($Seed:ident) => {
        leaves! {
            $Seed: app_name version debug environment database_url db_pool_size db_max_overflow redis_url
                secret_key access_token_expire_minutes sentry_dsn otlp_endpoint
        }
    };
}

/// Lists the fields of a struct, each under its own name.
macro_rules! leaves {
    ($Struct:ty: $($field:ident)*) => {
        impl $crate::snapshot::Leaves for $Struct {
            fn add_to(&self, key: &str, snapshot: &mut $crate::snapshot::Snapshot) {
                $($crate::snapshot::Leaves::add_to(
                    &self.$field,
                    &format!("{key}{}{}", if key.is_empty() { "" } else { "." }, stringify!($field)),
                    snapshot,
                );)*
            }
        }
    };
}

/// The ten settings of a group, each with the same attribute.
macro_rules! group {
    ($vis:vis struct $Group:ident $(#[$of:meta])* leaf $(#[$leaf:meta])?) => {
        $(#[$of])*
        $vis struct $Group {
            $(#[$leaf])? pub(crate) url: String,
            $(#[$leaf])? pub(crate) user: String,
            $(#[$leaf])? pub(crate) region: String,
            $(#[$leaf])? pub(crate) pool_size: u32,
            $(#[$leaf])? pub(crate) max_overflow: u32,
            $(#[$leaf])? pub(crate) port: u16,
            $(#[$leaf])? pub(crate) enabled: bool,
            $(#[$leaf])? pub(crate) verbose: bool,
            $(#[$leaf])? pub(crate) sample_ratio: f64,
            $(#[$leaf])? pub(crate) backoff_factor: f64,
        }

        leaves! {
            $Group: url user region pool_size max_overflow port enabled verbose sample_ratio backoff_factor
        }
    };
}

/// A root whose groups all have one type.
macro_rules! root {
    ($vis:vis struct $Root:ident $(#[$of:meta])* group #[$nested:meta] $Group:ident names $($group:ident)*) => {
        $(#[$of])*
        $vis struct $Root {
            $(#[$nested] pub(crate) $group: $Group,)*
        }

        leaves! { $Root: $($group)* }
    };
}

/// Calls a macro with the names of the groups of the smaller of the two roots.
macro_rules! with_ten_groups {
    ($make:ident! $($with:tt)*) => {
        $make! { $($with)*
            group_00 group_01 group_02 group_03 group_04 group_05 group_06 group_07 group_08 group_09
        }
    };
}

/// Calls a macro with the names of the groups of the larger of the two roots.
macro_rules! with_hundred_groups {
    ($make:ident! $($with:tt)*) => {
        $make! { $($with)*
            group_00 group_01 group_02 group_03 group_04 group_05 group_06 group_07 group_08 group_09
            group_10 group_11 group_12 group_13 group_14 group_15 group_16 group_17 group_18 group_19
            group_20 group_21 group_22 group_23 group_24 group_25 group_26 group_27 group_28 group_29
            group_30 group_31 group_32 group_33 group_34 group_35 group_36 group_37 group_38 group_39
            group_40 group_41 group_42 group_43 group_44 group_45 group_46 group_47 group_48 group_49
            group_50 group_51 group_52 group_53 group_54 group_55 group_56 group_57 group_58 group_59
            group_60 group_61 group_62 group_63 group_64 group_65 group_66 group_67 group_68 group_69
            group_70 group_71 group_72 group_73 group_74 group_75 group_76 group_77 group_78 group_79
            group_80 group_81 group_82 group_83 group_84 group_85 group_86 group_87 group_88 group_89
            group_90 group_91 group_92 group_93 group_94 group_95 group_96 group_97 group_98 group_99
        }
    };
}
