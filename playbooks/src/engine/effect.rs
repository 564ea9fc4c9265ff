//! What the engine wants done. The caller carries out all effects of one call, in their order, in
//! the transaction that keeps the run.

use crate::definition::{DispatchKind, Phase};
use crate::role::{Ask, Role};
use crate::span::Span;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Tell these roles, resolved to persons now. (run, step, firing, person, channel) names one
    /// message for ever: it is the key against doubling.
    Notify {
        /// Id of the step.
        step: String,
        /// Counts the notices of this step, from 0.
        firing: u32,
        /// To whom.
        to: Vec<Role>,
        /// What is asked; nothing when the answer is already there.
        ask: Option<Ask>,
        /// Words of the step's own, Vietnamese.
        text: Option<String>,
        /// Whether the step stands in a `late`: the notice says that somebody else was silent.
        late: bool,
        /// Why it is said now.
        why: Why,
    },
    /// Open a task for whoever holds the role, and tell them.
    Task {
        /// Id of the step.
        step: String,
        /// Whose work.
        to: Role,
        /// The phase it belongs to.
        phase: Phase,
        /// The instruction, Vietnamese.
        text: String,
        /// When it is due, counted from now.
        due_in: Option<Span>,
        /// Whether it can be done only with evidence attached.
        evidence_required: bool,
        /// Why it is given now.
        why: Why,
    },
    /// Send a request to another organisation.
    Dispatch {
        /// Id of the step.
        step: String,
        /// To whom.
        to: Role,
        /// What is asked.
        kind: DispatchKind,
        /// The legal ground.
        ground: String,
        /// What is asked, Vietnamese.
        text: String,
        /// How long it has to accept or refuse, counted from now.
        accept_in: Option<Span>,
        /// When the result is due, counted from now.
        due_in: Option<Span>,
        /// Whether the incident's evidence goes along.
        attach_evidence: bool,
    },
    /// Tell another system. What became of it comes back as
    /// [`Event::Delivered`](super::Event::Delivered) or
    /// [`Event::Undelivered`](super::Event::Undelivered).
    Webhook {
        /// Id of the step.
        step: String,
        /// Name of a target of the configuration.
        target: String,
        /// Words of the step's own, Vietnamese.
        text: Option<String>,
    },
    /// Put a question to whoever holds the role.
    Ask {
        /// Id of the step.
        step: String,
        /// Who decides.
        by: Role,
        /// The question, Vietnamese.
        question: String,
        /// When an answer is due, counted from now.
        due_in: Option<Span>,
    },
    /// A question needs no answer any more.
    WithdrawQuestion {
        /// Id of the step.
        step: String,
    },
    /// Arm a timer. The key is unique in the run; only [`rebase`](super::rebase) arms one again,
    /// after disarming it.
    SetTimer {
        /// Key, to be handed back in [`Event::Fired`](super::Event::Fired).
        key: String,
        /// When.
        due_at: DateTime<Utc>,
    },
    /// Disarm a timer.
    CancelTimer {
        /// Key of the timer.
        key: String,
    },
    /// Withdraw what of this step's notices has not been sent, on every channel.
    CancelNotices {
        /// Id of the step.
        step: String,
    },
    /// A line for the timeline; the words come from the reader's catalog by this code.
    ///
    /// Codes and arguments: `run_started {playbook, version}` · `step_late {step, waited}` ·
    /// `timer_late {timer, late_by}` · `step_answered {step}` · `task_done {step}` ·
    /// `nobody_holds {step, role}` · `nobody_left {step}` · `run_ended` ·
    /// `other_version {running, offered}` · `step_skipped {step}` · `condition_failed {step}` ·
    /// `question_asked {step, question}` · `question_answered {step, answer}` ·
    /// `dispatch_done {step}` · `request_refused {step}` · `variable_set {step, name, value}` ·
    /// `wait_over {step}` · `version_changed {from, to}` · `webhook_done {step}` ·
    /// `webhook_failed {step}` · `step_failed {step, reason}` (reason:
    /// `silence`, `undone`, `inside`, `rounds`, `unclear`) · `playbook_failed {step}` ·
    /// `round_begun {step, n, of}` · `step_escalated {step}`. Durations are in seconds.
    Note {
        /// Code of the sentence.
        code: &'static str,
        /// Its arguments.
        args: Vec<(&'static str, String)>,
    },
}

/// Why something is said now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// The run began.
    Opening,
    /// Another step stayed unanswered.
    Silence {
        /// Id of the silent step.
        step: String,
        /// How long it has been silent.
        waited: Span,
    },
    /// The same words again.
    Repeat {
        /// Which repeat, from 1.
        n: u32,
        /// How many there will be.
        of: u32,
    },
    /// Its turn came.
    Turn,
    /// A question was answered so.
    Decided {
        /// Id of the step that asked.
        step: String,
        /// The answer.
        yes: bool,
    },
    /// The organisation that was asked refused.
    Refused {
        /// Id of the step that asked.
        step: String,
    },
    /// The system that should have been told did not take the message.
    Undelivered {
        /// Id of the step.
        step: String,
    },
    /// A step failed: nobody did it in time, or somebody could not do it.
    Failed {
        /// Id of the step.
        step: String,
    },
    /// The step's condition could not be told, so that it did not happen.
    Unclear {
        /// Id of the step.
        step: String,
    },
    /// Somebody wanted the next escalation before its time.
    Escalated {
        /// Id of the step that waited.
        step: String,
        /// Who.
        by: String,
        /// Why, in their words.
        reason: String,
    },
    /// Nobody holds the role that should have been told; these are the next level.
    Vacant {
        /// Id of the step whose role is vacant.
        step: String,
        /// The vacant role.
        role: Role,
    },
}
