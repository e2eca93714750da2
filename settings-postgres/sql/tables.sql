-- Tables of settings-postgres. Needs PostgreSQL 14 or later. Applying this file again changes nothing.
-- The role that applies it owns the tables and may do everything with them; `settings.grant_access` admits other roles.
--
--   SELECT key, value FROM settings.keys WHERE prefix = '/shop/';
--   UPDATE settings.keys SET value = '30' WHERE prefix = '/shop/' AND key = 'db_pool_size';

BEGIN;
SELECT pg_advisory_xact_lock(7370617365747469);
SET LOCAL client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS settings;

CREATE OR REPLACE FUNCTION settings.version() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';

-- Numbers the revisions of all prefixes. A number may be skipped.
CREATE SEQUENCE IF NOT EXISTS settings.revision;

-- One row per prefix. A transaction that changes settings locks it until the end of the transaction, so that revisions become
-- visible in their order.
CREATE TABLE IF NOT EXISTS settings.heads (
    prefix text COLLATE "C" PRIMARY KEY CHECK (octet_length(prefix) BETWEEN 1 AND 512),
    revision bigint NOT NULL DEFAULT 0,
    -- Distinguishes two revisions with one number, after a failover to a replica that lacked the first.
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- The history up to this revision is gone.
    compacted bigint NOT NULL DEFAULT 0,
    -- Number of revisions so far.
    counted bigint NOT NULL DEFAULT 0,
    -- The transaction of the revision.
    xact xid8,
    began timestamptz
);

-- One row per revision, with the role and the time.
CREATE TABLE IF NOT EXISTS settings.revisions (
    prefix text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    role name NOT NULL,
    PRIMARY KEY (prefix, revision)
);

-- A lease is known to its holder only.
CREATE TABLE IF NOT EXISTS settings.leases (
    id bigint PRIMARY KEY,
    ttl interval NOT NULL,
    ends timestamptz NOT NULL
);

-- The settings. Triggers give each change a revision, also one by hand.
CREATE TABLE IF NOT EXISTS settings.keys (
    prefix text COLLATE "C" NOT NULL CHECK (octet_length(prefix) BETWEEN 1 AND 512),
    key text COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 1024),
    value text NOT NULL,
    revision bigint NOT NULL DEFAULT 0,
    lease bigint REFERENCES settings.leases ON DELETE CASCADE,
    PRIMARY KEY (prefix, key)
);
CREATE INDEX IF NOT EXISTS keys_lease ON settings.keys (lease) WHERE lease IS NOT NULL;

-- Each value of each setting. A deletion is a row without a value.
CREATE TABLE IF NOT EXISTS settings.history (
    prefix text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    value text,
    PRIMARY KEY (prefix, key, revision)
);
CREATE INDEX IF NOT EXISTS history_revision ON settings.history (prefix, revision);

-- Control keys: pushes, locks, and the status of each instance. Programs do not follow them.
CREATE TABLE IF NOT EXISTS settings.control (
    prefix text COLLATE "C" NOT NULL CHECK (octet_length(prefix) BETWEEN 1 AND 512),
    key text COLLATE "C" NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 1024),
    value text NOT NULL,
    revision bigint NOT NULL,
    lease bigint REFERENCES settings.leases ON DELETE CASCADE,
    PRIMARY KEY (prefix, key)
);
CREATE INDEX IF NOT EXISTS control_lease ON settings.control (lease) WHERE lease IS NOT NULL;

-- What other roles may do: `view` reads everything, `run` reads the settings and writes its own status, `push` does all.
CREATE TABLE IF NOT EXISTS settings.access (
    role name NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    access text NOT NULL CHECK (access IN ('run', 'push', 'view')),
    PRIMARY KEY (role, prefix, access)
);

-- The prefixes to which a role has one of these accesses.
CREATE OR REPLACE FUNCTION settings.prefixes(who name, wanted text[]) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.prefix FROM settings.access a JOIN pg_roles r ON r.rolname = a.role
        WHERE pg_has_role(who, r.oid, 'MEMBER') AND a.access = ANY (wanted)
