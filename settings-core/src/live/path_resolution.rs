//! The way to a path: each folder that is passed, each link that is followed, and what stands at the end.

use std::{
    env,
    ffi::OsString,
    fs::{self, Metadata},
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// The way to a path, as it is now.
#[derive(Debug)]
pub(super) struct Trail {
    /// Every name that was looked up, links as themselves.
    pub(super) steps: Vec<Step>,
    /// What stands at the end, and where that is without links.
    pub(super) end: End,
}

/// A name in a folder.
#[derive(Debug)]
pub(super) struct Step {
    /// The whole path, of which all but the name is without links.
    pub(super) path: PathBuf,
    /// Of a link, that of the link; `None` if there is nothing.
    pub(super) metadata: Option<Metadata>,
}

#[derive(Debug)]
pub(super) enum End {
    Found(PathBuf, Metadata),
    Absent,
    /// Links without end, or a folder that may not be searched.
    Closed,
}

impl Trail {
    pub(super) fn of(path: &Path) -> Self {
        let mut trail = Self {
            steps: Vec::new(),
            end: End::Closed,
        };
        let mut here = PathBuf::new();
        let mut todo = Vec::new();
        push(&mut todo, path);
        if !path.is_absolute() {
            // Without a working directory there is nothing to find either.
            let Ok(current) = env::current_dir() else {
                return trail;
            };
            push(&mut todo, &current);
        }
        let mut links = 0;
        while let Some(name) = todo.pop() {
            match name {
                Name::Up => {
                    here.pop();
                    continue;
                }
                Name::Root(root) => {
                    here = root;
                    continue;
                }
                Name::Plain(name) => here.push(name),
            }
            let metadata = match fs::symlink_metadata(&here) {
                Ok(metadata) => metadata,
                Err(error) => {
                    trail.steps.push(Step {
                        path: here,
                        metadata: None,
                    });
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
                        trail.end = End::Absent;
                    }
                    return trail;
                }
            };
            let target = metadata.is_symlink().then(|| fs::read_link(&here));
            trail.steps.push(Step {
                path: here.clone(),
                metadata: Some(metadata.clone()),
            });
            match target {
                None if todo.is_empty() => {
                    trail.end = End::Found(here, metadata);
                    return trail;
                }
                None => {}
                Some(Ok(target)) if links < MAX_LINKS => {
                    links += 1;
                    here.pop();
                    push(&mut todo, &target);
                }
                Some(_) => return trail,
            }
        }
        // The root itself, or a path that ends in `..`.
        if let Ok(metadata) = fs::symlink_metadata(&here) {
            trail.end = End::Found(here, metadata);
        }
        trail
    }
}

enum Name {
    Root(PathBuf),
    Up,
    Plain(OsString),
}

/// Puts the names of a path before those that are still to be followed.
fn push(todo: &mut Vec<Name>, path: &Path) {
    let mut root = PathBuf::new();
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => root.push(component),
            Component::CurDir => {}
            Component::ParentDir => names.push(Name::Up),
            Component::Normal(name) => names.push(Name::Plain(name.to_owned())),
        }
    }
    todo.extend(names.into_iter().rev());
    if root != PathBuf::new() {
        todo.push(Name::Root(root));
    }
}
