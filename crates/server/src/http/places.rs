//! How many sockets and streams of events each network holds in this process: nobody alone takes all that there may be.
//! Requests are limited by how many come in a minute; what stays open is limited here by how much of it there is.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache::RateKey;

/// When to try again without a place: one may have become free by then.
pub const LATER: Duration = Duration::from_secs(5);

/// Who holds how many.
type Held = Arc<Mutex<HashMap<Arc<str>, usize>>>;

/// The places of a process.
pub struct Places {
    most: usize,
    held: Held,
}

/// A place that is held until this is dropped.
pub struct Place {
    network: Arc<str>,
    held: Held,
}

impl Places {
    /// So many for each network.
    pub fn new(most: usize) -> Self {
        Self { most, held: Held::default() }
    }

    /// A place for somebody at this address; None when their network has no more. Those whose address is not known share
    /// one network.
    pub fn take(&self, address: Option<IpAddr>) -> Option<Place> {
        let network = address.map_or_else(String::new, |address| RateKey::address("", address).principal);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // One text for a network, however many places it holds.
        let network = held.get_key_value(network.as_str()).map_or_else(|| network.into(), |(known, _)| known.clone());
        let count = held.entry(network.clone()).or_default();
        if *count >= self.most {
            metrics::counter!("zapys_rate_limited_total", "scope" => "sockets").increment(1);
            // With a limit of none the entry was made just now.
            if *count == 0 {
                held.remove(&network);
            }
            return None;
        }
        *count += 1;
        drop(held);
        Some(Place { network, held: self.held.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_network_has_so_many_places_and_leaves_nothing_behind() {
        let places = Places::new(2);
        let take = |address: &str| places.take(Some(address.parse().unwrap()));
        let first = take("2001:db8:0:1::1").expect("a place");
        let second = take("2001:db8:0:1:ffff::2").expect("a place");
        assert!(take("2001:db8:0:1::3").is_none(), "a /64 is one network");
        let elsewhere = take("2001:db8:0:2::1").expect("others have their own");
        drop(first);
        let again = take("2001:db8:0:1::3");
        assert!(again.is_some(), "a place that is left is free");
        drop((elsewhere, again, second));
        assert!(places.held.lock().unwrap().is_empty());
        assert!(Places::new(0).take(None).is_none());
    }
}
