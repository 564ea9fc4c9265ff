//! What the engine is told.

use crate::role::Role;

/// Something that happened in the incident or to a timer of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody acknowledged the incident. Answers every open `ask: acknowledge`.
    Acknowledged,
    /// The task of this step was done.
    TaskDone {
        /// Id of the step.
        step: String,
    },
    /// The task of this step was left undone, with a note why. Where the playbook says what happens
    /// when it fails, it has failed; otherwise it was not needed.
    TaskSkipped {
        /// Id of the step.
        step: String,
    },
    /// The question of this step was answered.
    Answered {
        /// Id of the step.
        step: String,
        /// The answer.
        yes: bool,
    },
    /// The organisation that this step asked reported the result.
    DispatchDone {
        /// Id of the step.
        step: String,
    },
    /// The organisation that this step asked refused, or the request was taken back.
    DispatchRefused {
        /// Id of the step.
        step: String,
    },
    /// The system that this step tells took the message.
    Delivered {
        /// Id of the step.
        step: String,
    },
    /// The system that this step tells will not get the message: it refused it, nobody reached it for
    /// a day, or there is no such target.
    Undelivered {
        /// Id of the step.
        step: String,
    },
    /// Something about the incident changed: conditions that are waited for are asked again.
    Changed,
    /// A timer armed by [`Effect::SetTimer`](super::Effect::SetTimer) fell due. Whether it is due
    /// is the caller's to judge: a demo may let its clocks run faster.
    Fired {
        /// Key of the timer.
        timer: String,
    },
    /// When a notice or task was resolved to persons, nobody held this role.
    NobodyHolds {
        /// Id of the step.
        step: String,
        /// The vacant role.
        role: Role,
    },
    /// Somebody wants the next escalation now: of the steps that wait, the one whose `late` is due
    /// first is late at once. Nothing waits so: nothing happens.
    Escalated {
        /// Who, as the people who are told read it.
        by: String,
        /// Why, in their words.
        reason: String,
    },
    /// The incident was closed, rejected or merged: whatever waits is cancelled.
    Ended,
}
