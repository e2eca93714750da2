//! Shapes of types, derived from their spelling. rustc and the runtime check all other types.

use crate::number::Int;
use syn::{GenericArgument, Path, PathArguments, Type};

/// A type without its `Option`, list, `Box` or `Arc`.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) is_option: bool,
    pub(crate) is_list: bool,
    /// Behind a `Box`, `Rc` or `Arc`.
    pub(crate) is_boxed: bool,
    pub(crate) scalar: Scalar,
}

/// The type of a single value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Bool,
    Char,
    Int(IntType),
    Float(FloatType),
    Duration,
    Text(TextType),
    Map,
    Unknown,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct IntType {
    pub(crate) name: &'static str,
    pub(crate) min: Int,
    pub(crate) max: Int,
    pub(crate) is_non_zero: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FloatType {
    F32,
    F64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextType {
    /// `String` and `str`, which accept any text.
    Plain,
    Secret,
    /// Paths and addresses, which are parsed from text.
    Parsed,
}

impl Shape {
    pub(crate) fn of(ty: &Type) -> Self {
        let mut shape = Shape {
            is_option: false,
            is_list: false,
            is_boxed: false,
            scalar: Scalar::Unknown,
        };
        shape.read(ty);
        shape
    }

    /// Whether the type may be text or an enum, which a file name can contain.
    pub(crate) fn may_name_a_file(self) -> bool {
        !self.is_list && matches!(self.scalar, Scalar::Text(_) | Scalar::Unknown)
    }

    /// Whether the type is an `Option`, or may be an alias of one.
    pub(crate) fn may_be_option(self) -> bool {
        self.is_option || !self.is_list && !self.is_boxed && self.scalar == Scalar::Unknown
    }

    fn read(&mut self, ty: &Type) {
        match ty {
            Type::Group(group) => self.read(&group.elem),
            Type::Paren(paren) => self.read(&paren.elem),
            Type::Array(array) => self.list(Some(&array.elem)),
            Type::Slice(slice) => self.list(Some(&slice.elem)),
            Type::Path(path) if path.qself.is_none() => self.read_path(&path.path),
            _ => {}
        }
    }

    fn read_path(&mut self, path: &Path) {
        let Some(last) = path.segments.last() else {
            return;
        };
        let name = last.ident.to_string();
        let inner = first_type(&last.arguments);
        if matches!(name.as_str(), "SecretString" | "SecretBox") {
            if name == "SecretString" {
                self.scalar = Scalar::Text(TextType::Secret);
            }
            return;
        }
        if !is_std(path) {
            return;
        }
        match (name.as_str(), inner) {
            ("Option", Some(inner)) if !self.is_list && !self.is_boxed => {
                self.is_option = true;
                self.read(inner);
            }
            ("Box" | "Arc" | "Rc", Some(inner)) => {
                self.is_boxed = true;
                self.read(inner);
            }
            ("Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "HashSet" | "BTreeSet", inner) => {
                self.list(inner);
            }
            ("HashMap" | "BTreeMap", _) => self.scalar = Scalar::Map,
            ("NonZero", Some(inner)) => self.non_zero(inner),
            (name, None) => self.scalar = scalar(name),
            _ => {}
        }
    }

    fn list(&mut self, element: Option<&Type>) {
        if self.is_list {
            return;
        }
        self.is_list = true;
        if let Some(element) = element {
            let mut shape = Shape::of(element);
            if !shape.is_list && !shape.is_option {
                shape.is_list = true;
                self.scalar = shape.scalar;
            }
        }
    }

    fn non_zero(&mut self, inner: &Type) {
        if let Scalar::Int(int) = Shape::of(inner).scalar {
            self.scalar = Scalar::Int(int.without_zero());
        }
    }
}

impl Scalar {
    /// The name of such a value in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Scalar::Bool => "a bool",
            Scalar::Char => "a single character",
            Scalar::Int(_) => "a whole number",
            Scalar::Float(_) => "a number",
            Scalar::Duration => "a duration",
            Scalar::Text(_) => "text",
            Scalar::Map => "a map",
            Scalar::Unknown => "a value",
        }
    }
}

impl IntType {
    fn without_zero(mut self) -> Self {
        self.is_non_zero = true;
        if self.min.is_zero() {
            self.min = Int::new(false, 1);
        }
        self
    }

    pub(crate) fn holds(self, int: Int) -> bool {
        self.min <= int && int <= self.max && !(self.is_non_zero && int.is_zero())
    }
}

impl FloatType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            FloatType::F32 => "f32",
            FloatType::F64 => "f64",
        }
    }
}

