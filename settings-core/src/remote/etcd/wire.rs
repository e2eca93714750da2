//! The messages of etcd's API that are used here, with the fields that are. The numbers are those of its `rpc.proto` and
//! `kv.proto`.

use prost::{Message, Oneof};
use tonic::codegen::http::uri::PathAndQuery;

pub(super) const RANGE: PathAndQuery = PathAndQuery::from_static("/etcdserverpb.KV/Range");
pub(super) const WATCH: PathAndQuery = PathAndQuery::from_static("/etcdserverpb.Watch/Watch");
pub(super) const AUTHENTICATE: PathAndQuery =
    PathAndQuery::from_static("/etcdserverpb.Auth/Authenticate");

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResponseHeader {
    #[prost(int64, tag = "3")]
    pub(super) revision: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AuthenticateRequest {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) password: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct AuthenticateResponse {
    #[prost(string, tag = "2")]
    pub(super) token: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) range_end: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RangeResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) header: Option<ResponseHeader>,
    #[prost(message, repeated, tag = "2")]
    pub(super) kvs: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(super) mod_revision: i64,
    #[prost(bytes = "vec", tag = "5")]
    pub(super) value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct WatchRequest {
    #[prost(oneof = "WatchAsks", tags = "1, 3")]
    pub(super) asks: Option<WatchAsks>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum WatchAsks {
    #[prost(message, tag = "1")]
    Create(WatchCreateRequest),
    #[prost(message, tag = "3")]
    Progress(WatchProgressRequest),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct WatchCreateRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) range_end: Vec<u8>,
    #[prost(int64, tag = "3")]
    pub(super) start_revision: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct WatchProgressRequest {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct WatchResponse {
    #[prost(message, optional, tag = "1")]
    pub(super) header: Option<ResponseHeader>,
    #[prost(bool, tag = "3")]
    pub(super) created: bool,
    #[prost(bool, tag = "4")]
    pub(super) canceled: bool,
    #[prost(int64, tag = "5")]
    pub(super) compact_revision: i64,
    #[prost(string, tag = "6")]
    pub(super) cancel_reason: String,
    #[prost(message, repeated, tag = "11")]
    pub(super) events: Vec<Event>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    /// 0 writes, 1 deletes.
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) kv: Option<KeyValue>,
}

/// All keys that begin with this: the first, and the first beyond the last.
pub(super) fn range(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let first = prefix.as_bytes().to_vec();
    let mut beyond = first.clone();
    while let Some(last) = beyond.pop() {
        if let Some(next) = last.checked_add(1) {
            beyond.push(next);
            return (first, beyond);
        }
    }
    (vec![0], vec![0])
}

pub(super) fn revision(header: Option<&ResponseHeader>) -> u64 {
    header.map_or(0, |header| positive(header.revision))
}

/// Revisions are never negative.
pub(super) fn positive(revision: i64) -> u64 {
    u64::try_from(revision).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_ends_behind_the_last_key_of_its_prefix() {
        assert_eq!(range("/shop/"), (b"/shop/".to_vec(), b"/shop0".to_vec()));
        assert_eq!(range(""), (vec![0], vec![0]));
    }
}
