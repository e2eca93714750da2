//! `EtcdWriter`: commits as transactions, and leases.

use crate::{
    connection::Connection,
    session::{Session, entry},
    wire::{
        Compare, DeleteRangeRequest, LEASE_GRANT, LEASE_REVOKE, LeaseGrantRequest,
        LeaseGrantResponse, LeaseRequest, LeaseRevokeResponse, Op, PUT, PutRequest, PutResponse,
        RANGE, RangeRequest, RangeResponse, RequestOp, TXN, TxnRequest, TxnResponse, range,
        revision,
    },
};
use settings_core::remote::{
    Commit, Committed, Fault, FaultKind, HEAD, Lease, Settled, StoreKey, StoreSnapshot, StoreWrite,
    Value, Writer,
};
use std::time::{Duration, Instant};

/// Most settings whose revisions are compared one by one: etcd takes 128 conditions.
const MAX_COMPARED: usize = 100;

const EQUAL: i32 = 0;
const LESS: i32 = 2;
const MOD_REVISION: i32 = 2;

pub(crate) struct EtcdWriter {
    connection: Connection,
    /// Prefix of the control keys.
    control: String,
}

impl EtcdWriter {
    pub(crate) fn new(connection: Connection) -> Option<Self> {
        let control = format!("{}@", connection.prefix().strip_suffix('/')?);
        Some(Self {
            connection,
            control,
        })
    }

    fn key(&self, key: &StoreKey) -> Vec<u8> {
        let key = match key {
            StoreKey::Setting(key) => format!("{}{key}", self.connection.prefix()),
            StoreKey::Control(key) => format!("{}{key}", self.control),
        };
        key.into_bytes()
    }

    fn head(&self) -> Vec<u8> {
        self.key(&StoreKey::Control(HEAD.to_owned()))
    }

    /// Calls etcd, once more with a new token if it rejects the credentials of an older connection.
    fn call<T>(
        &mut self,
        within: Duration,
        act: &impl AsyncFn(&mut Session) -> Result<T, Fault>,
        no_answer: FaultKind,
    ) -> Result<T, Fault> {
        let began = Instant::now();
        let mut is_new = self.connection.connect(false, within)?;
        loop {
            let left = within.saturating_sub(began.elapsed());
            match self.connection.with_session(left, act) {
                Ok(done) => return Ok(done),
                Err(Some(fault)) if fault.kind() == FaultKind::PermissionDenied && !is_new => {
                    let left = within.saturating_sub(began.elapsed());
                    is_new = self.connection.connect(true, left)?;
                }
                Err(Some(fault)) => return Err(fault),
                Err(None) => {
                    let message = Fault::no_answer(within).to_string();
                    return Err(Fault::new(no_answer, message));
                }
            }
        }
    }

    fn transaction(
        &mut self,
        request: &TxnRequest,
        within: Duration,
    ) -> Result<TxnResponse, Fault> {
        self.call(
            within,
            &async |session| session.write(request.clone(), TXN).await,
            FaultKind::Uncertain,
        )
    }

