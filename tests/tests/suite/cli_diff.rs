//! `settings diff`: what two `.env` files set differently, or a file and the environment.

use crate::commanded::commanded;
use snapbox::{assert_data_eq, str};

#[test]
fn leaves_are_added_removed_and_changed() {
    let app = commanded()
        .file(
            "a.env",
            "APP_POOL_SIZE=5\nAPP_TOKEN=hunter1\nAPP_URL=http://me:hunter1@h\nAPP_SERVER_HOST=a\nAPP_DB_PASSWORD=same\nAPP_MIRRORS__0__HOST=m\nAPP_MIRRORS__0__TOKEN=hunter1\n",
        )
        .file(
            "b.env",
            "APP_POOL_SIZE=6\nAPP_TOKEN=hunter2\nAPP_URL=http://me:hunter2@h\nAPP_SERVER_PORT=80\nAPP_DB_PASSWORD=same\nAPP_MIRRORS__0__HOST=m\nAPP_MIRRORS__0__TOKEN=hunter2\n",
        );
    let answered = app.run(&["diff", "a.env", "b.env"]);
    assert_eq!((answered.code, &*answered.err), (Some(1), ""));
    assert_data_eq!(
        answered.out,
        str![[r#"
~ pool_size         5 -> 6
~ token             differs
~ url               differs in what is not shown: http://me:[redacted]@h
- server.host       a
~ mirrors[0].token  differs
+ server.port       80

"#]]
    );
    let same = app.run(&["diff", "a.env", "a.env"]);
    assert_eq!((same.code, &*same.out, &*same.err), (Some(0), "", ""));
}

#[test]
fn a_file_is_compared_with_the_environment() {
    let app = commanded()
        .var("APP_POOL_SIZE", "6")
        .file("a.env", "APP_POOL_SIZE=5\n");
    assert_eq!(app.run(&["diff", "a.env"]).out, "~ pool_size  5 -> 6\n");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let app = commanded().file("a.env", "APP_TOKEN=\"hunter2\n");
    for files in [&["diff", "a.env"][..], &["diff", "none.env", "a.env"]] {
        let answered = app.run(files);
        assert_eq!((answered.code, &*answered.out), (Some(78), ""));
        assert!(answered.err.contains(files[1]), "{}", answered.err);
        assert!(!answered.err.contains("hunter2"));
    }
    assert_eq!(app.run(&["diff"]).code, Some(2));
}

#[test]
fn values_that_are_wrong_differ_all_the_same() {
    let app = commanded()
        .file("a.env", "APP_POOL_SIZE=many\n")
        .file("b.env", "APP_POOL_SIZE=lots\n");
    assert_eq!(
        app.run(&["diff", "a.env", "b.env"]).out,
        "~ pool_size  differs; neither is sound\n"
    );
    assert_eq!(app.run(&["diff", "a.env", "a.env"]).code, Some(0));
}
