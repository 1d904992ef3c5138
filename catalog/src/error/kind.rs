//! What the caller can do about an error.

use std::fmt;

/// Few on purpose: a client branches on the kind and shows the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Change the request.
    InvalidRequest,
    /// Sign in, or sign in again.
    Unauthenticated,
    /// Ask whoever owns the data or the system.
    PermissionDenied,
    /// Name something that exists.
    NotFound,
    /// Choose another name.
    AlreadyExists,
    /// Read again, then retry.
    Conflict,
    /// Ask for less, wait, or have a limit raised.
    ResourceExhausted,
    /// Nothing: somebody asked for it.
    Cancelled,
    /// Ask for less or allow more time.
    Timeout,
    /// Retry later.
    Unavailable,
    /// Repair or restore the data.
    CorruptData,
    /// Say it another way; this will not work here.
    Unsupported,
    /// Report a bug, with the id in the log.
    Internal,
}

impl Kind {
    /// Whether the very same request may succeed later without anybody changing anything.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Conflict | Self::ResourceExhausted | Self::Timeout | Self::Unavailable)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidRequest => "invalid request",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission denied",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::Conflict => "conflict",
            Self::ResourceExhausted => "resource exhausted",
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::CorruptData => "corrupt data",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
        })
    }
}
