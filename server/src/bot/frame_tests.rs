//! What holds for every verb of a room: who may, what is forged, stale or repeated, what is said.
