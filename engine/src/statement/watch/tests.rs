use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use arrow::array::Int32Array;
use arrow::datatypes::{DataType, Field, Schema};
use futures::{FutureExt, TryStreamExt};

use super::*;
use crate::error::of_datafusion;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(30);

/// Counts the batches that were asked for, and tells when it is dropped.
struct Source {
    asked: Arc<AtomicUsize>,
    held: Arc<()>,
    rows: SendableRecordBatchStream,
}

impl Source {
    /// `batches` of one row each, then what `end` says.
    fn new(batches: usize, end: impl Future<Output = Option<DfResult<RecordBatch>>> + Send + 'static) -> Self {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, false)]));
        let (asked, held) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
        let (count, alive, columns) = (asked.clone(), held.clone(), schema.clone());
        let rows = stream::iter(0..batches).map(move |n| {
            let _alive = &alive;
            count.fetch_add(1, Ordering::SeqCst);
            let column = Int32Array::from(vec![i32::try_from(n).unwrap()]);
            Ok(RecordBatch::try_new(columns.clone(), vec![Arc::new(column)])?)
        });
        let rows = rows.chain(end.into_stream().filter_map(std::future::ready));
        Self { asked, held, rows: Box::pin(RecordBatchStreamAdapter::new(schema, rows)) }
    }

    /// Waits until the stream and what was held with it are gone.
    async fn is_let_go(held: &Arc<()>) {
        let begun = Instant::now();
        while Arc::strong_count(held) > 1 {
            assert!(begun.elapsed() < LONG, "it is still held");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Threads that outlive the test.
fn work() -> &'static Work {
    static WORK: LazyLock<Work> = LazyLock::new(|| Work::new().unwrap());
    &WORK
}

/// A query that computes without a pause, as a join of large batches does.
#[tokio::test]
async fn a_query_that_computes_without_a_pause_holds_nobody_up() {
    const BUSY: Duration = Duration::from_secs(2);
    let stubborn = async {
        let begun = Instant::now();
        while begun.elapsed() < BUSY {
            std::hint::spin_loop();
        }
        None
    };
    let source = Source::new(0, stubborn);
    let begun = Instant::now();
    let limits = Limits { deadline: Some(Deadline::after(SHORT)), abandoned_after: None };
    let stream = watch(work(), source.rows, limits, pending(), ());
    // The one thread of this runtime is free meanwhile.
    tokio::time::sleep(SHORT).await;
    assert!(begun.elapsed() < BUSY, "the computation came first");
    assert!(stream.try_collect::<Vec<_>>().await.is_err() || begun.elapsed() >= BUSY);
}

fn no_limits() -> Limits {
    Limits { deadline: None, abandoned_after: None }
}

async fn told(stream: SendableRecordBatchStream) -> Error {
    of_datafusion(stream.try_collect::<Vec<_>>().await.unwrap_err())
}

#[tokio::test]
async fn all_rows_come_in_order_and_one_batch_is_kept_ready() {
    let source = Source::new(100, async { None });
    let (asked, held) = (source.asked, source.held);
    let mut stream = watch(work(), source.rows, no_limits(), pending(), held.clone());
    tokio::time::sleep(SHORT).await;
    // One waits in the channel and one to be put there.
    assert!(asked.load(Ordering::SeqCst) <= 2);
    let mut rows = Vec::new();
    while let Some(batch) = stream.next().await {
        rows.push(batch.unwrap().column(0).as_any().downcast_ref::<Int32Array>().unwrap().value(0));
    }
    assert_eq!(rows, (0..100).collect::<Vec<_>>());
    Source::is_let_go(&held).await;
}

#[tokio::test]
async fn an_error_comes_after_the_rows_before_it_and_ends_them() {
    let end = async { Some(Err(into_datafusion(Error::new(Code::MEMORY_LIMIT, "no more")))) };
    let source = Source::new(3, end);
    let mut stream = watch(work(), source.rows, no_limits(), pending(), source.held.clone());
    for _ in 0..3 {
        assert!(stream.next().await.unwrap().is_ok());
    }
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(of_datafusion(error).code, Code::MEMORY_LIMIT);
    // By then nothing is held any more, so that the query can be run again.
    assert_eq!(Arc::strong_count(&source.held), 1);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn what_breaks_does_not_look_like_the_end() {
    let source = Source::new(3, async { panic!("a defect") });
    let error = told(watch(work(), source.rows, no_limits(), pending(), ())).await;
    assert_eq!(error.code, Code::INTERNAL);
}

#[tokio::test]
async fn a_query_ends_when_its_time_is_up_even_if_nobody_reads() {
    let source = Source::new(1, pending());
    let limits = Limits { deadline: Some(Deadline::after(SHORT)), abandoned_after: None };
    let stream = watch(work(), source.rows, limits, pending(), source.held.clone());
    Source::is_let_go(&source.held).await;
    assert_eq!(told(stream).await.code, Code::TIMEOUT);
}

#[tokio::test]
async fn a_result_that_nobody_reads_is_given_up() {
    let source = Source::new(1000, async { None });
    let limits = Limits { deadline: None, abandoned_after: Some(SHORT) };
    let mut stream = watch(work(), source.rows, limits, pending(), source.held.clone());
    assert!(stream.next().await.unwrap().is_ok());
    Source::is_let_go(&source.held).await;
    let error = told(stream).await;
    assert_eq!((error.code, error.message.contains("was taken")), (Code::TIMEOUT, true), "{error}");
}

#[tokio::test]
async fn a_slow_query_is_not_an_abandoned_one() {
    let slow = async {
        tokio::time::sleep(SHORT * 4).await;
        None
    };
    let source = Source::new(1, slow);
    let limits = Limits { deadline: None, abandoned_after: Some(SHORT) };
    assert_eq!(watch(work(), source.rows, limits, pending(), ()).try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn dropping_the_rows_lets_the_query_go() {
    let source = Source::new(1, pending());
    let mut stream = watch(work(), source.rows, no_limits(), pending(), source.held.clone());
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    Source::is_let_go(&source.held).await;
}

#[tokio::test]
async fn rows_that_stop_arriving_are_no_end() {
    let source = Source::new(2, pending());
    let mut rows = arriving(source.rows, Some(SHORT));
    for _ in 0..2 {
        assert!(rows.next().await.unwrap().is_ok());
    }
    assert_eq!(of_datafusion(rows.next().await.unwrap().unwrap_err()).code, Code::TIMEOUT);
    assert!(rows.next().await.is_none());
    let source = Source::new(2, async { None });
    assert_eq!(arriving(source.rows, Some(LONG)).try_collect::<Vec<_>>().await.unwrap().len(), 2);
}