    /// The conditions under which the settings are those of the base.
    ///
    /// The ranges find changed and added settings. A deletion leaves nothing in a range, so it is found by the revision of
    /// the key; where there are too many keys, only those that the commit writes are compared.
    fn conditions(&self, commit: &Commit) -> Vec<Compare> {
        let prefix = self.connection.prefix();
        let (_, end) = range(prefix);
        let newer = commit.base.revision + 1;
        // Around the reserved names, which begin with `@`.
        let ranges = [
            (
                prefix.as_bytes().to_vec(),
                format!("{prefix}@").into_bytes(),
            ),
            (format!("{prefix}A").into_bytes(), end),
        ];
        let ranges = ranges.map(|(key, range_end)| Compare {
            result: LESS,
            target: MOD_REVISION,
            key,
            mod_revision: signed(newer),
            range_end,
        });
        let settings: Vec<(&str, &Value)> = commit.base.settings().collect();
        let compared: Vec<(String, u64)> = if settings.len() <= MAX_COMPARED {
            let settings = settings.into_iter();
            settings
                .map(|(key, value)| (key.to_owned(), value.revision()))
                .collect()
        } else {
            let written = commit.writes.iter().filter_map(|write| match &write.key {
                StoreKey::Setting(key) if !key.starts_with('@') => Some(key),
                _ => None,
            });
            let revision = |key: &String| commit.base.values.get(key).map_or(0, Value::revision);
            written.map(|key| (key.clone(), revision(key))).collect()
        };
        let compared = compared.into_iter().map(|(key, revision)| Compare {
            result: EQUAL,
            target: MOD_REVISION,
            key: self.key(&StoreKey::Setting(key)),
            mod_revision: signed(revision),
            range_end: Vec::new(),
        });
        let unchanged = commit.unchanged.iter();
        let unchanged = unchanged.map(|(key, revision)| Compare {
            result: EQUAL,
            target: MOD_REVISION,
            key: self.key(key),
            mod_revision: signed(revision.unwrap_or(0)),
            range_end: Vec::new(),
        });
        let mut conditions = vec![self.head_is(commit.head.as_ref())];
        conditions.extend(ranges);
        conditions.extend(compared);
        conditions.extend(unchanged);
        conditions
    }

    /// Reads a range of keys, and cuts this prefix from them.
    fn range(
        &mut self,
        (key, range_end): (Vec<u8>, Vec<u8>),
        prefix: &str,
        at: Option<u64>,
        within: Duration,
    ) -> Result<StoreSnapshot, Fault> {
        let request = RangeRequest {
            key,
            range_end,
            revision: at.map_or(0, signed),
            ..RangeRequest::default()
        };
        let answer: RangeResponse = self.call(
            within,
            &async |session| session.call(request.clone(), RANGE).await,
            FaultKind::Unresponsive,
        )?;
        let values = answer.kvs.into_iter().map(|kv| entry(prefix, kv));
        Ok(StoreSnapshot {
            revision: revision(answer.header.as_ref()),
            values: values.collect(),
        })
    }

    fn head_is(&self, head: Option<&Value>) -> Compare {
        Compare {
            result: EQUAL,
            target: MOD_REVISION,
            key: self.head(),
            mod_revision: signed(head.map_or(0, Value::revision)),
            range_end: Vec::new(),
        }
    }
}

impl Writer for EtcdWriter {
    fn commit(&mut self, commit: &Commit, within: Duration) -> Result<Committed, Fault> {
        commit.check_limits()?;
        let writes = commit.writes.iter().map(|write| {
            let key = self.key(&write.key);
            match &write.value {
                Some(value) => put_op(key, value.clone(), write.lease),
                None => Op::Delete(DeleteRangeRequest { key }).into(),
            }
        });
        let mut success: Vec<RequestOp> = writes.collect();
        success.push(put_op(self.head(), commit.new_head.clone(), None));
        let (key, range_end) = range(self.connection.prefix());
        let read_back = Op::Range(RangeRequest {
            key,
            range_end,
            keys_only: true,
            ..RangeRequest::default()
        });
        success.push(read_back.into());
        let request = TxnRequest {
            compare: self.conditions(commit),
            success,
            failure: vec![read_op(self.head())],
        };
        let answer = self.transaction(&request, within)?;
        let mut read = answer.responses.into_iter().filter_map(|op| op.range);
        let read = read.next().unwrap_or_default().kvs;
        if !answer.succeeded {
            let now = read.first().map_or(0, |head| head.mod_revision);
            let is_same = now == signed(commit.head.as_ref().map_or(0, Value::revision));
            let message = if is_same {
                "a setting or another key was changed in the meantime"
            } else {
                "another commit was applied in the meantime"
            };
            return Err(Fault::new(FaultKind::Conflict, message));
        }
        let prefix = self.connection.prefix();
        let present: Vec<String> = read.into_iter().map(|kv| entry(prefix, kv).0).collect();
        let mut committed = Committed::new(revision(answer.header.as_ref()));
        let settings = commit.base.settings().map(|(key, _)| key);
        let lost = settings.filter(|key| {
            let is_written = |write: &StoreWrite| write.key == StoreKey::Setting((*key).to_owned());
            !present.iter().any(|present| present == key) && !commit.writes.iter().any(is_written)
        });
        committed.foreign_deletions = lost.map(str::to_owned).collect();
        Ok(committed)
    }

