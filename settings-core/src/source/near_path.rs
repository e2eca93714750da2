//! The file or directory that was probably meant by the path of an absent one.

use crate::value::sort::sort_by;
use settings_syntax::{name::is_one_edit, suggest};
use std::{fs, path::Path};

/// The limit for names of a directory that are compared.
const MAX_COMPARED: usize = 1000;

/// The help for an absent path, if another one was probably meant: `app.toml exists: did you mean that?`
pub(crate) fn help(near: &str) -> String {
    format!("{near} exists: did you mean that?")
}

/// A path in the same directory whose name is near, or is the same but for the extension.
#[cold]
pub(crate) fn near_path(absent: &Path) -> Option<String> {
    let name = absent.file_name()?.to_str()?;
    let parent = match absent.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        parent => parent,
    };
    let entries = fs::read_dir(parent).ok()?.take(MAX_COMPARED).flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    sort_by(&mut names, Ord::cmp);
    let stem =
        |name: &str| Some(name.rsplit_once('.')?.0.to_owned()).filter(|stem| !stem.is_empty());
    let has_stem = |each: &&String| stem(each).is_some() && stem(each) == stem(name);
    let mut alike = names.iter().filter(has_stem);
    let only = alike.next().filter(|_| alike.next().is_none());
    // One edit of a very short name is another name.
    let is_long = stem(name).is_none_or(|stem| stem.chars().count() > 2);
    let one_edit = || names.iter().find(|each| is_long && is_one_edit(each, name));
    let near = suggest::nearest(name, names.iter().map(String::as_str))
        .or_else(|| one_edit().map(String::as_str))
        .or(only.map(String::as_str))?;
    Some(absent.with_file_name(near).to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::near_path;
    use std::fs;

    #[test]
    fn a_near_name_in_the_same_directory_is_found() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["app.toml", ".env.production", "other.json"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let near = |name: &str| {
            let path = near_path(&dir.path().join(name))?;
            Some(path.rsplit_once('/')?.1.to_owned())
        };
        assert_eq!(near("aap.toml").as_deref(), Some("app.toml"));
        assert_eq!(near("app.yaml").as_deref(), Some("app.toml"));
        assert_eq!(near(".env.prodution").as_deref(), Some(".env.production"));
        assert_eq!(near("settings.toml"), None);
        assert_eq!(near("absent/app.toml"), None);
    }
}
