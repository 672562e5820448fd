//! Files that people name: read up to a limit, so that a device or a mistake takes no memory.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _};
use std::path::Path;

/// Reads a whole file of at most so many MiB.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let limit = most << 20;
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read <= limit) {
        return Ok(bytes);
    }
    Err(Error::new(ErrorKind::FileTooLarge, format!("it has more than {most} MiB")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(read(&path, 1).unwrap().len(), 1 << 20);
        std::fs::write(&path, vec![b'x'; (1 << 20) + 1]).unwrap();
        assert_eq!(read(&path, 1).unwrap_err().to_string(), "it has more than 1 MiB");
        assert_eq!(read(&path.join("none"), 1).unwrap_err().kind(), ErrorKind::NotADirectory);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_that_never_ends_is_refused() {
        assert_eq!(
            read(Path::new("/dev/zero"), 1).unwrap_err().to_string(),
            "it has more than 1 MiB"
        );
    }
}
