//! A body that breaks off.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use super::forward::Failure;
use super::rule::Armed;

/// The server throws away what it has not sent when a body fails; a client that reads has read all by then.
const SEND_TIME: Duration = Duration::from_millis(100);

/// The first bytes of a body, then an error, which closes the connection.
pub struct Cut {
    body: Incoming,
    bytes_left: usize,
    armed: Arc<Armed>,
    /// What it waits for before it fails.
    sent: Option<Pin<Box<Sleep>>>,
}

impl Cut {
    pub fn new(body: Incoming, bytes: usize, armed: Arc<Armed>) -> Self {
        Self { body, bytes_left: bytes, armed, sent: None }
    }

    /// What passes of some data. There is more than may pass: the fault has happened.
    fn pass(&mut self, mut data: Bytes) -> Bytes {
        if data.len() > self.bytes_left {
            data.truncate(self.bytes_left);
            self.armed.count();
            self.sent = Some(Box::pin(sleep(SEND_TIME)));
        }
        self.bytes_left -= data.len();
        data
    }
}

impl Body for Cut {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(sent) = &mut self.sent {
            ready!(sent.as_mut().poll(context));
            return Poll::Ready(Some(Err("the answer was cut".into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let passed = frame.map(|frame| match frame {
            Ok(frame) => Ok(frame.map_data(|data| self.pass(data))),
            Err(error) => Err(error.into()),
        });
        Poll::Ready(passed)
    }

    /// The client is promised the whole.
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
