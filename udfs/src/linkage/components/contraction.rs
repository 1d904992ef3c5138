//! Connected components in few rounds of equi-joins, for graphs that no single process holds: randomised contraction (Bögeholz, Brand
//! and Todor, *In-database connected component analysis*, ICDE 2020, arXiv 1802.09478).
//!
//! A round gives every vertex a random rank, lets it choose the vertex of the lowest rank among itself and its neighbours as its
//! representative, and replaces the ends of all edges by their representatives; loops and repetitions go. In expectation at most 3/4
//! of the vertices with edges are left, whatever the graph, since ranks are drawn anew each round. When no edge is left, a vertex'
//! component is the representative of its representative, and so on.
//!
//! As a procedure of SQL, with `e(v, w)` holding each edge in both directions, in round `i`:
//!
//! ```sql
//! CREATE TABLE r_i AS SELECT v, vertex_of_rank(least(vertex_rank(v, i), min(vertex_rank(w, i))), i) AS rep FROM e GROUP BY v;
//! CREATE TABLE e_next AS SELECT DISTINCT a.rep AS v, b.rep AS w FROM e JOIN r_i a ON a.v = e.v JOIN r_i b ON b.v = e.w
//!   WHERE a.rep <> b.rep;
//! -- after the last round n, from n down to 1: the component of v is what its representative's became.
//! r = SELECT a.v, coalesce(b.rep, a.rep) AS rep FROM r_(i) a LEFT JOIN r b ON b.v = a.rep
//! ```
//!
//! Ranks are a permutation of the 64-bit numbers for each round, so that ranks never tie and the lowest rank tells the vertex.

use std::collections::{BTreeMap, BTreeSet};

/// Rounds beyond which chance does not go: (3/4)^200 of 2^63 vertices is none.
pub const ROUNDS_MAX: u64 = 200;

const ODD: [u64; 2] = [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The rank of a vertex in a round: SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014), begun at a place of the round.
pub fn rank(vertex: i64, round: u64) -> i64 {
    let mut bits = vertex.cast_unsigned() ^ scramble(round.wrapping_mul(STEP));
    bits = scramble(bits.wrapping_add(STEP));
    bits.cast_signed()
}

/// The vertex that has a rank in a round.
pub fn vertex(rank: i64, round: u64) -> i64 {
    let bits = unscramble(rank.cast_unsigned()).wrapping_sub(STEP);
    (bits ^ scramble(round.wrapping_mul(STEP))).cast_signed()
}

fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(ODD[0]);
    bits = (bits ^ (bits >> 27)).wrapping_mul(ODD[1]);
    bits ^ (bits >> 31)
}

fn unscramble(mut bits: u64) -> u64 {
    bits = unshift(bits, 31).wrapping_mul(inverse(ODD[1]));
    bits = unshift(bits, 27).wrapping_mul(inverse(ODD[0]));
    unshift(bits, 30)
}

/// Undoes `x ^ (x >> by)` for shifts from 22 to 31.
fn unshift(bits: u64, by: u32) -> u64 {
    bits ^ (bits >> by) ^ (bits >> (2 * by))
}

/// Of an odd number modulo 2^64: Newton's iteration doubles the right bits, of which three are there at first.
fn inverse(odd: u64) -> u64 {
    (0..5).fold(odd, |found, _| found.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(found))))
}

/// What a round makes of a graph: each vertex' representative, and the edges among these, in both directions, sorted.
pub fn contract(edges: &[(i64, i64)], round: u64) -> (BTreeMap<i64, i64>, Vec<(i64, i64)>) {
    let mut lowest: BTreeMap<i64, i64> = BTreeMap::new();
    for (one, other) in edges.iter().flat_map(|(v, w)| [(*v, *w), (*w, *v)]) {
        let rank = rank(other, round).min(rank(one, round));
        lowest.entry(one).and_modify(|least| *least = rank.min(*least)).or_insert(rank);
    }
    let representatives: BTreeMap<i64, i64> =
        lowest.into_iter().map(|(node, rank)| (node, vertex(rank, round))).collect();
    let ends = edges.iter().flat_map(|(v, w)| {
        let (v, w) = (representatives[v], representatives[w]);
        [(v, w), (w, v)]
    });
    let left: BTreeSet<(i64, i64)> = ends.filter(|(v, w)| v != w).collect();
    (representatives, left.into_iter().collect())
}

/// Each vertex with a vertex of its component, the same for all of that component, and how many rounds it took.
pub fn components(edges: &[(i64, i64)]) -> (BTreeMap<i64, i64>, u64) {
    let (mut rounds, mut left) = (Vec::new(), edges.to_vec());
    while !left.is_empty() && (rounds.len() as u64) < ROUNDS_MAX {
        let (representatives, edges) = contract(&left, rounds.len() as u64 + 1);
        rounds.push(representatives);
        left = edges;
    }
    let count = rounds.len() as u64;
    let mut found = BTreeMap::new();
    for mut representatives in rounds.into_iter().rev() {
        representatives.values_mut().for_each(|of| *of = found.get(of).copied().unwrap_or(*of));
        found = representatives;
    }
    (found, count)
}
