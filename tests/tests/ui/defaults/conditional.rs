//! `default_if` names another setting and a text that it can have, and a value that obeys the rules of its own setting.

use settings_core::Settings;

#[derive(Settings)]
#[settings(env_file = ".env.{format}")]
struct App {
    #[settings(default = "development", one_of("development", "production"))]
    environment: String,
    #[settings(default = "text", default_if(environment = "production", "json"))]
    format: String,
    #[settings(default = 1, default_if(enviroment = "production", 2))]
    unknown: u8,
    #[settings(default = 1, default_if(environment = "prod", 2))]
    never: u8,
    #[settings(default = 1, default_if(environment = "production", 10), range(..9))]
    rule: u8,
    #[settings(default = 1, default_if(environment = "production", "x"))]
    unreadable: u8,
    #[settings(default = 1, default_if(itself = "1", 2))]
    itself: u8,
    #[settings(default_if(environment = "production", 2))]
    required: u8,
    #[settings(default = 1, default_if(environment = "production", 2), default_if(environment = "production", 3))]
    twice: u8,
    #[settings(default = 1, default_if(environment = "production"))]
    no_value: u8,
    #[settings(default = 1, default_if(environment, 2))]
    no_text: u8,
    #[settings(default = 1, default_if = 2)]
    no_condition: u8,
    #[settings(default = 1, default_if(environment = "production", 2, 3))]
    two: u8,
    #[settings(default = 1, default_if(b = "2", 2))]
    a: u8,
    #[settings(default_from(a) = *a)]
    b: u8,
    #[settings(default = "1", default_if(environment = "production", "2"), merge = "append")]
    merged: Vec<u8>,
    #[settings(default_if(environment = "production", None))]
    option: Option<u8>,
}

fn main() {}
