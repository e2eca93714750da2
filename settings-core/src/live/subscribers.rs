//! Who is told of events, each by a queue and a thread of its own, so that none waits for another.

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

/// Events that a subscriber has not taken yet; of more the oldest are dropped.
const WAITING: usize = 256;

/// Everyone who is told.
#[derive(Default)]
pub(super) struct Subscribers(Mutex<Vec<Arc<Queue>>>);

/// Keeps a callback subscribed; to drop it ends that.
#[must_use = "dropping it ends the subscription; `detach` keeps it as long as there are live settings"]
pub struct Subscription {
    queue: Arc<Queue>,
    detached: bool,
}

impl Subscription {
    /// Keeps the callback subscribed for as long as there are live settings.
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
            // Its panic is its own; the next event is told all the same.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| callback(&event)));
            true
        });
        Subscription {
            queue,
            detached: false,
        }
    }

    /// Sends each event into a channel, until its receiver is gone.
    pub(super) fn channel(&self) -> Receiver<Event> {
        // The queue waits, so that what is not taken stays bounded.
        let (sender, receiver) = mpsc::sync_channel(0);
        self.queue(move |event| sender.send(event).is_ok());
        receiver
    }

    /// Keeps the last event for everyone who awaits it, until all are gone. Who is looking at it holds up this thread alone.
    #[cfg(feature = "tokio")]
    pub(super) fn watch(&self) -> tokio::sync::watch::Receiver<Option<Event>> {
        let (sender, receiver) = tokio::sync::watch::channel(None);
        self.queue(move |event| sender.send(Some(event)).is_ok());
        receiver
    }

    /// Tells everyone, without waiting for anyone.
    pub(super) fn tell(&self, event: &Event) {
        self.lock().retain(|queue| queue.push(event.clone()));
    }

    fn queue(&self, give: impl FnMut(Event) -> bool + Send + 'static) -> Arc<Queue> {
        let queue = Arc::new(Queue(Mutex::new(Waiting {
            events: VecDeque::new(),
            give: Some(Box::new(give)),
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
            // What waits is still told.
            queue.close(false);
        }
    }
}

/// Events on their way to one subscriber.
struct Queue(Mutex<Waiting>);

/// Gives an event to the subscriber; tells whether it takes more.
type Give = Box<dyn FnMut(Event) -> bool + Send>;

struct Waiting {
    events: VecDeque<Event>,
    /// `None` while a thread has it, and when there will be no more.
    give: Option<Give>,
    /// There is one only while something waits, so that a subscriber who went away without a word leaves none behind.
    has_thread: bool,
    is_closed: bool,
}

impl Queue {
    /// Whether anyone still takes events.
    fn push(self: &Arc<Self>, event: Event) -> bool {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return false;
        }
        if waiting.events.len() == WAITING {
            waiting.events.pop_front();
        }
        waiting.events.push_back(event);
        if !waiting.has_thread {
            let queue = Arc::clone(self);
            let thread = thread::Builder::new().name("settings-subscriber".to_owned());
            // If there is none to be had now, the next event is another chance.
            waiting.has_thread = thread.spawn(move || queue.drain()).is_ok();
        }
        true
    }

    /// Gives what waits, until nothing does.
    fn drain(&self) {
        let mut give = self.lock().give.take();
        loop {
            let mut waiting = self.lock();
            let Some(event) = waiting.events.pop_front() else {
                waiting.has_thread = false;
                if !waiting.is_closed {
                    waiting.give = give;
                }
                return;
            };
            drop(waiting);
            if !give.as_mut().is_some_and(|give| give(event)) {
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
        // A thread that has begun takes it along.
        let give = if waiting.has_thread {
            None
        } else {
            waiting.give.take()
        };
        drop(waiting);
        // It may do anything when it is dropped.
        drop(give);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
