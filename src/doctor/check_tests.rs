//! Facts written down, and what doctor says of them.
