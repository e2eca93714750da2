//! Rules for values without a text, such as defaults that are expressions.

use crate::value::observer::{Number, ValueObserver};
use crate::value::path::Segment;
use secrecy::{ExposeSecret, SecretBox};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroize;

/// A value that rules can check without its text.
pub trait Measured {
    /// Makes the calls to `watch` that the decoding of this value would make.
    fn measure(&self, watch: &mut dyn ValueObserver);
}

impl Measured for str {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        watch.text(self);
    }
}

impl Measured for String {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        watch.text(self);
    }
}

impl Measured for Path {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        watch.text(&self.to_string_lossy());
    }
}

impl Measured for PathBuf {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        self.as_path().measure(watch);
    }
}

impl Measured for char {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        watch.text(self.encode_utf8(&mut [0; 4]));
    }
}

impl Measured for bool {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        watch.truth(*self);
    }
}

impl Measured for Duration {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        watch.duration(*self);
    }
}

macro_rules! numbers {
    ($($type:ty as $number:ty),*) => {$(
        impl Measured for $type {
            #[allow(clippy::cast_lossless, reason = "the same for sizes, which have no `From`")]
            fn measure(&self, watch: &mut dyn ValueObserver) {
                watch.number(Number::from(*self as $number));
            }
        }
    )*};
}
numbers!(
    i8 as i8,
    i16 as i16,
    i32 as i32,
    i64 as i64,
    i128 as i128,
    isize as i64,
    u8 as u8,
    u16 as u16,
    u32 as u32,
    u64 as u64,
    u128 as u128,
    usize as u64,
    f32 as f32,
    f64 as f64
);

macro_rules! nonzero {
    ($($type:ty)*) => {$(
        impl Measured for NonZero<$type> {
            fn measure(&self, watch: &mut dyn ValueObserver) {
                self.get().measure(watch);
            }
        }
    )*};
}
nonzero!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! displayed {
    ($($type:ty)*) => {$(
        impl Measured for $type {
            fn measure(&self, watch: &mut dyn ValueObserver) {
                watch.text(&self.to_string());
            }
        }
    )*};
}
displayed!(IpAddr Ipv4Addr Ipv6Addr SocketAddr SocketAddrV4 SocketAddrV6);

macro_rules! through {
    ($($type:ty)*) => {$(
        impl<T: Measured + ?Sized> Measured for $type {
            fn measure(&self, watch: &mut dyn ValueObserver) {
                (**self).measure(watch);
            }
        }
    )*};
}
through!(&T Box<T> Arc<T> Rc<T>);

impl<T: Measured + ToOwned + ?Sized> Measured for Cow<'_, T> {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        (**self).measure(watch);
    }
}

impl<T: Measured + Zeroize + ?Sized> Measured for SecretBox<T> {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        self.expose_secret().measure(watch);
    }
}

impl<T: Measured> Measured for Option<T> {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        if let Some(value) = self {
            value.measure(watch);
        }
    }
}

impl<T: Measured> Measured for [T] {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        list(self.iter(), watch);
    }
}

impl<T: Measured, const N: usize> Measured for [T; N] {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        list(self.iter(), watch);
    }
}

macro_rules! lists {
    ($($type:ident<$($parameter:ident),*>)*) => {$(
        impl<T: Measured, $($parameter),*> Measured for $type<T, $($parameter),*> {
            fn measure(&self, watch: &mut dyn ValueObserver) {
                list(self.iter(), watch);
            }
        }
    )*};
}
lists!(Vec<> VecDeque<> BTreeSet<> HashSet<S>);

impl<K: ToString, T: Measured> Measured for BTreeMap<K, T> {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        map(self.iter(), watch);
    }
}

impl<K: ToString, T: Measured, S> Measured for HashMap<K, T, S> {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        map(self.iter(), watch);
    }
}

#[cfg(feature = "indexmap")]
impl<K: ToString, T: Measured, S> Measured for indexmap::IndexMap<K, T, S> {
    fn measure(&self, watch: &mut dyn ValueObserver) {
        map(self.iter(), watch);
    }
}

fn list<'v, T: Measured + 'v>(
    values: impl ExactSizeIterator<Item = &'v T>,
    watch: &mut dyn ValueObserver,
) {
    let length = values.len();
    for (index, value) in values.enumerate() {
        let mark = watch.enter();
        value.measure(watch);
        watch.leave(mark, Segment::Index(index));
    }
    watch.list(length);
}

fn map<'v, K: ToString + 'v, T: Measured + 'v>(
    members: impl ExactSizeIterator<Item = (&'v K, &'v T)>,
    watch: &mut dyn ValueObserver,
) {
    let length = members.len();
    for (key, value) in members {
        let mark = watch.enter();
        value.measure(watch);
        watch.leave(mark, Segment::Name(&key.to_string()));
    }
    watch.list(length);
}
