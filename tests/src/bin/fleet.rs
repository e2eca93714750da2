//! Instances of a program in a fleet, each with its log on stdout, or the `settings` command. The environment states how to
//! connect to etcd.
//!
//! `fleet 250 125 1000 20 DIR` runs the instances 250 to 374 of 1,000, with seconds of 20 ms, until its stdin is closed.

#![expect(clippy::print_stdout, reason = "a program prints")]

use settings_core::{
    Live, SecretString, Settings, cli,
    live::{Event, Instance, TriggerGuard},
};
use settings_etcd::EtcdSettings;
use std::{
    env,
    error::Error,
    io::{self, Read},
    path::Path,
    process::ExitCode,
    time::{Duration, SystemTime},
};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", unknown = "ignore")]
struct Bootstrap {
    #[settings(nested)]
    etcd: EtcdSettings,
}

/// Settings that carry the number of their push three times, so that a mixture of two pushes shows.
#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_", ignore = ["SHOP_ETCD_*"])]
struct Shop {
    #[settings(default = 0, reload)]
    first: u64,
    #[settings(default = 0, reload)]
    second: u64,
    #[settings(default = 0, reload)]
    third: u64,
    /// Instances of a thousand that reject these settings.
    #[settings(default = 0, reload)]
    rejecting: usize,
    /// Instances of a thousand that become unhealthy.
    #[settings(default = 0, reload)]
    failing: usize,
    /// Good health calls before that.
    #[settings(default = 0, reload)]
    after: u32,
    #[settings(reload)]
    token: Option<SecretString>,
}

/// The place of an instance in the fleet.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    of: usize,
}

impl Place {
    fn is_of(self, thousandths: usize) -> bool {
        self.index < (thousandths * self.of).div_ceil(1000)
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let store = || Bootstrap::load().map(|settings| settings.etcd.store());
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "settings") {
        let store = store()?.start();
        let code = cli::run_loader(|| Shop::loader().store(&store));
        return Ok(code.unwrap_or(ExitCode::FAILURE));
    }
    let [first, count, of, second, dir] = &arguments[..] else {
        return Err("expected FIRST COUNT OF MILLISECONDS DIR".into());
    };
    let (first, count, of): (usize, usize, usize) = (first.parse()?, count.parse()?, of.parse()?);
    let second = Duration::from_millis(second.parse()?);
    let mut instances = Vec::new();
    for index in first..first + count {
        let mut store = store()?;
        if index == first {
            store = store.last_good(Path::new(dir).join(format!("last-good-{index}")));
        }
        let place = Place { index, of };
        instances.push(start(&store.start(), place, second)?);
    }
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(ExitCode::SUCCESS)
}

fn start(
    store: &settings_core::remote::Store,
    place: Place,
    second: Duration,
) -> Result<(Live<Shop>, TriggerGuard), Box<dyn Error>> {
    let loader = Shop::empty_loader().store(store);
    let loader = loader.approve(
        move |shop: &Shop, _: &[&str]| match place.is_of(shop.rejecting) {
            true => Err("not here"),
            false => Ok(()),
        },
    );
    let live = loader.live()?;
    let shop = live.current();
    let mut numbers = [shop.first, shop.second, shop.third];
    drop(shop);
    log(place, "-", 0, "start", numbers);
    let (seen, of_store) = (live.clone(), store.clone());
    let follow = move |event: &Event| {
        let (changed, kind) = match event {
            Event::Applied { changed, .. } => (changed, "applied"),
            Event::Reverted { changed, .. } => (changed, "reverted"),
            _ => return,
        };
        for change in changed {
            let keys = ["first", "second", "third"];
            if let Some(at) = keys.iter().position(|key| *key == change.key()) {
                numbers[at] = change.new().parse().unwrap_or(u64::MAX);
            }
        }
        let fleet = seen.status().fleet;
        let id = fleet.map(|fleet| fleet.id).unwrap_or_default();
        let revision = of_store.status().revision.unwrap_or_default();
        log(place, &id, revision, kind, numbers);
    };
    live.subscribe(follow).detach();
    let seen = live.clone();
    let (mut number, mut calls) = (0, 0);
    let health = move || {
        let shop = seen.current();
        if shop.first != number {
            (number, calls) = (shop.first, 0);
        }
        calls += 1;
        !place.is_of(shop.failing) || calls <= shop.after
    };
    let instance = Instance::new("shop").health(health).second(second);
    let guard = live.join_fleet(store, instance)?;
    Ok((live, guard))
}

/// Prints the time, the instance, its id, the revision of its store, what has happened, and the number in force.
fn log(place: Place, id: &str, revision: u64, kind: &str, numbers: [u64; 3]) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let micros = now.unwrap_or_default().as_micros();
    let id = if id.is_empty() { "-" } else { id };
    let number = match numbers {
        [first, second, third] if first == second && second == third => first.to_string(),
        _ => "mixed".to_owned(),
    };
    println!("{micros} {} {id} {revision} {kind} {number}", place.index);
}
