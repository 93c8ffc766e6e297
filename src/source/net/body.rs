//! The bytes of an answer, as they come.

use std::io::{self, Read};

use crossbeam_channel::{Receiver, Sender};

use super::{NetError, Piece, wait};
use crate::domain::Control;

/// Bytes that are handed over at once.
const PIECE: usize = 64 * 1024;

/// The bytes of an answer. Dropping it ends the transfer.
pub struct Body {
    from: Receiver<Piece>,
    control: Control,
    host: String,
    /// Bytes that the head of the answer promised.
    promised: Option<u64>,
    largest: u64,
    got: u64,
    ended: bool,
    /// What [`Read`] has not given yet.
    rest: Vec<u8>,
    at: usize,
}

impl Body {
    pub(super) fn new(
        from: Receiver<Piece>,
        control: Control,
        host: String,
        largest: u64,
        length: Option<u64>,
        status: u16,
    ) -> Result<Self, NetError> {
        // These come without bytes, whatever their length says.
        let promised = length.filter(|_| !matches!(status, 204 | 304));
        if promised.is_some_and(|length| length > largest) {
            return Err(NetError::TooLarge { host, largest });
        }
        Ok(Self { from, control, host, promised, largest, got: 0, ended: false, rest: Vec::new(), at: 0 })
    }

    /// The next bytes, at most 64 KiB; `None` at the end.
    ///
    /// # Errors
    /// [`NetError::Truncated`] where fewer bytes came than the answer promised, [`NetError::TooLarge`], what broke the
    /// connection, [`NetError::Cancelled`].
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>, NetError> {
        if self.ended {
            return Ok(None);
        }
        match wait(&self.from, &self.control)? {
            Some(Piece::Bytes(bytes)) => {
                self.got += bytes.len() as u64;
                if self.got > self.largest {
                    self.ended = true;
                    return Err(NetError::TooLarge { host: self.host.clone(), largest: self.largest });
                }
                Ok(Some(bytes))
            }
            Some(Piece::Failed(NetError::Truncated { host, .. })) => {
                Err(NetError::Truncated { host, got: self.got, promised: self.promised })
            }
            Some(Piece::Failed(error)) => Err(error),
            Some(Piece::Head { .. }) => Err(NetError::ended(&self.host)),
            None => {
                self.ended = true;
                match self.promised {
                    Some(promised) if self.got < promised => {
                        Err(NetError::Truncated { host: self.host.clone(), got: self.got, promised: self.promised })
                    }
                    _ => Ok(None),
                }
            }
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("host", &self.host).field("got", &self.got).finish_non_exhaustive()
    }
}

impl Read for Body {
    /// Errors hold a [`NetError`].
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.at == self.rest.len() {
            match self.next_piece().map_err(io::Error::other)? {
                Some(piece) => (self.rest, self.at) = (piece, 0),
                None => return Ok(0),
            }
        }
        let count = to.len().min(self.rest.len() - self.at);
        to[..count].copy_from_slice(&self.rest[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Hands over what `reader` gives until its end, its first error, or the end of interest.
pub(super) fn forward(mut reader: impl Read, host: &str, to: &Sender<Piece>) {
    loop {
        let mut piece = vec![0; PIECE];
        match reader.read(&mut piece) {
            Ok(0) => return,
            Ok(count) => {
                piece.truncate(count);
                if to.send(Piece::Bytes(piece)).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let _ = to.send(Piece::Failed(NetError::of_ureq(error.into(), host)));
                return;
            }
        }
    }
}
