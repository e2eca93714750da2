//! A program with settings that depend on others, which answers to `settings`.

use settings_core::{Settings, cli};
use std::process::ExitCode;

#[derive(Debug, Settings)]
#[settings(prefix = "APP_", at_most_one_of(port, unix_socket), finish = Self::finish)]
struct App {
    #[settings(default = "example.org")]
    domain: String,
    #[settings(default = "https", default_if(domain = "localhost", "http"))]
    scheme: String,
    /// Where clients reach the service.
    #[settings(default_from(scheme, domain) = format!("{scheme}://{domain}"))]
    url: String,
    port: Option<u16>,
    unix_socket: Option<String>,
    #[settings(default = 4)]
    workers: u32,
}

impl App {
    fn finish(&mut self) -> Result<(), String> {
        if self.workers == 0 {
            return Err("at least one worker is needed".to_owned());
        }
        self.workers = self.workers.min(64);
        Ok(())
    }
}

fn main() -> ExitCode {
    cli::run::<App>().unwrap_or(ExitCode::SUCCESS)
}
