//! Subscribers of events. Each has its own queue and thread, so that none waits for another.

use super::event::Event;
use std::{
    collections::VecDeque,
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
};

/// Number of events that may wait for one subscriber; beyond it the oldest are dropped.
const CAPACITY: usize = 256;

/// All subscribers.
#[derive(Default)]
pub(super) struct Subscribers(Mutex<Vec<Arc<Queue>>>);

/// Keeps a callback subscribed. Dropping it ends the subscription.
#[must_use = "dropping it ends the subscription; `detach` keeps it for as long as the settings exist"]
pub struct Subscription {
    queue: Arc<Queue>,
    detached: bool,
}

impl Subscription {
    /// Keeps the callback subscribed for as long as the settings exist.
    pub fn detach(mut self) {
        self.detached = true;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if !self.detached {
            self.queue.close(true);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

impl Subscribers {
    /// Calls `callback` with each event, on a thread of its own.
    pub(super) fn callback(
        &self,
        mut callback: impl FnMut(&Event) + Send + 'static,
    ) -> Subscription {
        let queue = self.queue(move |event| {
            // A panic of the callback must not prevent the next event.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(&event)));
            true
        });
        Subscription {
            queue,
            detached: false,
        }
    }

    /// Sends each event into a channel, until its receiver is dropped.
    pub(super) fn channel(&self) -> Receiver<Event> {
        // A rendezvous channel: the queue holds the waiting events and bounds them.
        let (sender, receiver) = mpsc::sync_channel(0);
        self.queue(move |event| sender.send(event).is_ok());
        receiver
    }

    /// Publishes the last event to a watch channel, until all receivers are dropped. A receiver that borrows the event blocks
    /// only this subscriber's thread.
    #[cfg(feature = "tokio")]
    pub(super) fn watch(&self) -> tokio::sync::watch::Receiver<Option<Event>> {
        let (sender, receiver) = tokio::sync::watch::channel(None);
        self.queue(move |event| sender.send(Some(event)).is_ok());
        receiver
    }

    /// Queues an event for every subscriber, without waiting.
    pub(super) fn publish(&self, event: &Event) {
        self.lock().retain(|queue| queue.push(event.clone()));
    }

    fn queue(&self, deliver: impl FnMut(Event) -> bool + Send + 'static) -> Arc<Queue> {
        let queue = Arc::new(Queue(Mutex::new(Waiting {
            events: VecDeque::new(),
            deliver: Some(Box::new(deliver)),
            has_thread: false,
            is_closed: false,
        })));
        self.lock().push(Arc::clone(&queue));
        queue
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Queue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscribers {
    fn drop(&mut self) {
        let queues = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for queue in queues.drain(..) {
            // Queued events are still delivered.
            queue.close(false);
        }
    }
}

/// Events for one subscriber.
struct Queue(Mutex<Waiting>);

/// Delivers an event; returns whether the subscriber takes more.
type Deliver = Box<dyn FnMut(Event) -> bool + Send>;

struct Waiting {
    events: VecDeque<Event>,
    /// `None` while a thread uses it, and after the end of the subscription.
    deliver: Option<Deliver>,
    /// A thread exists only while events wait, so that an abandoned subscription leaves none behind.
    has_thread: bool,
    is_closed: bool,
}

impl Queue {
    /// Adds an event; returns whether the subscription is still open.
    fn push(self: &Arc<Self>, event: Event) -> bool {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return false;
        }
        if waiting.events.len() == CAPACITY {
            waiting.events.pop_front();
        }
        waiting.events.push_back(event);
        if !waiting.has_thread {
            let queue = Arc::clone(self);
            let thread = thread::Builder::new().name("settings-subscriber".to_owned());
            // If no thread can be started now, the next event tries again.
            waiting.has_thread = thread.spawn(move || queue.drain()).is_ok();
        }
        true
    }

    /// Delivers the waiting events until none is left.
    fn drain(&self) {
        let mut deliver = self.lock().deliver.take();
        loop {
            let mut waiting = self.lock();
            let Some(event) = waiting.events.pop_front() else {
                waiting.has_thread = false;
                if !waiting.is_closed {
                    waiting.deliver = deliver;
                }
                return;
            };
            drop(waiting);
            if !deliver.as_mut().is_some_and(|deliver| deliver(event)) {
                self.close(true);
            }
        }
    }

    fn close(&self, at_once: bool) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        if at_once {
            waiting.events.clear();
        }
        // A running thread drops it at its end.
        let deliver = if waiting.has_thread {
            None
        } else {
            waiting.deliver.take()
        };
        drop(waiting);
        // Dropped outside the lock, since its destructor is application code.
        drop(deliver);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
