//! The desk in the chat, on both databases: every plain verb.