    fn settle(&mut self, commit: &Commit, within: Duration) -> Result<Settled, Fault> {
        let old = commit.head.as_ref().map(|head| head.bytes().to_vec());
        let control = commit.writes.iter().filter_map(|write| match &write.key {
            key @ StoreKey::Control(_) => Some(read_op(self.key(key))),
            StoreKey::Setting(_) => None,
        });
        let request = TxnRequest {
            compare: vec![self.head_is(commit.head.as_ref())],
            success: vec![put_op(self.head(), old.unwrap_or_default(), None)],
            failure: control.chain([read_op(self.head())]).collect(),
        };
        let answer = self.transaction(&request, within)?;
        let read = answer.responses.into_iter().filter_map(|op| op.range);
        let mut read = read.flat_map(|range| range.kvs);
        let applied = !answer.succeeded
            && read.any(|kv| {
                let (key, value) = entry(&self.control, kv);
                commit.has_written(&key, value.bytes())
            });
        Ok(Settled::of(applied))
    }

    fn read(&mut self, at: Option<u64>, within: Duration) -> Result<StoreSnapshot, Fault> {
        let prefix = self.connection.prefix().to_owned();
        let snapshot = self.range(range(&prefix), &prefix, at, within)?;
        Ok(StoreSnapshot {
            revision: at.unwrap_or(snapshot.revision),
            ..snapshot
        })
    }

    fn put(
        &mut self,
        key: &StoreKey,
        value: &[u8],
        lease: Option<Lease>,
        within: Duration,
    ) -> Result<u64, Fault> {
        let request = PutRequest {
            key: self.key(key),
            value: value.to_vec(),
            lease: lease.map_or(0, id),
        };
        let answer: PutResponse = self.call(
            within,
            &async |session| session.write(request.clone(), PUT).await,
            FaultKind::Uncertain,
        )?;
        Ok(revision(answer.header.as_ref()))
    }

    fn grant(&mut self, ttl: Duration, within: Duration) -> Result<Lease, Fault> {
        let ttl = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
        let request = LeaseGrantRequest {
            ttl: signed(ttl.max(1)),
        };
        let answer: LeaseGrantResponse = self.call(
            within,
            &async |session| session.call(request, LEASE_GRANT).await,
            FaultKind::Unresponsive,
        )?;
        Ok(Lease::new(answer.id.cast_unsigned()))
    }

    fn keep_alive(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        let ttl = self.call(
            within,
            &async |session| session.keep_alive(id(lease)).await,
            FaultKind::Unresponsive,
        )?;
        if ttl > 0 {
            Ok(())
        } else {
            Err(Fault::new(FaultKind::LeaseExpired, "the lease has ended"))
        }
    }

    fn revoke(&mut self, lease: Lease, within: Duration) -> Result<(), Fault> {
        let request = LeaseRequest { id: id(lease) };
        let revoked: Result<LeaseRevokeResponse, Fault> = self.call(
            within,
            &async |session| session.write(request, LEASE_REVOKE).await,
            FaultKind::Uncertain,
        );
        match revoked {
            Err(fault) if fault.kind() == FaultKind::LeaseExpired => Ok(()),
            revoked => revoked.map(|_| ()),
        }
    }

    fn scan(&mut self, prefix: &str, within: Duration) -> Result<StoreSnapshot, Fault> {
        let control = self.control.clone();
        self.range(range(&format!("{control}{prefix}")), &control, None, within)
    }
}

fn put_op(key: Vec<u8>, value: Vec<u8>, lease: Option<Lease>) -> RequestOp {
    let lease = lease.map_or(0, id);
    Op::Put(PutRequest { key, value, lease }).into()
}

fn read_op(key: Vec<u8>) -> RequestOp {
    Op::Range(RangeRequest {
        key,
        ..RangeRequest::default()
    })
    .into()
}

fn signed(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn id(lease: Lease) -> i64 {
    lease.id().cast_signed()
}