/// Whether the `Debug` output of a type shows its value, as that of std types does.
pub(crate) fn prints(ty: &Type) -> bool {
    let path = match ty {
        Type::Group(group) => return prints(&group.elem),
        Type::Paren(paren) => return prints(&paren.elem),
        Type::Array(array) => return prints(&array.elem),
        Type::Slice(slice) => return prints(&slice.elem),
        Type::Tuple(tuple) => return tuple.elems.iter().any(prints),
        Type::Path(path) if path.qself.is_none() && is_std(&path.path) => &path.path,
        _ => return false,
    };
    let Some(last) = path.segments.last() else {
        return false;
    };
    let name = last.ident.to_string();
    let mut inner = types(&last.arguments);
    match name.as_str() {
        "HashMap" | "BTreeMap" => inner.nth(1).is_some_and(prints),
        "Option" | "Box" | "Arc" | "Rc" | "Cow" | "Vec" | "VecDeque" | "LinkedList"
        | "BinaryHeap" | "HashSet" | "BTreeSet" | "NonZero" => inner.next().is_some_and(prints),
        name => inner.next().is_none() && scalar(name) != Scalar::Unknown,
    }
}

/// Whether this is a bare name or a path of the standard library.
fn is_std(path: &Path) -> bool {
    path.segments.len() == 1
        || path.segments.first().is_some_and(|first| {
            ["std", "core", "alloc"]
                .iter()
                .any(|root| first.ident == root)
        })
}

fn first_type(arguments: &PathArguments) -> Option<&Type> {
    types(arguments).next()
}

fn types(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
}

fn scalar(name: &str) -> Scalar {
    match name {
        "bool" => Scalar::Bool,
        "char" => Scalar::Char,
        "f32" => Scalar::Float(FloatType::F32),
        "f64" => Scalar::Float(FloatType::F64),
        "Duration" => Scalar::Duration,
        "String" | "str" => Scalar::Text(TextType::Plain),
        "PathBuf" | "Path" | "OsString" | "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "SocketAddr"
        | "SocketAddrV4" | "SocketAddrV6" => Scalar::Text(TextType::Parsed),
        _ => int(name).map_or(Scalar::Unknown, Scalar::Int),
    }
}

fn int(name: &str) -> Option<IntType> {
    let (digits, is_non_zero) = match name.strip_prefix("NonZero") {
        Some(rest) => (rest.to_ascii_lowercase(), true),
        None => (name.to_owned(), false),
    };
    let (name, is_signed, bits) = match digits.as_str() {
        "u8" => ("u8", false, 8),
        "u16" => ("u16", false, 16),
        "u32" => ("u32", false, 32),
        "u64" => ("u64", false, 64),
        "u128" => ("u128", false, 128),
        // A default is checked for 64 bits, as the target is not known here.
        "usize" => ("usize", false, 64),
        "i8" => ("i8", true, 8),
        "i16" => ("i16", true, 16),
        "i32" => ("i32", true, 32),
        "i64" => ("i64", true, 64),
        "i128" => ("i128", true, 128),
        "isize" => ("isize", true, 64),
        _ => return None,
    };
    let max = u128::MAX >> (128 - bits + u32::from(is_signed));
    let int = IntType {
        name,
        min: Int::new(is_signed, if is_signed { max + 1 } else { 0 }),
        max: Int::new(false, max),
        is_non_zero: false,
    };
    Some(if is_non_zero { int.without_zero() } else { int })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn wrappers_are_looked_through() {
        let shape = Shape::of(&parse_quote!(Option<Vec<Box<u16>>>));
        assert!(shape.is_option && shape.is_list);
        assert!(matches!(shape.scalar, Scalar::Int(int) if int.name == "u16"));
        let shape = Shape::of(&parse_quote!(std::sync::Arc<str>));
        assert!(shape.is_boxed && shape.scalar == Scalar::Text(TextType::Plain));
    }

    #[test]
    fn a_foreign_path_is_not_guessed_at() {
        assert!(Shape::of(&parse_quote!(chrono::Duration)).scalar == Scalar::Unknown);
        assert!(Shape::of(&parse_quote!(std::time::Duration)).scalar == Scalar::Duration);
    }

    #[test]
    fn the_range_of_an_integer_is_known() {
        let Scalar::Int(int) = scalar("i8") else {
            panic!()
        };
        assert!(int.holds(Int::new(true, 128)) && !int.holds(Int::new(true, 129)));
        assert!(int.holds(Int::new(false, 127)) && !int.holds(Int::new(false, 128)));
        let Scalar::Int(int) = scalar("NonZeroU128") else {
            panic!()
        };
        assert!(!int.holds(Int::new(false, 0)) && int.holds(Int::new(false, u128::MAX)));
    }
}
