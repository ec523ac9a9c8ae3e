//! The open connections: their limits, and which one is closed to make room.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::task::AbortHandle;

use super::progress::{Progress, Shared, Stage};
use crate::api::input::client_ip::ClientIp;
use crate::metrics::ConnectionCounts;

/// One of this many refused connections is logged.
const LOGGED_REFUSALS: u64 = 1000;

/// The limits on connections.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub total: usize,
    /// Per client address, for IPv6 per /64.
    pub per_address: usize,
    /// Proxies serve many clients, so only `total` applies to them.
    pub proxies: Vec<IpNet>,
}

struct Entry {
    progress: Arc<Progress>,
    task: Option<AbortHandle>,
}

#[derive(Default)]
struct Open {
    by_address: HashMap<IpAddr, BTreeMap<u64, Entry>>,
    count: usize,
    admitted: u64,
    counts: ConnectionCounts,
    refused: u64,
}

impl Open {
    fn remove(&mut self, address: IpAddr, id: u64) -> Option<Entry> {
        let entries = self.by_address.get_mut(&address)?;
        let entry = entries.remove(&id)?;
        if entries.is_empty() {
            self.by_address.remove(&address);
        }
        self.count -= 1;
        self.counts.open.dec();
        Some(entry)
    }

    /// Closes the most expendable connection, of one address or of all; `false` if all are busy.
    fn make_room(&mut self, among: Option<IpAddr>) -> bool {
        let mut first: Option<((Stage, u64), IpAddr, u64)> = None;
        let addresses = self.by_address.iter();
        for (address, entries) in addresses.filter(|(it, _)| among.is_none_or(|only| only == **it))
        {
            for (id, entry) in entries {
                // Without a task, it was just admitted.
                let order = entry.task.as_ref().and(entry.progress.order());
                if let Some(order) = order
                    && first.is_none_or(|(least, ..)| order < least)
                {
                    first = Some((order, *address, *id));
                }
            }
        }
        let Some((_, address, id)) = first else {
            return false;
        };
        let task = self.remove(address, id).and_then(|entry| entry.task);
        self.counts.displaced.inc();
        if let Some(task) = task {
            task.abort();
        }
        true
    }

    /// The address with the most connections.
    fn busiest(&self) -> Option<IpAddr> {
        let most = self.by_address.iter().max_by_key(|(_, it)| it.len());
        most.map(|(address, _)| *address)
    }
}

/// The open connections.
pub struct Connections {
    bounds: Bounds,
    open: Mutex<Open>,
    shared: Arc<Shared>,
}

