//! Text of flat sources: whether it counts as empty, and the problems of text that is not the JSON of a group.

use crate::{
    error::{
        origin::Origin,
        problem::{Problem, ProblemKind},
    },
    schema::{Kind, Leaf, Shape},
    value::{
        json::{self, Flaw},
        node::Node,
    },
};

/// Whether a text begins with a visible character, as nearly every text does. Such a text is not blank.
#[inline]
pub(super) fn begins_visibly(text: &str) -> bool {
    text.bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_graphic())
}

/// Whether a text is only white space, and the kind of the setting does not accept that.
pub(super) fn is_blank(text: &str, kind: impl FnOnce() -> Kind) -> bool {
    !text.is_empty() && text.trim().is_empty() && !kind().accepts_blank()
}

/// Whether the empty string is a value of the setting.
pub(super) fn accepts_empty(leaf: &Leaf) -> bool {
    leaf.allow_empty || leaf.kind().is_text()
}

/// JSON, or what explains why a text is not JSON.
pub(super) type ReadJson<'t> = Result<Node<'t>, Option<Flaw>>;

/// Reads the JSON of a flat source.
pub(super) fn read_json(text: &str) -> ReadJson<'_> {
    json::node(text, 0).map_err(|_| match json::check(text.trim()) {
        Err(flaw @ Flaw::Syntax { .. }) => begins_like_json(text).then_some(flaw),
        Ok(()) => Some(Flaw::Depth),
        Err(flaw) => Some(flaw),
    })
}

pub(super) fn begins_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{'])
}

/// The problem of text that is not the JSON of groups of this shape.
pub(super) fn not_json(shape: Shape, read: &ReadJson<'_>, origin: &Origin) -> Problem {
    let expected = match shape {
        Shape::List => "a JSON list of objects",
        Shape::Map => "a JSON object of objects",
        Shape::One | Shape::Optional => "a JSON object",
    };
    let found = match read {
        Ok(node) => kind_of(node),
        Err(Some(flaw)) if flaw.is_duplicate() => {
            let problem = malformed("each key once", "a duplicate key", origin);
            return problem.with_help(flaw.to_string());
        }
        Err(_) => "text that is not JSON",
    };
    let problem = malformed(expected, found, origin);
    let problem = match read {
        Err(Some(flaw)) => problem.with_help(flaw.to_string()),
        _ => problem,
    };
    problem.with_help("write it as JSON, or set each of its settings by its own name")
}

pub(super) fn malformed(expected: &str, found: &str, origin: &Origin) -> Problem {
    let what = format!("expected {expected}, found {found}");
    Problem::new(ProblemKind::Malformed, what).from(origin.clone())
}

/// The kind of a value, with its article. The value itself may be a secret.
pub(super) fn kind_of(node: &Node<'_>) -> &'static str {
    match node {
        Node::Null => "null",
        Node::Bool(_) => "a boolean",
        Node::Number(_) => "a number",
        Node::Text(_) => "a string",
        Node::List(_) => "a list",
        Node::Table(_) => "a table",
    }
}
