//! `cargo run --example fleet`: five instances of a program, a change that all of them take, and one that makes them
//! unhealthy, which reaches one of them and is taken back.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use settings_core::{
    Live, Settings, cli,
    live::{Event, Instance, TriggerGuard},
    remote::{Store, testing::InMemoryStore},
};
use std::{env, error::Error, fs, process, thread, time::Duration};

#[derive(Debug, Settings)]
#[settings(prefix = "SHOP_")]
struct Shop {
    /// Connections to the database, which allows 100 of them.
    #[settings(default = 10, range(1..=1000), reload)]
    db_pool_size: u32,
}

/// One process of the program. Here, all of them are in one.
struct Process {
    live: Live<Shop>,
    _fleet: TriggerGuard,
}

fn main() -> Result<(), Box<dyn Error>> {
    // In place of a cluster. The crates settings-etcd and settings-postgres build a store on a real one.
    let cluster = InMemoryStore::new();
    cluster.put([("db_pool_size", "25")]);
    let processes = (1..=5).map(|number| start(&cluster, number));
    let processes = processes.collect::<Result<Vec<_>, _>>()?;

    // Both pass every check of the schema.
    push(&cluster, "SHOP_DB_POOL_SIZE=50")?;
    show(&processes, 50);
    push(&cluster, "SHOP_DB_POOL_SIZE=500")?;
    show(&processes, 50);
    Ok(())
}

fn start(cluster: &InMemoryStore, number: usize) -> Result<Process, Box<dyn Error>> {
    let store = Store::builder(cluster.engine()).start();
    let live = Shop::empty_loader().store(&store).live()?;
    let print = live.subscribe(move |event| {
        if let Event::Applied { .. } | Event::Reverted { .. } = event {
            println!("instance {number}: {event}");
        }
    });
    print.detach();
    // The database of this program fails with more than 100 connections.
    let seen = live.clone();
    let is_healthy = move || seen.current().db_pool_size <= 100;
    let instance = Instance::new("shop").health(is_healthy);
    // So that the example does not take minutes.
    let instance = instance.second(Duration::from_millis(20));
    let fleet = live.join_fleet(&store, instance)?;
    while live.status().fleet.is_none_or(|fleet| fleet.id.is_empty()) {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(Process {
        live,
        _fleet: fleet,
    })
}

/// Runs `settings store push FILE --rollout 20%,100% --bake 1s`, as an operator or CI does.
fn push(cluster: &InMemoryStore, content: &str) -> Result<(), Box<dyn Error>> {
    let file = env::temp_dir().join(format!("fleet-{}.env", process::id()));
    fs::write(&file, content)?;
    let store = Store::builder(cluster.engine()).start();
    let name = file.to_string_lossy();
    let words = ["store", "push", &name, "--yes", "--rollout", "20%,100%"];
    let options = ["--bake", "1s", "--spread", "0s"];
    println!("\n$ shop settings store push {content} --rollout 20%,100%");
    let printed = cli::capture(
        &Shop::empty_loader().store(&store),
        words.into_iter().chain(options),
    );
    print!("{}{}", printed.out, printed.err);
    fs::remove_file(file)?;
    Ok(())
}

/// Waits until all instances run a value, and prints it.
fn show(processes: &[Process], size: u32) {
    for process in processes {
        while process.live.current().db_pool_size != size {
            thread::sleep(Duration::from_millis(5));
        }
    }
    println!("all instances run db_pool_size = {size}");
}
