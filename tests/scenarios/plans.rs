//! Cost does not grow with history: every hot query of the store is asked for its plan on fifty
//! thousand incidents, and may neither read a whole table nor sort one.
