//! A read of live settings compared with `arc_swap`, a lock around an `Arc`, and the usual ways with figment and config.

use std::hint::black_box;
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::{ArcSwap, Cache};
use config::{Config, FileFormat};
use criterion::{Criterion, criterion_group, criterion_main};
use figment::Figment;
use settings_core::Settings;

#[derive(Debug, Settings)]
struct Small {
    #[settings(default = 100, reload)]
    rate: u64,
}

fn live(criterion: &mut Criterion) {
    let live = Small::empty_loader()
        .live()
        .expect("there is a default for everything");
    let mut reader = live.reader();
    let swap = ArcSwap::from_pointee(100_u64);
    let mut cache = Cache::new(&swap);
    let lock = RwLock::new(Arc::new(100_u64));

    let mut group = criterion.benchmark_group("live");
    group.bench_function("arc_swap load", |bencher| {
        bencher.iter(|| black_box(**swap.load()));
    });
    group.bench_function("ours, load", |bencher| {
        bencher.iter(|| black_box(live.current().rate));
    });
    group.bench_function("arc_swap cache", |bencher| {
        bencher.iter(|| black_box(**cache.load()));
    });
    group.bench_function("ours, reader", |bencher| {
        bencher.iter(|| black_box(reader.current().rate));
    });
    group.bench_function("rwlock arc", |bencher| {
        bencher.iter(|| {
            let shared = Arc::clone(&lock.read().unwrap_or_else(PoisonError::into_inner));
            black_box(*shared)
        });
    });
    // As in the guides of both crates: the merged values are replaced behind a lock and read by their key.
    let figment = RwLock::new(Figment::from(("rate", 100_u64)));
    group.bench_function("figment behind a lock", |bencher| {
        bencher.iter(|| {
            let shared = figment.read().unwrap_or_else(PoisonError::into_inner);
            black_box(shared.extract_inner::<u64>("rate").ok())
        });
    });
    let config =
        Config::builder().add_source(config::File::from_str("rate = 100", FileFormat::Toml));
    let config = RwLock::new(config.build().expect("the file is valid"));
    group.bench_function("config behind a lock", |bencher| {
        bencher.iter(|| {
            let shared = config.read().unwrap_or_else(PoisonError::into_inner);
            black_box(shared.get::<u64>("rate").ok())
        });
    });
    group.finish();
}

criterion_group!(benches, live);
criterion_main!(benches);
