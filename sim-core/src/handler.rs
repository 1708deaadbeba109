//! The handlers of a protocol, and which of them is at work: what a panic, a limit and a watchdog tell of.

use crate::node::NodeId;
use crate::time::Time;

/// Which handler is at work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handler {
    /// `boot` and `on_start`.
    Start,
    /// `on_message`, with the message's kind.
    Message(&'static str),
    /// `on_timer`.
    Timer,
    /// `on_request`.
    Request,
    /// `on_stop`.
    Stop,
    /// `on_fault`.
    Fault,
    /// `on_sync_error`.
    SyncError,
}

impl std::fmt::Display for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Handler::Start => f.write_str("on_start"),
            Handler::Message(kind) => write!(f, "on_message {kind}"),
            Handler::Timer => f.write_str("on_timer"),
            Handler::Request => f.write_str("on_request"),
            Handler::Stop => f.write_str("on_stop"),
            Handler::Fault => f.write_str("on_fault"),
            Handler::SyncError => f.write_str("on_sync_error"),
        }
    }
}

/// Which handler is at work, in plain fields: they are written at every event, and read only when something goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtWork {
    running: bool,
    node: NodeId,
    work: Work,
    kind: &'static str,
}

/// A handler without its details.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Work {
    Start,
    Message,
    Timer,
    Request,
    Stop,
    Fault,
    SyncError,
}

impl Default for AtWork {
    fn default() -> Self {
        AtWork { running: false, node: NodeId(0), work: Work::Start, kind: "" }
    }
}

impl AtWork {
    /// What kind of message the next handler gets.
    #[inline]
    pub(crate) fn names(&mut self, kind: &'static str) {
        self.kind = kind;
    }
    #[inline]
    pub(crate) fn begin(&mut self, node: NodeId, work: Work) {
        (self.running, self.node, self.work) = (true, node, work);
    }
    #[inline]
    pub(crate) fn end(&mut self) {
        self.running = false;
    }

    /// The handler at work; `None` while the kernel itself is.
    pub(crate) fn handler(&self) -> Option<(NodeId, Handler)> {
        let handler = match self.work {
            Work::Start => Handler::Start,
            Work::Message => Handler::Message(self.kind),
            Work::Timer => Handler::Timer,
            Work::Request => Handler::Request,
            Work::Stop => Handler::Stop,
            Work::Fault => Handler::Fault,
            Work::SyncError => Handler::SyncError,
        };
        self.running.then_some((self.node, handler))
    }
}

/// Told before each handler: true time, node, handler. For a watchdog outside.
pub type Progress = Box<dyn FnMut(Time, NodeId, Handler)>;
