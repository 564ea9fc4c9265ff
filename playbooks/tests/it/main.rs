//! The crate's tests from outside: bad files, the escalation's story, invariants, the library.

#[cfg(test)]
mod bad_files;
#[cfg(test)]
mod cacao;
#[cfg(test)]
mod cacao_broken;
#[cfg(test)]
mod caller;
#[cfg(test)]
mod failure;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod language;
#[cfg(test)]
mod manual;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod story;
#[cfg(test)]
mod walks;
