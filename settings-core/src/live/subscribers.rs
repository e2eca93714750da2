//! Who is told of events, each by a queue of its own, so that none waits for another.

use super::event::Event;
use std::{
    collections::VecDeque,
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
};

/// Events that a subscriber has not taken yet; of more the oldest are dropped.
const WAITING: usize = 256;

/// Everyone who is told.
#[derive(Default)]
pub(super) struct Subscribers(Mutex<Vec<Told>>);

enum Told {
    Queue(Arc<Queue>),
    #[cfg(feature = "tokio")]
    Watch(tokio::sync::watch::Sender<Option<Event>>),
}

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

    #[cfg(feature = "tokio")]
    pub(super) fn watch(&self) -> tokio::sync::watch::Receiver<Option<Event>> {
        let (sender, receiver) = tokio::sync::watch::channel(None);
        self.lock().push(Told::Watch(sender));
        receiver
    }

    /// Tells everyone, without waiting for anyone.
    pub(super) fn tell(&self, event: &Event) {
        self.lock().retain(|told| match told {
            Told::Queue(queue) => queue.push(event.clone()),
            #[cfg(feature = "tokio")]
            Told::Watch(sender) => sender.send(Some(event.clone())).is_ok(),
        });
    }

    fn queue(&self, mut give: impl FnMut(Event) -> bool + Send + 'static) -> Arc<Queue> {
        let queue = Arc::new(Queue::default());
        let taken = Arc::clone(&queue);
        let run = move || {
            while let Some(event) = taken.pop() {
                if !give(event) {
                    break;
                }
            }
            taken.close(true);
        };
        // Without a thread nobody is told, and the queue says so by being closed.
        match thread::Builder::new()
            .name("settings-subscriber".to_owned())
            .spawn(run)
        {
            Ok(_) => self.lock().push(Told::Queue(Arc::clone(&queue))),
            Err(_) => queue.close(true),
        }
        queue
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscribers {
    fn drop(&mut self) {
        let told = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for told in told.drain(..) {
            match told {
                // What waits is still told.
                Told::Queue(queue) => queue.close(false),
                #[cfg(feature = "tokio")]
                Told::Watch(_) => {}
            }
        }
    }
}

/// Events on their way to one subscriber.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    is_closed: bool,
}

impl Queue {
    /// Whether anyone still takes events.
    fn push(&self, event: Event) -> bool {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return false;
        }
        if waiting.events.len() == WAITING {
            waiting.events.pop_front();
        }
        waiting.events.push_back(event);
        self.changed.notify_one();
        true
    }

    /// The next event, once there is one; `None` when there will be no more.
    fn pop(&self) -> Option<Event> {
        let mut waiting = self.lock();
        loop {
            if let Some(event) = waiting.events.pop_front() {
                return Some(event);
            }
            if waiting.is_closed {
                return None;
            }
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self, at_once: bool) {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        if at_once {
            waiting.events.clear();
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
