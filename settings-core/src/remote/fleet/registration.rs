//! Registration of an instance: its lease, its id and its status in the store.

use super::{FLEET, Millis, instance::Input, status::InstanceStatus};
use crate::remote::{Fault, FaultKind, Lease, StoreKey, Writer};
use std::time::Duration;

/// Lease of a registration. An instance is lost when it ends.
pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// Lease of the last status, so that a controller sees that the instance ended in an orderly way.
const LEAVING_LEASE: Duration = Duration::from_secs(5);
/// Time between two refreshes of the lease.
const REFRESH: Millis = 5_000;
/// Minimum time between two statuses, and between two attempts.
const SECOND: Millis = 1_000;
/// How long a write whose answer was lost may still be applied. Until then the status is written again.
const UNSURE: Millis = 5_000;

/// The registration of this process.
#[derive(Debug, Default)]
pub(crate) struct Registration {
    current: Option<Registered>,
    /// Time of the next attempt.
    retry_at: Millis,
    /// The reason why no attempt can succeed.
    denied: Option<String>,
}

#[derive(Debug)]
struct Registered {
    id: String,
    lease: Lease,
    refresh_at: Millis,
    /// The last status that was written, and when the next one may be.
    written: String,
    write_at: Millis,
    unsure_until: Millis,
}

impl Registration {
    /// Reason why the store will never accept this instance.
    pub(crate) fn denied(&self) -> Option<&str> {
        self.denied.as_deref()
    }

    /// Whether an attempt to register is due.
    pub(crate) fn is_due(&self, now: Millis) -> bool {
        self.denied.is_none() && now >= self.retry_at
    }

    /// Registers, keeps the registration, and writes the status if it has changed. Returns what has happened to the instance.
    pub(crate) fn step(
        &mut self,
        writer: &mut dyn Writer,
        status: &InstanceStatus,
        (now, random): (Millis, u64),
        within: Duration,
    ) -> Option<Input> {
        if !self.is_due(now) {
            return None;
        }
        let result = match &mut self.current {
            None => self
                .register(writer, status, (now, random), within)
                .map(Some),
            Some(current) => current.keep(writer, status, now, within).map(|()| None),
        };
        let fault = match result {
            Ok(input) => return input,
            Err(fault) => fault,
        };
        self.retry_at = now + SECOND;
        match fault.kind() {
            FaultKind::LeaseExpired => self.current.take().map(|_| Input::Unregistered),
            FaultKind::PermissionDenied if self.current.is_none() => {
                self.denied = Some(fault.to_string());
                None
            }
            _ => None,
        }
    }

    fn register(
        &mut self,
        writer: &mut dyn Writer,
        status: &InstanceStatus,
        (now, random): (Millis, u64),
        within: Duration,
    ) -> Result<Input, Fault> {
        let lease = writer.grant(LEASE, within)?;
        let id = format!("{random:016x}");
        let first = InstanceStatus {
            registered: None,
            ..status.clone()
        };
        let written = first.write();
        let put = writer.put(&key(&id), written.as_bytes(), Some(lease), within);
        let revision = put.inspect_err(|_| {
            // Otherwise it ends by itself, and the id is not used again.
            let _ = writer.revoke(lease, within);
        })?;
        self.current = Some(Registered {
            id: id.clone(),
            lease,
            refresh_at: now + REFRESH,
            written,
            write_at: now,
            unsure_until: 0,
        });
        Ok(Input::Registered { id, revision })
    }

    /// Writes the next status even if it is the same: the store may have been restored from a backup, with an earlier one.
    pub(crate) fn rewrite(&mut self) {
        if let Some(current) = &mut self.current {
            current.written.clear();
        }
    }

    /// Reports that this instance ends, and ends the registration.
    pub(crate) fn leave(
        &mut self,
        writer: &mut dyn Writer,
        status: &InstanceStatus,
        within: Duration,
    ) {
        let Some(current) = self.current.take() else {
            return;
        };
        // If any of it fails, the registration ends with its lease.
        if let Ok(lease) = writer.grant(LEAVING_LEASE, within) {
            let written = status.write();
            let _ = writer.put(&key(&current.id), written.as_bytes(), Some(lease), within);
        }
        let _ = writer.revoke(current.lease, within);
    }
}

impl Registered {
    fn keep(
        &mut self,
        writer: &mut dyn Writer,
        status: &InstanceStatus,
        now: Millis,
        within: Duration,
    ) -> Result<(), Fault> {
        if now >= self.refresh_at {
            writer.keep_alive(self.lease, within)?;
            self.refresh_at = now + REFRESH;
        }
        if now < self.write_at {
            return Ok(());
        }
        let next = status.write();
        if next == self.written && now >= self.unsure_until {
            return Ok(());
        }
        self.write_at = now + SECOND;
        match writer.put(&key(&self.id), next.as_bytes(), Some(self.lease), within) {
            Ok(_) => {
                self.written = next;
                Ok(())
            }
            Err(fault) => {
                self.written.clear();
                if fault.kind() == FaultKind::Uncertain {
                    self.unsure_until = now + UNSURE;
                }
                Err(fault)
            }
        }
    }
}

fn key(id: &str) -> StoreKey {
    StoreKey::Control(format!("{FLEET}{id}"))
}
