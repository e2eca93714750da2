//! Loads secrets, then reads its own memory: a secret may be nowhere but in the value that contains it.
//!
//! Started by the tests with what to load: `memory FORM [PATH]`.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let form = arguments.next().unwrap_or_default();
    let path = arguments.next().unwrap_or_default();
    load::form(&form, &path)
}

#[cfg(target_os = "linux")]
mod load {
    use super::scan::Scan;
    use secrecy::zeroize::Zeroize;
    use settings_core::{ExposeSecret, Loader, SecretBox, SecretString, Settings};
    use settings_tests::canary::{LENGTH, NAMES, canary};
    use std::collections::BTreeMap;

    #[derive(Debug, Settings)]
    #[settings(
        prefix = "APP_",
        validate = Self::consistent,
        derived(pub summary: String = format!("{} secrets", self.list.len())),
    )]
    struct App {
        key: SecretString,
        optional: Option<SecretString>,
        #[settings(default_with = Vec::new)]
        list: Vec<SecretString>,
        #[settings(default_with = BTreeMap::new)]
        map: BTreeMap<String, SecretString>,
        #[settings(length(1..), pattern = "^[a-z]*$")]
        ruled: Option<SecretString>,
        boxed: Option<SecretBox<String>>,
        #[settings(nested)]
        inner: Option<Inner>,
        #[settings(nested)]
        each: Vec<Inner>,
        #[settings(default = "demo")]
        name: String,
    }

    #[derive(Debug, Settings)]
    #[settings(group)]
    struct Inner {
        password: SecretString,
    }

    #[derive(Debug, Settings)]
    #[settings(prefix = "APP_")]
    struct Broken {
        pin: SecretBox<u32>,
        #[settings(length(..=10))]
        key: SecretString,
        #[settings(validate = refuse)]
        optional: Option<SecretString>,
        list: SecretBox<[u8; 4]>,
    }

    fn refuse(_: &SecretString) -> Result<(), &'static str> {
        Err("no")
    }

    impl App {
        fn consistent(&self) -> Result<(), &'static str> {
            if self.name.is_empty() {
                return Err("no name");
            }
            Ok(())
        }

        /// The address at which each secret may be.
        fn homes(&self) -> Vec<(&str, usize)> {
            let at = |secret: &str| secret.as_ptr().addr();
            let of = |secret: &SecretString| at(secret.expose_secret());
            let mut homes = vec![("key", of(&self.key))];
            homes.extend(self.optional.iter().map(|secret| ("optional", of(secret))));
            homes.extend(["list0", "list1"].into_iter().zip(self.list.iter().map(of)));
            homes.extend(["mapa", "mapb"].into_iter().zip(self.map.values().map(of)));
            homes.extend(self.ruled.iter().map(|secret| ("ruled", of(secret))));
            homes.extend(
                self.boxed
                    .iter()
                    .map(|secret| ("boxed", at(secret.expose_secret()))),
            );
            homes.extend(
                self.inner
                    .iter()
                    .map(|inner| ("inner", of(&inner.password))),
            );
            homes.extend(self.each.iter().map(|each| ("each0", of(&each.password))));
            homes
        }
    }

    /// Every secret as a variable of a flat source, and some that match no setting.
    fn variables() -> Vec<(&'static str, String)> {
        let list = joined(["", ","], [canary("list0"), canary("list1")]);
        let mut whole = joined([r#"{"password":""#], [canary("inner")]);
        whole.push_str("\"}");
        vec![
            ("APP_KEY", canary("key")),
            ("APP_OPTIONAL", canary("optional")),
            ("APP_LIST", list),
            ("APP_MAP__A", canary("mapa")),
            ("APP_MAP__B", canary("mapb")),
            ("APP_RULED", canary("ruled")),
            ("APP_BOXED", canary("boxed")),
            ("APP_INNER", whole),
            ("APP_EACH__0__PASSWORD", canary("each0")),
            ("APP_UNKNOWN_NAME", canary("unknown")),
            ("FOREIGN_TOKEN", canary("foreign")),
        ]
    }

    /// A text around canaries, allocated once; the canaries themselves are wiped.
    fn joined<const N: usize>(parts: [&str; N], mut canaries: [String; N]) -> String {
        let mut whole = String::with_capacity(2000);
        for (part, canary) in parts.into_iter().zip(&mut canaries) {
            whole.push_str(part);
            whole.push_str(canary);
            canary.zeroize();
        }
        whole
    }

    pub(super) fn form(form: &str, path: &str) -> Result<(), String> {
        let bare = App::empty_loader;
        // Texts that this program creates are found too, so each form is run by itself.
        match form {
            "environment" => check_load(bare().env(), true),
            "env_from" => check_load(bare().env_from(variables()), false),
            "env_file" | "quoted" | "references" => check_load(bare().env_file(path), false),
            "env_files" => check_load(
                bare().env_file(format!("{path}.lower")).env_file(path),
                false,
            ),
            "secrets_dir" => check_load(bare().secrets_dir(path), false),
            "credentials" => check_load(bare().env_from([("CREDENTIALS_DIRECTORY", path)]), false),
            "named_file" => check_load(bare().env_from([("APP_KEY_FILE", path)]), false),
            "arguments" => check_load(bare().args(arguments()), false),
            "set" => check_load(
                bare()
                    .set("key", canary("key"))
                    .set("optional", canary("optional"))
                    .set("map__a", canary("mapa")),
                false,
            ),
            "layers" => check_load(
                bare()
                    .env_file(path)
                    .env_from([("APP_KEY", canary("lower")), ("app_key", canary("foreign"))])
                    .args(["--key".to_owned(), canary("unknown")])
                    .set("key", canary("key")),
                false,
            ),
            "broken" => check_failed_load(),
            "control" => control(),
            other => Err(format!("no form {other}")),
        }
    }

    fn arguments() -> Vec<String> {
        vec![
            "--key".to_owned(),
            canary("key"),
            joined(["--optional="], [canary("optional")]),
            "--list".to_owned(),
            canary("list0"),
            "--list".to_owned(),
            canary("list1"),
            "--set".to_owned(),
            joined(["ruled="], [canary("ruled")]),
            joined(["--set=boxed="], [canary("boxed")]),
            "--inner-password".to_owned(),
            canary("inner"),
        ]
    }

    /// Searches after a load that succeeds, and after every output of it.
    fn check_load(loader: Loader<App>, in_environment: bool) -> Result<(), String> {
        let app = loader.load().map_err(|error| error.to_string())?;
        let outputs = [
            app.dump().to_string(),
            app.to_json(),
            app.to_env(),
            app.to_html(),
            format!("{app:?} {:?}", app.warnings()),
        ];
        drop(outputs);
        let homes = app.homes();
        if homes.is_empty() || app.name != "demo" {
            return Err("nothing was loaded".to_owned());
        }
        let scan = Scan::of_this_process(&NAMES)?;
        for name in NAMES {
            let home = homes.iter().find(|(each, _)| *each == name);
            scan.only_at(name, home.map(|(_, at)| *at), in_environment)?;
        }
        Ok(())
    }

    /// Searches after a load that fails on every secret.
    fn check_failed_load() -> Result<(), String> {
        let variables = [
            ("APP_PIN", canary("pin")),
            ("APP_KEY", canary("key")),
            ("APP_OPTIONAL", canary("optional")),
            ("APP_LIST", canary("list0")),
        ];
        let Err(error) = Broken::empty_loader().env_from(variables).load() else {
            return Err("it loads".to_owned());
        };
        if error.problems().len() != 4 {
            return Err(error.to_string());
        }
        let scan = Scan::of_this_process(&NAMES)?;
        NAMES
            .iter()
            .try_for_each(|name| scan.only_at(name, None, false))
    }

    /// Checks that the search finds a whole canary and a part of one.
    fn control() -> Result<(), String> {
        let kept = canary("key");
        let scan = Scan::of_this_process(&NAMES)?;
        scan.only_at("key", Some(kept.as_ptr().addr()), false)?;
        let part = kept[LENGTH / 2..].to_owned();
        let scan = Scan::of_this_process(&NAMES)?;
        let found = scan.places(LENGTH / 2);
        let expected = [part.as_ptr().addr(), kept.as_ptr().addr() + LENGTH / 2];
        let all = expected.iter().all(|at| found.contains(at));
        if all
            && scan
                .only_at("key", Some(expected[1] - LENGTH / 2), false)
                .is_err()
        {
            Ok(())
        } else {
            Err(format!("found only {found:x?}"))
        }
    }
}

#[cfg(target_os = "linux")]
mod scan {
    use settings_tests::canary::{VEIL, Veiled};
    use std::{
        fs::{self, File},
        os::unix::fs::FileExt,
    };

    /// The shortest part of a canary that is reported.
    const PART: usize = 16;

    /// Every part of a canary in the memory of this process that can be written to.
    pub(super) struct Scan(Vec<Found>);

    struct Found {
        name: &'static str,
        /// The position of the part in the canary.
        offset: usize,
        at: usize,
        is_stack: bool,
    }

    struct Region {
        start: usize,
        end: usize,
        is_stack: bool,
    }

    impl Scan {
        pub(super) fn of_this_process(names: &[&'static str]) -> Result<Self, String> {
            let maps = fs::read_to_string("/proc/self/maps").map_err(|error| error.to_string())?;
            let memory = File::open("/proc/self/mem").map_err(|error| error.to_string())?;
            let veiled: Vec<_> = names.iter().map(|name| (*name, Veiled::of(name))).collect();
            // On the heap, where its address is known.
            let mut buffer = vec![0; CHUNK + PART];
            let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
            let mut found = Vec::new();
            for region in maps.lines().filter_map(region) {
                for start in (region.start..region.end).step_by(CHUNK) {
                    let length = (region.end - start).min(buffer.len());
                    // A region that cannot be read contains nothing.
                    let read = memory.read_at(&mut buffer[..length], start as u64);
                    let bytes = &buffer[..read.unwrap_or(0)];
                    find(bytes, &veiled, |name, offset, at| {
                        let at = start + at;
                        if !own.contains(&at) {
                            let is_stack = region.is_stack;
                            found.push(Found {
                                name,
                                offset,
                                at,
                                is_stack,
                            });
                        }
                    });
                }
            }
            buffer.fill(0);
            Ok(Self(found))
        }

        /// Fails if a canary is anywhere but at its home or, if it came from there, in the environment block,
        /// which the system puts above the stack.
        pub(super) fn only_at(
            &self,
            name: &str,
            home: Option<usize>,
            in_environment: bool,
        ) -> Result<(), String> {
            let found = || self.0.iter().filter(|found| found.name == name);
            if let Some(home) = home
                && !found().any(|found| found.at == home)
            {
                return Err(format!("{name} was not found at its home"));
            }
            let astray = found().filter(|found| {
                let at_home = home.is_some_and(|home| home + found.offset == found.at);
                !(at_home || in_environment && found.is_stack)
            });
            let astray = astray.map(|found| format!("{:x} (from byte {})", found.at, found.offset));
            let astray: Vec<_> = astray.collect();
            if astray.is_empty() {
                Ok(())
            } else {
                Err(format!("{name} is also at {}", astray.join(", ")))
            }
        }

        /// The addresses of the part of a canary that begins at `offset`.
        pub(super) fn places(&self, offset: usize) -> Vec<usize> {
            let parts = self.0.iter().filter(|found| found.offset == offset);
            parts.map(|found| found.at).collect()
        }
    }

    const CHUNK: usize = 1 << 16;

    /// Searches runs of lower-case letters only, since a canary has no other characters.
    fn find(
        bytes: &[u8],
        veiled: &[(&'static str, Veiled)],
        mut each: impl FnMut(&'static str, usize, usize),
    ) {
        let mut run = 0;
        for (end, byte) in bytes.iter().enumerate() {
            run = if byte.is_ascii_lowercase() {
                run + 1
            } else {
                0
            };
            if run < PART {
                continue;
            }
            let at = end + 1 - PART;
            for (name, veiled) in veiled {
                for (part, offset) in veiled.bytes().chunks(PART).zip((0..).step_by(PART)) {
                    if bytes[at] ^ VEIL == part[0]
                        && bytes[at..=end]
                            .iter()
                            .zip(part)
                            .all(|(byte, veiled)| byte ^ VEIL == *veiled)
                    {
                        each(name, offset, at);
                    }
                }
            }
        }
    }

    fn region(line: &str) -> Option<Region> {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let writable = fields.next()?.starts_with("rw");
        let name = fields.nth(3).unwrap_or_default();
        let region = Region {
            start: usize::from_str_radix(start, 16).ok()?,
            end: usize::from_str_radix(end, 16).ok()?,
            is_stack: name == "[stack]",
        };
        (writable && !name.starts_with("[v")).then_some(region)
    }
}