impl Connections {
    pub fn new(bounds: Bounds, counts: ConnectionCounts) -> Self {
        Self {
            bounds,
            open: Mutex::new(Open {
                counts,
                ..Open::default()
            }),
            shared: Arc::new(Shared::new()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a slot for a connection from `peer`. At a limit, it closes the most expendable
    /// connection, of the same address or of the address with the most. If all are busy, there is
    /// no slot.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<(Slot, Arc<Progress>)> {
        let peer = peer.to_canonical();
        let is_proxy = self.bounds.proxies.iter().any(|it| it.contains(&peer));
        let address = ClientIp(peer).rate_limit_key();
        let mut open = self.lock();
        let of_address = open.by_address.get(&address).map_or(0, BTreeMap::len);
        let has_room = if !is_proxy && of_address >= self.bounds.per_address {
            open.make_room(Some(address))
        } else if open.count >= self.bounds.total {
            let busiest = open.busiest();
            open.make_room(busiest) || open.make_room(None)
        } else {
            true
        };
        if !has_room {
            let refused = open.refused;
            open.refused += 1;
            open.counts.refused.inc();
            drop(open);
            if refused.is_multiple_of(LOGGED_REFUSALS) {
                tracing::warn!(%peer, refused = refused + 1, "too many connections");
            }
            return None;
        }
        let id = open.admitted;
        open.admitted += 1;
        open.count += 1;
        open.counts.accepted.inc();
        open.counts.open.inc();
        let progress = Arc::new(Progress::new(self.shared.clone()));
        let entry = Entry {
            progress: progress.clone(),
            task: None,
        };
        open.by_address
            .entry(address)
            .or_default()
            .insert(id, entry);
        let connections = self.clone();
        let slot = Slot {
            connections,
            address,
            id,
        };
        Some((slot, progress))
    }

    /// Records the task to abort when the connection in a slot has to close.
    pub fn note_task(&self, slot: (IpAddr, u64), task: AbortHandle) {
        let mut open = self.lock();
        let entries = open.by_address.get_mut(&slot.0);
        // It may have ended already.
        if let Some(entry) = entries.and_then(|entries| entries.get_mut(&slot.1)) {
            entry.task = Some(task);
        }
    }

    /// From now on, each response is the last of its connection.
    pub fn leave(&self) {
        self.shared.leave();
    }

    /// During a shutdown, waits until no connection has a request in progress.
    pub async fn quiet(&self) {
        loop {
            let mut less = pin!(self.shared.has_less_to_do.notified());
            less.as_mut().enable();
            if !self.is_busy() {
                return;
            }
            less.await;
        }
    }

    fn is_busy(&self) -> bool {
        let open = self.lock();
        let mut all = open.by_address.values().flat_map(BTreeMap::values);
        all.any(|entry| !matches!(entry.progress.stage(), Stage::New | Stage::Idle))
    }

    /// Closes all connections.
    pub fn abort_all(&self) {
        let open = self.lock();
        let all = open.by_address.values().flat_map(BTreeMap::values);
        all.filter_map(|entry| entry.task.as_ref())
            .for_each(AbortHandle::abort);
    }
}

/// The slot of a connection; freed when dropped.
pub struct Slot {
    connections: Arc<Connections>,
    address: IpAddr,
    id: u64,
}

impl Slot {
    pub fn id(&self) -> (IpAddr, u64) {
        (self.address, self.id)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.lock().remove(self.address, self.id);
        self.connections.shared.has_less_to_do.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens the maximum number of connections from one address, in these stages.
    fn full(stages: &[Stage]) -> (Arc<Connections>, Vec<(Slot, Arc<Progress>)>) {
        let connections = Arc::new(Connections::new(
            Bounds {
                total: stages.len(),
                per_address: stages.len(),
                proxies: Vec::new(),
            },
            ConnectionCounts::default(),
        ));
        let mut open = Vec::new();
        for stage in stages {
            let (slot, progress) = connections.admit(IpAddr::from([192, 0, 2, 1])).unwrap();
            let task = tokio::spawn(std::future::pending::<()>());
            connections.note_task(slot.id(), task.abort_handle());
            progress.enter(*stage);
            open.push((slot, progress));
        }
        (connections, open)
    }

    /// Which connection a new one replaces.
    fn replaced(connections: &Arc<Connections>, open: &[(Slot, Arc<Progress>)]) -> Option<usize> {
        connections.admit(IpAddr::from([192, 0, 2, 2]))?;
        let kept = connections.lock();
        let entries = &kept.by_address[&IpAddr::from([192, 0, 2, 1])];
        let is_gone = |(slot, _): &(Slot, Arc<Progress>)| !entries.contains_key(&slot.id);
        open.iter().position(is_gone)
    }

    #[tokio::test]
    async fn what_waits_for_its_client_makes_room() {
        let (connections, open) = full(&[Stage::Busy, Stage::Busy]);
        assert_eq!(replaced(&connections, &open), None);
        open[1].1.await_body(true);
        assert_eq!(replaced(&connections, &open), Some(1));

        let (connections, open) = full(&[Stage::Answered, Stage::Busy]);
        open[1].1.await_body(true);
        open[1].1.await_body(false);
        assert_eq!(replaced(&connections, &open), None);
        open[0].1.await_reader(true);
        assert_eq!(replaced(&connections, &open), Some(0));

        let (connections, open) = full(&[Stage::Busy, Stage::Ending]);
        assert_eq!(replaced(&connections, &open), Some(1));

        let (connections, open) = full(&[Stage::Busy, Stage::Idle]);
        open[0].1.await_reader(true);
        assert_eq!(replaced(&connections, &open), Some(1), "idle ones go first");
    }
}
