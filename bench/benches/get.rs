//! `get()` compared with a read of a `OnceLock`.

use std::hint::black_box;
use std::sync::OnceLock;

use criterion::{Criterion, criterion_group, criterion_main};
use settings_bench::Seed;
use settings_core::Settings;

static ONCE_LOCK: OnceLock<u64> = OnceLock::new();

fn get(criterion: &mut Criterion) {
    ONCE_LOCK.get_or_init(|| 1);
    Seed::empty_loader()
        .env_from([
            ("DATABASE_URL", "postgres://localhost"),
            ("SECRET_KEY", "0123456789"),
        ])
        .init()
        .expect("both required leaves are there");

    let mut group = criterion.benchmark_group("get");
    group.bench_function("once_lock", |bencher| {
        bencher.iter(|| black_box(ONCE_LOCK.get()));
    });
    group.bench_function("ours", |bencher| bencher.iter(|| black_box(Seed::get())));
    group.finish();
}

criterion_group!(benches, get);
criterion_main!(benches);
