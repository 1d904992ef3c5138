//! How clusters agree with the truth, from how many records each cluster shares with each true one.

use std::collections::BTreeMap;
use std::hash::Hash;

/// Precision, recall, and their harmonic mean. NaN where nothing was said (precision) or there was nothing to find (recall).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

impl Score {
    fn of(precision: f64, recall: f64) -> Self {
        let f1 =
            if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { precision + recall };
        Score { precision, recall, f1 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    pub records: u64,
    pub clusters: u64,
    pub true_clusters: u64,
    /// Of pairs of records: are they in one cluster.
    pub pairs: Score,
    /// Of records, on average: which part of its cluster belongs to it, and which part of its true cluster it is with (Bagga and
    /// Baldwin, *Entity-based cross-document coreferencing using the vector space model*, ACL 1998).
    pub b_cubed: Score,
    pub largest: u64,
}

/// Of (cluster, true cluster) with the number of records that are in both.
pub fn agreement<C: Eq + Hash + Ord, T: Eq + Hash + Ord>(shared: &BTreeMap<(C, T), u64>) -> Agreement {
    let (mut clusters, mut truths): (BTreeMap<&C, u64>, BTreeMap<&T, u64>) = Default::default();
    for ((cluster, truth), count) in shared {
        *clusters.entry(cluster).or_default() += count;
        *truths.entry(truth).or_default() += count;
    }
    let records: u64 = clusters.values().sum();
    // Counts of pairs pass 2^53 only beyond a cluster of 10^8 records.
    let pairs =
        |counts: &mut dyn Iterator<Item = &u64>| counts.map(|n| *n as f64 * (*n as f64 - 1.0) / 2.0).sum::<f64>();
    let both = pairs(&mut shared.values());
    let (told, true_pairs) = (pairs(&mut clusters.values()), pairs(&mut truths.values()));
    let share = |of: &dyn Fn(&C, &T) -> u64| {
        let part = |((cluster, truth), count): (&(C, T), &u64)| (*count as f64).powi(2) / of(cluster, truth) as f64;
        shared.iter().map(part).sum::<f64>() / records as f64
    };
    Agreement {
        records,
        clusters: clusters.len() as u64,
        true_clusters: truths.len() as u64,
        pairs: Score::of(both / told, both / true_pairs),
        b_cubed: Score::of(share(&|cluster, _| clusters[cluster]), share(&|_, truth| truths[truth])),
        largest: clusters.values().copied().max().unwrap_or(0),
    }
}