$$;

-- Whether the role of this session may change a prefix: the owner of the tables and those whom row-level security does not
-- restrict may change them all.
CREATE OR REPLACE FUNCTION settings.may_push(of text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(session_user, current_user, 'MEMBER')
        OR (SELECT rolbypassrls FROM pg_roles WHERE rolname = session_user)
        OR of IN (SELECT settings.prefixes(session_user, '{push}'))
$$;

-- Locks a prefix until the end of the transaction.
CREATE OR REPLACE FUNCTION settings.lock(of text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT settings.may_push(of) THEN
        RAISE 'permission denied for prefix %: see settings.grant_access', of USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO settings.heads (prefix) VALUES (of) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM settings.heads WHERE prefix = of FOR UPDATE;
END $$;

-- A new revision. Control keys take one without locking the prefix.
CREATE OR REPLACE FUNCTION settings.next_revision(of text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken bigint := nextval('settings.revision');
    last bigint := (SELECT revision FROM settings.heads WHERE prefix = of);
BEGIN
    -- Subscriptions do not replicate sequences, so this one may be behind after a failover.
    IF taken <= last THEN
        last := greatest(last, (SELECT max(revision) FROM settings.control WHERE prefix = of));
        taken := setval('settings.revision', last + 1);
    END IF;
    RETURN taken;
END $$;

-- Discards the history before a revision.
CREATE OR REPLACE FUNCTION settings.compact(of text, up_to bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM settings.lock(of);
    UPDATE settings.heads SET compacted = greatest(compacted, least(up_to, revision)) WHERE prefix = of
        RETURNING compacted INTO up_to;
    DELETE FROM settings.history old WHERE old.prefix = of AND old.revision <= up_to AND (
        old.value IS NULL OR EXISTS (
            SELECT FROM settings.history newer WHERE newer.prefix = of AND newer.key = old.key
                AND newer.revision > old.revision AND newer.revision <= up_to));
    DELETE FROM settings.revisions WHERE prefix = of AND revision < up_to;
END $$;

-- The revision of this transaction. The first change below a prefix makes a new one, and keeps the last 10,000.
CREATE OR REPLACE FUNCTION settings.advance(of text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head settings.heads;
    oldest bigint;
BEGIN
    PERFORM settings.lock(of);
    SELECT * INTO head FROM settings.heads WHERE prefix = of;
    IF head.xact = pg_current_xact_id() AND head.began = now() THEN
        RETURN head.revision;
    END IF;
    UPDATE settings.heads SET revision = settings.next_revision(of), id = gen_random_uuid(), counted = counted + 1,
        xact = pg_current_xact_id(), began = now()
        WHERE prefix = of RETURNING * INTO head;
    INSERT INTO settings.revisions VALUES (of, head.revision, head.id, clock_timestamp(), session_user);
    PERFORM pg_notify('settings', of);
    IF head.counted % 1000 = 0 THEN
        SELECT revision INTO oldest FROM settings.revisions WHERE prefix = of
            ORDER BY revision DESC OFFSET 9999 LIMIT 1;
        IF FOUND THEN
            PERFORM settings.compact(of, oldest);
        END IF;
    END IF;
    RETURN head.revision;
END $$;

CREATE OR REPLACE FUNCTION settings.before_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.prefix, OLD.key) <> (NEW.prefix, NEW.key) THEN
        RAISE 'a setting cannot be renamed: delete it and insert another';
    END IF;
    NEW.revision := settings.advance(NEW.prefix);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION settings.after_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO settings.history (prefix, key, revision) VALUES (OLD.prefix, OLD.key, settings.advance(OLD.prefix))
            ON CONFLICT (prefix, key, revision) DO UPDATE SET value = NULL;
    ELSE
        INSERT INTO settings.history (prefix, key, revision, value) VALUES (NEW.prefix, NEW.key, NEW.revision, NEW.value)
            ON CONFLICT (prefix, key, revision) DO UPDATE SET value = excluded.value;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION settings.refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'programs would not see a TRUNCATE: use DELETE';
END $$;

CREATE OR REPLACE TRIGGER before_change BEFORE INSERT OR UPDATE ON settings.keys
    FOR EACH ROW EXECUTE FUNCTION settings.before_change();
CREATE OR REPLACE TRIGGER after_change AFTER INSERT OR UPDATE OR DELETE ON settings.keys
    FOR EACH ROW EXECUTE FUNCTION settings.after_change();
CREATE OR REPLACE TRIGGER refuse_truncate BEFORE TRUNCATE ON settings.keys
    FOR EACH STATEMENT EXECUTE FUNCTION settings.refuse_truncate();

-- The last revision that was taken.
CREATE OR REPLACE FUNCTION settings.last_revision() RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT last_value FROM settings.revision
$$;

-- A controller takes the revision of the statuses for the present one, so an instance must not write a later one.
CREATE OR REPLACE FUNCTION settings.before_control() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF row_security_active('settings.control') AND NEW.revision > settings.last_revision() THEN
        RAISE 'permission denied for a revision that was not taken: use settings.put'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER before_control BEFORE INSERT OR UPDATE ON settings.control
    FOR EACH ROW EXECUTE FUNCTION settings.before_control();

-- Leases. Time is that of the server.
CREATE OR REPLACE FUNCTION settings.is_alive(lease bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM settings.leases WHERE id = lease AND ends > clock_timestamp())
$$;

-- Deletes what has ended; settings only for a caller that locks the prefix anyway.
CREATE OR REPLACE FUNCTION settings.expire(with_settings boolean) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM settings.leases WHERE id IN (
        SELECT id FROM settings.leases WHERE ends <= clock_timestamp() AND (
            with_settings OR NOT EXISTS (SELECT FROM settings.keys WHERE lease = id))
        FOR UPDATE SKIP LOCKED)
$$;

CREATE OR REPLACE FUNCTION settings.grant_lease(milliseconds bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ttl interval := make_interval(secs => milliseconds / 1000.0);
    -- The second half of a random UUID: a client that does not hold the lease cannot guess it.
    lease bigint := ('x' || encode(substring(uuid_send(gen_random_uuid()) FROM 9), 'hex'))::bit(64)::bigint;
BEGIN
    PERFORM settings.expire(false);
    INSERT INTO settings.leases VALUES (lease, ttl, clock_timestamp() + ttl);
    RETURN lease;
END $$;

CREATE OR REPLACE FUNCTION settings.keep_alive(lease bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE settings.leases SET ends = clock_timestamp() + ttl WHERE id = lease AND ends > clock_timestamp();
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION settings.revoke_lease(lease bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM settings.leases WHERE id = lease
$$;

-- Whether a control key exists: its lease, if it has one, has not ended. Readers cannot see the lease itself.
CREATE OR REPLACE FUNCTION settings.is_live(of text, wanted text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM settings.control c LEFT JOIN settings.leases l ON l.id = c.lease
        WHERE c.prefix = of AND c.key = wanted AND (c.lease IS NULL OR l.ends > clock_timestamp()))
$$;

-- The leases that the caller of this transaction holds, which it proves by knowing them.
CREATE OR REPLACE FUNCTION settings.held_leases() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('settings.leases', true), ''), '{}')::bigint[]
$$;

-- Writes one key without a condition. Returns its revision, or null if the lease has ended.
CREATE OR REPLACE FUNCTION settings.put(
    of text, control boolean, key text, value text, lease bigint, held bigint[], wait_ms int
) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    written bigint;
BEGIN
    PERFORM set_config('lock_timeout', put.wait_ms::text, true);
    PERFORM set_config('settings.leases', put.held::text, true);
    IF put.lease IS NOT NULL AND NOT settings.is_alive(put.lease) THEN
        RETURN NULL;
    END IF;
    IF put.control THEN
        INSERT INTO settings.control VALUES (put.of, put.key, put.value, settings.next_revision(put.of), put.lease)
            ON CONFLICT (prefix, key) DO UPDATE SET
                value = excluded.value, revision = excluded.revision, lease = excluded.lease
            RETURNING revision INTO written;
    ELSE
        INSERT INTO settings.keys (prefix, key, value, lease) VALUES (put.of, put.key, put.value, put.lease)
            ON CONFLICT (prefix, key) DO UPDATE SET value = excluded.value, lease = excluded.lease
            RETURNING revision INTO written;
    END IF;
    RETURN written;
END $$;

-- The revision of a control key, 0 without one.
CREATE OR REPLACE FUNCTION settings.control_revision(of text, wanted text) RETURNS bigint
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT revision FROM settings.control WHERE prefix = of AND key = wanted AND settings.is_live(of, wanted)), 0)
$$;

-- Applies all writes or none. Returns the revision, or which condition failed.
CREATE OR REPLACE FUNCTION settings.apply(
    of text, wait_ms int, head bigint, new_head text, base_keys text[], base_revisions bigint[],
    same_control boolean[], same_keys text[], same_revisions bigint[],
    write_control boolean[], write_keys text[], write_values text[], write_leases bigint[],
    OUT failed text, OUT revision bigint
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('lock_timeout', wait_ms::text, true);
    PERFORM settings.lock(of);
    PERFORM settings.expire(true);
    IF settings.control_revision(of, 'control/head') <> head THEN
        failed := 'head';
        RETURN;
    END IF;
    IF EXISTS (
        (SELECT k.key, k.revision FROM settings.keys k WHERE k.prefix = of AND NOT starts_with(ltrim(k.key, '/'), '@')
            EXCEPT SELECT * FROM unnest(base_keys, base_revisions))
        UNION ALL
        (SELECT * FROM unnest(base_keys, base_revisions)
            EXCEPT SELECT k.key, k.revision FROM settings.keys k WHERE k.prefix = of)
    ) THEN
        failed := 'setting';
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(same_control, same_keys, same_revisions) AS same (control, key, revision)
        WHERE same.revision <> CASE WHEN same.control THEN settings.control_revision(of, same.key) ELSE
            coalesce((SELECT k.revision FROM settings.keys k WHERE k.prefix = of AND k.key = same.key), 0) END
    ) THEN
        failed := 'key';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM unnest(write_leases) AS lease WHERE lease IS NOT NULL AND NOT settings.is_alive(lease)) THEN
        failed := 'lease';
        RETURN;
    END IF;
    IF false = ANY (write_control) THEN
        revision := settings.advance(of);
    ELSE
        revision := settings.next_revision(of);
    END IF;
    DELETE FROM settings.keys k USING unnest(write_control, write_keys, write_values) AS w (control, key, value)
        WHERE k.prefix = of AND k.key = w.key AND NOT w.control AND w.value IS NULL;
    DELETE FROM settings.control c USING unnest(write_control, write_keys, write_values) AS w (control, key, value)
        WHERE c.prefix = of AND c.key = w.key AND w.control AND w.value IS NULL;
    INSERT INTO settings.keys (prefix, key, value, lease)
        SELECT of, w.key, w.value, w.lease
        FROM unnest(write_control, write_keys, write_values, write_leases) AS w (control, key, value, lease)
        WHERE NOT w.control AND w.value IS NOT NULL
        ON CONFLICT (prefix, key) DO UPDATE SET value = excluded.value, lease = excluded.lease;
    INSERT INTO settings.control
        SELECT of, w.key, w.value, apply.revision, w.lease
        FROM unnest(write_control, write_keys, write_values, write_leases) AS w (control, key, value, lease)
        WHERE w.control AND w.value IS NOT NULL
        UNION ALL SELECT of, 'control/head', new_head, apply.revision, NULL
        ON CONFLICT (prefix, key) DO UPDATE SET
            value = excluded.value, revision = excluded.revision, lease = excluded.lease;
END $$;

-- Decides on a commit whose answer was lost: rewrites the head under its condition, or returns the control keys.
CREATE OR REPLACE FUNCTION settings.settle(of text, wait_ms int, head bigint, old_head text, control_keys text[])
    RETURNS TABLE (key text, value text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('lock_timeout', wait_ms::text, true);
    PERFORM settings.lock(of);
    IF settings.control_revision(of, 'control/head') = head THEN
        INSERT INTO settings.control VALUES (of, 'control/head', old_head, settings.next_revision(of))
            ON CONFLICT (prefix, key) DO UPDATE SET
                value = excluded.value, revision = excluded.revision, lease = NULL;
    ELSE
        RETURN QUERY SELECT c.key, c.value FROM settings.control c
            WHERE c.prefix = of AND (c.key = 'control/head' OR c.key = ANY (control_keys));
    END IF;
END $$;

-- Whether this role has one of the accesses, so that no access is not taken for no settings.
CREATE OR REPLACE FUNCTION settings.is_allowed(of text, wanted text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT row_security_active('settings.keys') OR of IN (SELECT settings.prefixes(current_user, wanted))
$$;

ALTER TABLE settings.heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE settings.revisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE settings.keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE settings.history ENABLE ROW LEVEL SECURITY;
ALTER TABLE settings.control ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS readers ON settings.heads;
CREATE POLICY readers ON settings.heads FOR SELECT
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{run,push,view}'))));
DROP POLICY IF EXISTS readers ON settings.revisions;
CREATE POLICY readers ON settings.revisions FOR SELECT
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{run,push,view}'))));
DROP POLICY IF EXISTS readers ON settings.keys;
CREATE POLICY readers ON settings.keys FOR SELECT
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{run,push,view}'))));
DROP POLICY IF EXISTS readers ON settings.history;
CREATE POLICY readers ON settings.history FOR SELECT
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{run,push,view}'))));
DROP POLICY IF EXISTS readers ON settings.control;
CREATE POLICY readers ON settings.control FOR SELECT
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{push,view}'))));
DROP POLICY IF EXISTS pushers ON settings.keys;
CREATE POLICY pushers ON settings.keys
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{push}'))));
DROP POLICY IF EXISTS pushers ON settings.control;
CREATE POLICY pushers ON settings.control
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{push}'))));
-- An instance writes the status whose lease it holds, and no other, also where all instances share a role.
DROP POLICY IF EXISTS own_status ON settings.control;
CREATE POLICY own_status ON settings.control
    USING (prefix = ANY (ARRAY(SELECT settings.prefixes(current_user, '{run}')))
        AND starts_with(key, 'fleet/') AND lease = ANY (settings.held_leases()));

REVOKE ALL ON FUNCTION settings.lock, settings.compact, settings.advance, settings.expire FROM PUBLIC;

-- Admits a role to a prefix: SELECT settings.grant_access('shop_run', '/shop/', 'run');
CREATE OR REPLACE FUNCTION settings.grant_access(role name, of text, access text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO settings.access VALUES (grant_access.role, of, grant_access.access) ON CONFLICT DO NOTHING;
    EXECUTE format('GRANT USAGE ON SCHEMA settings TO %I', grant_access.role);
    EXECUTE format('GRANT SELECT ON settings.heads, settings.revisions, settings.keys, settings.history TO %I',
        grant_access.role);
    IF grant_access.access = 'view' THEN
        -- Without the leases, which only their holders know.
        EXECUTE format('GRANT SELECT (prefix, key, value, revision) ON settings.control TO %I', grant_access.role);
    ELSE
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON settings.control TO %I', grant_access.role);
    END IF;
    IF grant_access.access = 'push' THEN
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON settings.keys TO %I', grant_access.role);
        EXECUTE format(
            'GRANT EXECUTE ON FUNCTION settings.lock, settings.advance, settings.expire TO %I',
            grant_access.role);
    END IF;
END $$;
-- Nobody but the owner can admit a role, since nobody else may write to settings.access.

COMMIT;
