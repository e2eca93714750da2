//! Statements. Each request is one of them, so that it is one snapshot and needs no transaction of the client.

/// Version of the tables.
pub(crate) const VERSION: i32 = 1;

/// Everything below a prefix: version, access, revision and its id, then a row per key.
pub(crate) const SNAPSHOT: &str = "
SELECT settings.version(), settings.is_allowed($1, '{run,push,view}'),
    coalesce(h.revision, 0), coalesce(h.id::text, ''), k.key, k.value, k.revision
FROM (SELECT) one
LEFT JOIN settings.heads h ON h.prefix = $1
LEFT JOIN settings.keys k ON k.prefix = $1";

/// Changes after a revision: the same columns, and the oldest revision that is known, and whether the revision is the
/// one with this id. Each key has its last change only.
pub(crate) const CHANGES: &str = "
SELECT settings.version(), settings.is_allowed($1, '{run,push,view}'),
    coalesce(h.revision, 0), coalesce(h.id::text, ''), k.key, k.value, k.revision,
    coalesce(h.compacted, 0),
    $3 = '' OR EXISTS (SELECT FROM settings.revisions r WHERE r.prefix = $1 AND r.revision = $2 AND r.id::text = $3)
FROM (SELECT) one
LEFT JOIN settings.heads h ON h.prefix = $1
LEFT JOIN (
    SELECT DISTINCT ON (key) key, value, revision FROM settings.history
    WHERE prefix = $1 AND revision > $2 ORDER BY key, revision DESC
) k ON true";

/// Everything below a prefix at an earlier revision: version, access, last revision, key, value, revision, and the oldest
/// revision that is known.
pub(crate) const PAST: &str = "
SELECT settings.version(), settings.is_allowed($1, '{run,push,view}'),
    greatest(coalesce(h.revision, 0), (SELECT max(c.revision) FROM settings.control c WHERE c.prefix = $1)),
    '', k.key, k.value, k.revision, coalesce(h.compacted, 0)
FROM (SELECT) one
LEFT JOIN settings.heads h ON h.prefix = $1
LEFT JOIN (
    SELECT DISTINCT ON (key) key, value, revision FROM settings.history
    WHERE prefix = $1 AND revision <= $2 ORDER BY key, revision DESC
) k ON k.value IS NOT NULL";

/// Control keys that begin with a text.
pub(crate) const SCAN: &str = "
SELECT settings.version(), settings.is_allowed($1, '{push,view}'),
    greatest(coalesce(h.revision, 0), c.revision), '', c.key, c.value, c.revision
FROM (SELECT) one
LEFT JOIN settings.heads h ON h.prefix = $1
LEFT JOIN settings.control c ON c.prefix = $1 AND starts_with(c.key, $2) AND settings.is_live(c.prefix, c.key)";

pub(crate) const APPLY: &str = "SELECT failed, revision FROM settings.apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
pub(crate) const SETTLE: &str = "SELECT key, value FROM settings.settle($1, $2, $3, $4, $5)";
pub(crate) const PUT: &str = "SELECT settings.put($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const GRANT: &str = "SELECT settings.grant_lease($1)";
pub(crate) const KEEP_ALIVE: &str = "SELECT settings.keep_alive($1)";
pub(crate) const REVOKE: &str = "SELECT settings.revoke_lease($1)";
