//! The policy on the sources of secrets, `secrets_from`.

use super::Assembler;
use crate::{
    error::{
        origin::{Layer, Origin},
        problem::{Problem, ProblemKind},
    },
    resolve::SlotValue,
    schema::Leaf,
};

/// Whether a policy allows a secret of this origin. A default is part of the program.
pub(crate) fn allows(policy: &[Layer], origin: &Origin) -> bool {
    policy.is_empty()
        || origin.layer() == Layer::Default
        || policy.contains(&origin.layer())
        || origin.names_file() && policy.contains(&Layer::SecretsDir)
}

/// The layers of a policy in words.
pub(crate) fn words(policy: &[Layer]) -> String {
    let mut words: Vec<&str> = policy.iter().copied().map(source).collect();
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} or {last}", words.join(", ")),
        Some(only) => only.to_owned(),
        None => "any source".to_owned(),
    }
}

fn source(layer: Layer) -> &'static str {
    match layer {
        Layer::Default => "defaults",
        Layer::File => "files",
        Layer::Provider => "providers",
        Layer::Store => "stores",
        Layer::EnvFile => ".env files",
        Layer::SecretsDir => "secrets directories",
        Layer::Environment => "the environment",
        Layer::Argument => "arguments",
        Layer::Set => "the program",
    }
}

impl Assembler<'_> {
    /// The problem of a secret whose value comes from a source that the policy does not allow.
    pub(super) fn misplaced_secret(&self, at: usize, leaf: &Leaf) -> Option<Problem> {
        let policy = self.context.secrets_from;
        let slot = &self.resolved.slots[at];
        let is_allowed = match &slot.value {
            SlotValue::Value(_) => allows(policy, &slot.origin),
            SlotValue::FromFile(path) => allows(policy, &slot.origin.clone().with_file(path)),
            _ => true,
        };
        if is_allowed || !leaf.is_masked(&self.cursor.key(at)) {
            return None;
        }
        let what = format!("a secret may only come from {}, and is set", words(policy));
        let setter = self.cursor.setter(at);
        let place = match policy {
            _ if policy.contains(&Layer::Environment) => format!("set {setter}"),
            _ if policy.contains(&Layer::EnvFile) => format!("set {setter} in a .env file"),
            _ if policy.contains(&Layer::SecretsDir) => {
                let name = self.cursor.key(at).replace('.', "_");
                format!("write it to the file {name} of a secrets directory")
            }
            _ => format!("set it in {}", words(policy)),
        };
        let problem = self.problem(at, ProblemKind::Rule, what);
        let origin = slot.origin.clone();
        Some(
            problem
                .from(origin)
                .with_help(format!("remove it there, and {place}")),
        )
    }
}
