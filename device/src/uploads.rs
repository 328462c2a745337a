//! Files that a door has taken and no use case has used yet. In memory only: a file that is not evidence yet leaves
//! nothing behind.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::contract::Problem;
use crate::photo::LARGEST_FILE;

/// Largest file that a door takes, in bytes: it need not read further.
pub const LARGEST_UPLOAD: usize = LARGEST_FILE;

/// How long a file waits.
const WAITING: Duration = Duration::from_secs(600);
/// Most bytes that wait together; the oldest files give way.
const MOST_BYTES: usize = 3 * LARGEST_FILE;
/// Most files that wait together.
const MOST_FILES: usize = 32;

/// The waiting files of an open device.
#[derive(Default)]
pub(crate) struct Uploads {
    waiting: Mutex<Vec<Upload>>,
}

struct Upload {
    token: String,
    bytes: Arc<[u8]>,
    since: Instant,
}

impl Uploads {
    /// Takes a file and gives the word by which it is found again.
    ///
    /// # Errors
    /// `evidence_too_large`.
    pub fn put(&self, bytes: Vec<u8>, now: Instant) -> Result<String, Problem> {
        if bytes.len() > LARGEST_FILE {
            return Err(too_large(LARGEST_FILE));
        }
        let mut secret = [0u8; 16];
        getrandom::fill(&mut secret).map_err(|error| crate::problems::internal(&error))?;
        let token = uuid::Uuid::from_bytes(secret).simple().to_string();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|upload| now.duration_since(upload.since) < WAITING);
        let mut held: usize = waiting.iter().map(|upload| upload.bytes.len()).sum();
        while held + bytes.len() > MOST_BYTES || waiting.len() >= MOST_FILES {
            held -= waiting.remove(0).bytes.len();
        }
        waiting.push(Upload {
            token: token.clone(),
            bytes: bytes.into(),
            since: now,
        });
        Ok(token)
    }

    /// The bytes of a waiting file, which goes on waiting: a question may have to be answered first.
    pub fn get(&self, token: &str, now: Instant) -> Option<Arc<[u8]>> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let found = waiting.iter().find(|upload| upload.token == token);
        found
            .filter(|upload| now.duration_since(upload.since) < WAITING)
            .map(|upload| upload.bytes.clone())
    }

    /// Lets a file go.
    pub fn forget(&self, token: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|upload| upload.token != token);
    }
}

/// The problem of a file with more than `most` bytes.
pub(crate) fn too_large(most: usize) -> Problem {
    Problem::new("evidence_too_large").with("most", most / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_waits_until_it_is_let_go_and_no_longer_than_ten_minutes() {
        let (uploads, begun) = (Uploads::default(), Instant::now());
        let one = uploads.put(b"one".to_vec(), begun).unwrap();
        let two = uploads.put(b"two".to_vec(), begun).unwrap();
        assert_eq!(uploads.get(&one, begun).as_deref(), Some(b"one".as_slice()));
        assert_eq!(
            uploads.get(&one, begun).as_deref(),
            Some(b"one".as_slice()),
            "asking takes nothing away"
        );
        uploads.forget(&one);
        assert_eq!(uploads.get(&one, begun), None);
        assert_eq!(uploads.get(&two, begun + WAITING), None);
        assert_eq!(uploads.get("", begun), None);
    }

    #[test]
    fn the_oldest_files_give_way_so_memory_stays_bounded() {
        let (uploads, begun) = (Uploads::default(), Instant::now());
        let tokens: Vec<String> = (0..4)
            .map(|_| uploads.put(vec![7; LARGEST_FILE], begun).unwrap())
            .collect();
        let held: Vec<bool> = tokens
            .iter()
            .map(|token| uploads.get(token, begun).is_some())
            .collect();
        assert_eq!(held, [false, true, true, true]);
        let small: Vec<String> = (0..MOST_FILES + 1)
            .map(|_| uploads.put(vec![7], begun).unwrap())
            .collect();
        assert_eq!(uploads.get(&small[0], begun), None);
        assert!(uploads.get(&small[1], begun).is_some());
        let refused = uploads.put(vec![0; LARGEST_FILE + 1], begun).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.params["most"].as_str()),
            ("evidence_too_large", "20")
        );
    }
}
