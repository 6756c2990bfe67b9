//! Who may talk.
