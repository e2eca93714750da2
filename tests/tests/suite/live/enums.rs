//! A change of the variant of an enum takes effect as a whole, at run time or at a restart.

use crate::dir::Dir;
use settings_core::{Live, Settings};

#[derive(Clone, Debug, PartialEq, Settings)]
#[settings(group, tag = "kind")]
enum Storage {
    #[settings(default)]
    Memory,
    Local {
        path: String,
        #[settings(default = 1, reload)]
        shards: u16,
    },
    Remote {
        path: String,
    },
}

#[derive(Debug, Settings)]
struct Kept {
    #[settings(nested)]
    storage: Storage,
}

#[derive(Debug, Settings)]
struct Reloaded {
    #[settings(nested, reload)]
    storage: Storage,
}

const LOCAL: &str = "STORAGE_KIND=local\nSTORAGE_PATH=/a\n";

#[test]
fn without_reload_tag_and_variant_wait_for_the_restart_together() {
    let dir = Dir::with(&[(".env", LOCAL)]);
    let live: Live<Kept> = Kept::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    dir.write(".env", "STORAGE_KIND=remote\nSTORAGE_PATH=/b\n");
    live.reload().unwrap();
    let local = |shards| Storage::Local {
        path: "/a".to_owned(),
        shards,
    };
    assert_eq!(live.current().storage, local(1));
    assert_eq!(
        live.status().restart_required,
        ["storage.kind", "storage.shards", "storage.path"]
    );

    // In the same variant, a setting that reloads takes effect.
    dir.write(".env", format!("{LOCAL}STORAGE_SHARDS=3\n"));
    live.reload().unwrap();
    assert_eq!(live.current().storage, local(3));
    assert!(live.status().restart_required.is_empty());

    dir.write(".env", "# nothing\n");
    live.reload().unwrap();
    assert_eq!(live.current().storage, local(3));
}

#[test]
fn with_reload_another_variant_is_one_revision() {
    let dir = Dir::with(&[(".env", LOCAL)]);
    let live: Live<Reloaded> = Reloaded::empty_loader()
        .env_file(dir.path(".env"))
        .live()
        .unwrap();
    dir.write(".env", "STORAGE_KIND=remote\nSTORAGE_PATH=/b\n");
    assert_eq!(live.reload().unwrap(), 2);
    let remote = Storage::Remote {
        path: "/b".to_owned(),
    };
    assert_eq!(live.current().storage, remote);
    dir.write(".env", "# nothing\n");
    assert_eq!(live.reload().unwrap(), 3);
    assert_eq!(live.current().storage, Storage::Memory);
    // An invalid variant changes nothing.
    dir.write(".env", "STORAGE_KIND=local\n");
    live.reload().unwrap_err();
    assert_eq!(live.current().storage, Storage::Memory);
}
