//! The page of the settings in force.

use crate::dir::Dir;
use settings_core::{SecretString, Settings};
use snapbox::{IntoData, assert_data_eq, str};
use std::collections::BTreeMap;

/// Settings of the shop.
#[derive(Debug, Settings)]
#[settings(
    prefix = "SHOP_",
    derived(
        /// Where it is found.
        pub address: String = format!("http://{}:80", self.server.host),
    )
)]
struct Shop {
    /// Minimum level of log lines,
    /// `debug` or `info`.
    #[settings(default = "info", one_of("debug", "info"), reload)]
    log_level: String,
    /// Signs <cookies>.
    key: SecretString,
    #[doc(hidden)]
    #[settings(default_with = BTreeMap::new)]
    labels: BTreeMap<String, String>,
    #[settings(nested)]
    server: Server,
}

#[derive(Clone, Debug, Settings)]
#[settings(group)]
struct Server {
    #[settings(default = "localhost")]
    host: String,
    /// Number of threads.
    workers: Option<u32>,
}

/// The part of a page between its title and its script, with paths relative to the directory, and without times and the
/// fingerprint.
fn body(dir: &Dir, page: &str) -> String {
    let (_, body) = page.split_once("<h1>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    let mut parts = dir.relative(body);
    if let Some((before, after)) = parts.split_once("sha256:") {
        parts = format!("{before}FINGERPRINT{}", &after[64..]);
    }
    // Times are the only texts that begin with a year of this century.
    while let Some(at) = parts.find("20") {
        let time: String = parts[at..].chars().take(20).collect();
        assert!(time.ends_with('Z'), "{time}");
        parts = parts.replace(&time, "TIME");
    }
    parts
}

#[test]
fn every_setting_is_shown_with_its_origin_and_documentation() {
    let dir = Dir::with(&[("a.env", "SHOP_LOG_LEVEL=debug\nSHOP_SERVER_HOST=one\n")]);
    let variables = [
        ("SHOP_KEY", "hunter2"),
        ("SHOP_SERVER_HOST", "<two>"),
        ("SHOP_SERVER_WORKRES", "4"),
    ];
    let shop = Shop::empty_loader()
        .env_file(dir.path("a.env"))
        .env_from(variables)
        .load()
        .unwrap();
    assert_data_eq!(body(&dir, &shop.to_html()), str![[r#"
Settings of Shop</h1>
<p>Settings of the shop.</p>
</header>
<section class="warnings">
<h2>Warnings</h2>
<pre>1 warning in the settings (Shop)

  environment variable SHOP_SERVER_WORKRES does not match any setting
    help: did you mean SHOP_SERVER_WORKERS?</pre>
</section>
<search hidden><label>Filter <input type="search"></label>
<label><input type="checkbox"> only what is set</label>
<output></output></search>
<table>
<thead><tr><th>Setting</th><th>Value</th><th>Origin</th><th>Takes effect</th><th>Documentation</th></tr></thead>
<tbody>
<tr id="log_level" class="set"><th scope="row"><code>log_level</code><small>SHOP_LOG_LEVEL</small></th><td><code>debug</code></td><td>a.env:1</td><td class="effect">at run time</td><td><p>Minimum level of log lines, <code>debug</code> or <code>info</code>.</p></td></tr>
<tr id="key" class="set"><th scope="row"><code>key</code><small>SHOP_KEY</small></th><td><code>[redacted]</code></td><td>environment variable SHOP_KEY</td><td class="effect">at restart</td><td><p>Signs &lt;cookies&gt;.</p></td></tr>
</tbody>
<tbody>
<tr id="server.host" class="set"><th scope="row"><code>server.host</code><small>SHOP_SERVER_HOST</small></th><td><code>&lt;two&gt;</code></td><td>environment variable SHOP_SERVER_HOST<small>overrides a.env:2</small></td><td class="effect">at restart</td><td></td></tr>
<tr id="server.workers" class="default"><th scope="row"><code>server.workers</code><small>SHOP_SERVER_WORKERS</small></th><td><code>(unset)</code></td><td></td><td class="effect">at restart</td><td><p>Number of threads.</p></td></tr>
</tbody>
<tbody>
<tr id="address" class="default"><th scope="row"><code>address</code></th><td><code>http://&lt;two&gt;:80</code></td><td>derived</td><td class="effect"></td><td><p>Where it is found.</p></td></tr>
</tbody>
</table>
<h2>Sources, lowest first</h2>
<ul class="sources">
<li><code>a.env</code>: read</li>
<li><code>environment</code>: read</li>
</ul>

"#]].raw());
}

#[test]
fn the_state_of_live_settings_is_shown() {
    let dir = Dir::with(&[("a.env", "SHOP_KEY=hunter2\n")]);
    let live = Shop::empty_loader()
        .env_file(dir.path("a.env"))
        .live()
        .unwrap();
    dir.write("a.env", "SHOP_KEY=hunter3\nSHOP_LOG_LEVEL=debug\n");
    live.reload().unwrap();
    dir.write("a.env", "SHOP_KEY=hunter4\nSHOP_LOG_LEVEL=deubg\n");
    live.reload().unwrap_err();
    let page = body(&dir, &live.to_html());
    let (state, _) = page.split_once("<search").unwrap();
    assert_data_eq!(
        state,
        str![[r#"
Settings of Shop</h1>
<p>Settings of the shop.</p>
<p class="facts">Revision <b>2</b>, in force since <time datetime="TIME">TIME</time>, fingerprint <code>FINGERPRINT</code></p>
</header>
<section class="invalid">
<h2>Rejected change</h2>
<p>A change was rejected at TIME. Revision 2 stays in force.</p>
<pre>1 problem in the settings (Shop)

  log_level: expected one of debug, info, found &quot;deubg&quot; in a.env:2
    help: did you mean debug?

read: a.env</pre>
</section>
<section class="restart">
<h2>Restart required</h2>
<p>Changed in a source, in force after the next start: <code>key</code></p>
</section>

"#]]
        .raw()
    );
    assert!(
        page.contains("<td class=\"effect\">at run time</td>")
            && page.contains("<td class=\"effect\">at restart</td>")
    );

    let json = dir.relative(&live.to_json());
    let mut json: serde_json::Value = serde_json::from_str(&json).unwrap();
    for time in [json["since"].take(), json["rejected"]["at"].take()] {
        assert_eq!(time.as_str().unwrap().len(), "2026-11-30T16:05:09Z".len());
    }
    assert_data_eq!(
        format!("{json:#}"),
        str![[r#"
{
  "fingerprint": "sha256:0dc231b5dc71fdd94e89403ac1200958917405da2cba08b5ef8083138dc32512",
  "fleet": null,
  "origins": {
    "key": "a.env:1",
    "log_level": "a.env:2",
    "server.host": "default"
  },
  "overrides": {},
  "probation": null,
  "rejected": {
    "at": null,
    "problems": [
      {
        "excerpt": null,
        "help": [
          "did you mean debug?"
        ],
        "key": "log_level",
        "kind": "rule",
        "message": "log_level: expected one of debug, info, found \"deubg\" in a.env:2",
        "notes": [],
        "origin": "a.env:2",
        "variable": "SHOP_LOG_LEVEL"
      }
    ]
  },
  "rejections": 1,
  "restart_required": [
    "key"
  ],
  "revision": 2,
  "settings": {
    "address": "http://localhost:80",
    "key": "[redacted]",
    "log_level": "debug",
    "server": {
      "host": "localhost",
      "workers": null
    }
  },
  "since": null,
  "warnings": []
}
"#]]
        .raw()
    );

    dir.write("a.env", "SHOP_KEY=hunter2\nSHOP_LOG_LEVEL=debug\n");
    live.reload().unwrap();
    let page = live.to_html();
    assert!(
        !page.contains("rejected") && !page.contains("Restart required"),
        "{page}"
    );
}

#[test]
fn the_page_loads_nothing_else() {
    let shop = Shop::empty_loader().set("key", "hunter2").load().unwrap();
    let page = shop.to_html();
    for external in ["src=", "href=", "https://", "@import", "url("] {
        assert!(!page.contains(external), "{external}");
    }
}
