use std::io::{self, ErrorKind, Read};

/// No name and no head is longer.
const SIZE: usize = 1 << 16;

/// A file read from front to back through one buffer.
pub(super) struct Reader<R> {
    file: R,
    buffer: Vec<u8>,
    /// What has been read and not been taken.
    start: usize,
    end: usize,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(file: R) -> Self {
        Self { file, buffer: vec![0; SIZE], start: 0, end: 0 }
    }

    /// Returns whether so many bytes are left.
    pub(super) fn has(&mut self, count: usize) -> io::Result<bool> {
        if self.end - self.start >= count {
            return Ok(true);
        }
        if count > SIZE {
            return Err(io::Error::new(ErrorKind::InvalidData, "a name in it is too long"));
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        while self.end < count {
            match self.file.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(more) => self.end += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Returns the next bytes.
    pub(super) fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        if !self.has(count)? {
            return Err(ends_early());
        }
        self.start += count;
        Ok(&self.buffer[self.start - count..self.start])
    }

    /// Returns the length of the name that comes next and ends with a zero.
    pub(super) fn peek_name(&mut self) -> io::Result<usize> {
        let mut seen = 0;
        loop {
            let rest = &self.buffer[self.start + seen..self.end];
            if let Some(zero) = memchr::memchr(0, rest) {
                return Ok(seen + zero);
            }
            seen += rest.len();
            if !self.has(seen + 1)? {
                return Err(ends_early());
            }
        }
    }

    /// Returns the next bytes up to a zero, which is taken too.
    pub(super) fn take_name(&mut self) -> io::Result<&[u8]> {
        let length = self.peek_name()?;
        Ok(&self.take(length + 1)?[..length])
    }

    /// Returns the next bytes, however many; as many as there really are take memory.
    pub(super) fn take_all(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let next = (count - bytes.len()).min(SIZE);
            bytes.extend_from_slice(self.take(next)?);
        }
        Ok(bytes)
    }

    /// Passes over bytes.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<()> {
        while count > 0 {
            let next = usize::try_from(count).unwrap_or(SIZE).min(SIZE);
            self.take(next)?;
            count -= next as u64;
        }
        Ok(())
    }
}

fn ends_early() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "it ends too early")
}
