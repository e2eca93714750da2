//! Resolution of a path step by step: every directory and link on it, and its target.

use std::{
    env,
    ffi::OsString,
    fs::{self, Metadata},
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

/// Maximum number of links, as on Linux.
const MAX_LINKS: usize = 40;

/// A resolved path.
#[derive(Debug)]
pub(super) struct PathResolution {
    /// Every name that was looked up; a link is not followed here.
    pub(super) steps: Vec<PathStep>,
    /// The target, with its path without links.
    pub(super) end: PathTarget,
}

/// A name in a directory.
#[derive(Debug)]
pub(super) struct PathStep {
    /// The path of the name, without links up to its directory.
    pub(super) path: PathBuf,
    /// Metadata of the name itself, also if it is a link; `None` if it does not exist.
    pub(super) metadata: Option<Metadata>,
}

#[derive(Debug)]
pub(super) enum PathTarget {
    Found(PathBuf, Metadata),
    Absent,
    /// Too many links, or a directory that may not be searched.
    Closed,
}

impl PathResolution {
    pub(super) fn of(path: &Path) -> Self {
        let mut resolution = Self {
            steps: Vec::new(),
            end: PathTarget::Closed,
        };
        let mut here = PathBuf::new();
        let mut todo = Vec::new();
        push(&mut todo, path);
        if !path.is_absolute() {
            // Without a working directory, a relative path has no target.
            let Ok(current) = env::current_dir() else {
                return resolution;
            };
            push(&mut todo, &current);
        }
        let mut links = 0;
        while let Some(name) = todo.pop() {
            match name {
                PathName::Up => {
                    here.pop();
                    continue;
                }
                PathName::Root(root) => {
                    here = root;
                    continue;
                }
                PathName::Plain(name) => here.push(name),
            }
            let metadata = match fs::symlink_metadata(&here) {
                Ok(metadata) => metadata,
                Err(error) => {
                    resolution.steps.push(PathStep {
                        path: here,
                        metadata: None,
                    });
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
                        resolution.end = PathTarget::Absent;
                    }
                    return resolution;
                }
            };
            let target = metadata.is_symlink().then(|| fs::read_link(&here));
            resolution.steps.push(PathStep {
                path: here.clone(),
                metadata: Some(metadata.clone()),
            });
            match target {
                None if todo.is_empty() => {
                    resolution.end = PathTarget::Found(here, metadata);
                    return resolution;
                }
                None => {}
                Some(Ok(target)) if links < MAX_LINKS => {
                    links += 1;
                    here.pop();
                    push(&mut todo, &target);
                }
                Some(_) => return resolution,
            }
        }
        // The root itself, or a path that ends in `..`.
        if let Ok(metadata) = fs::symlink_metadata(&here) {
            resolution.end = PathTarget::Found(here, metadata);
        }
        resolution
    }
}

enum PathName {
    Root(PathBuf),
    Up,
    Plain(OsString),
}

/// Pushes the names of a path before those that are still to be resolved.
fn push(todo: &mut Vec<PathName>, path: &Path) {
    let mut root = PathBuf::new();
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Prefix(_) | Component::RootDir => root.push(component),
            Component::CurDir => {}
            Component::ParentDir => names.push(PathName::Up),
            Component::Normal(name) => names.push(PathName::Plain(name.to_owned())),
        }
    }
    todo.extend(names.into_iter().rev());
    if root != PathBuf::new() {
        todo.push(PathName::Root(root));
    }
}
