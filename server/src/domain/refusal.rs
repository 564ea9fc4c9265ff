//! The rules say no: one variant per reason, each with a stable code. The text that a person
//! reads comes from the catalogs under `refusal-CODE`.

use crate::domain::words::{DispatchState, State};

/// One bad field of a form or a JSON body.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name as the API and the form have it.
    pub field: &'static str,
    /// Key of the catalogs (`field-…`) that says what to do.
    pub key: &'static str,
    /// A number or word for the text, `{ $value }`.
    pub value: String,
}

impl FieldError {
    /// A field error without a value in its text.
    pub const fn new(field: &'static str, key: &'static str) -> Self {
        Self { field, key, value: String::new() }
    }

    /// A field error whose text names a limit or what was found.
    #[expect(clippy::needless_pass_by_value, reason = "callers name a number or a word in place")]
    pub fn with(field: &'static str, key: &'static str, value: impl ToString) -> Self {
        Self { field, key, value: value.to_string() }
    }
}

/// Why an action is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in.
    SignInFirst,
    /// The role does not do this.
    NotAllowed,
    /// The first password must be changed before anything else (Điều 4.2.b).
    ChangePasswordFirst,
    /// The role asks for a second factor, and the account has none yet.
    EnrolFirst,
    /// The password fits, and the second factor's code is missing; the secret of the waiting sign-in.
    CodeNeeded { step: String },
    /// The second factor's code is wrong, used or too old.
    WrongCode,
    /// What is asked is sensitive, and the password was last given too long ago.
    ProveFirst,
    /// E-mail or password are wrong; says no more, so that nobody learns which accounts exist.
    WrongPassword,
    /// Too many failures; seconds to wait.
    TooManyAttempts { wait_seconds: i64 },
    /// Too many requests; seconds to wait.
    TooManyRequests { wait_seconds: u64 },
    /// The link is expired, used, revoked or was never ours.
    LinkNotValid,
    /// The form's token does not fit the session.
    WrongCsrf,
    /// Some fields are bad.
    Fields(Vec<FieldError>),
    /// The report may contain state secrets: the offline route (Điều 3.2, 5.1.d). Nothing is stored.
    StateSecret,
    /// The incident cannot go there from here.
    WrongState { from: State, to: State },
    /// The dispatch cannot be answered so in its state.
    DispatchState { state: DispatchState },
    /// It is acknowledged already.
    AlreadyAcknowledged,
    /// A guard of closing: what is missing, as a key of the catalogs.
    NotReady { key: &'static str },
    /// Whoever proposed a version of a playbook does not decide on it: two persons do.
    OwnProposal,
    /// It was approved, refused or withdrawn already.
    AlreadyDecided,
    /// The closer led the case (design.md section 4 step 8).
    CloserLed,
    /// The recipient may not have this TLP.
    TlpForbids { recipient: String },
    /// The deadline was met, or the case is over.
    ClockMet,
    /// The same Idempotency-Key with another body.
    KeyReused,
    /// A request with this key took effect, and its answer is not there (yet).
    KeyUnderWay,
    /// A file carries a mark of state secrets (Điều 3.2); its bytes were not kept.
    FileSecret,
    /// The bytes of a file are not what was received: they are not handed out.
    EvidenceDamaged,
    /// The police hold the file: it is not handed to anybody else.
    EvidenceHeld,
    /// The rota is another by now: this shift, exchange or hand-over is not there any more.
    RotaMoved,
    /// The key or code exists already.
    Exists { what: String },
}

impl Refusal {
    /// The stable code of problem+json and the catalogs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SignInFirst => "sign_in_first",
            Self::NotAllowed => "not_allowed",
            Self::ChangePasswordFirst => "change_password_first",
            Self::ProveFirst => "prove_first",
            Self::EnrolFirst => "totp_enrol_first",
            Self::CodeNeeded { .. } => "totp_needed",
            Self::WrongCode => "totp_wrong",
            Self::WrongPassword => "wrong_password",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::LinkNotValid => "link_not_valid",
            Self::WrongCsrf => "wrong_csrf",
            Self::Fields(_) => "bad_fields",
            Self::StateSecret => "state_secret",
            Self::WrongState { .. } => "wrong_state",
            Self::DispatchState { .. } => "dispatch_state",
            Self::AlreadyAcknowledged => "already_acknowledged",
            Self::NotReady { .. } => "not_ready",
            Self::OwnProposal => "own_proposal",
            Self::AlreadyDecided => "already_decided",
            Self::CloserLed => "closer_led",
            Self::TlpForbids { .. } => "tlp_forbids",
            Self::ClockMet => "clock_met",
            Self::KeyReused => "key_reused",
            Self::KeyUnderWay => "key_under_way",
            Self::FileSecret => "file_secret",
            Self::EvidenceDamaged => "evidence_damaged",
            Self::EvidenceHeld => "evidence_held",
            Self::RotaMoved => "rota_moved",
            Self::Exists { .. } => "exists",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignInFirst | Self::WrongPassword | Self::CodeNeeded { .. } | Self::WrongCode => {
                401
            }
            Self::NotAllowed
            | Self::ChangePasswordFirst
            | Self::EnrolFirst
            | Self::ProveFirst
            | Self::WrongCsrf => 403,
            Self::TooManyAttempts { .. } | Self::TooManyRequests { .. } => 429,
            Self::LinkNotValid | Self::EvidenceDamaged => 410,
            Self::Fields(_)
            | Self::StateSecret
            | Self::FileSecret
            | Self::TlpForbids { .. }
            | Self::KeyReused => 422,
            Self::WrongState { .. }
            | Self::DispatchState { .. }
            | Self::AlreadyAcknowledged
            | Self::NotReady { .. }
            | Self::OwnProposal
            | Self::AlreadyDecided
            | Self::CloserLed
            | Self::ClockMet
            | Self::KeyUnderWay
            | Self::EvidenceHeld
            | Self::RotaMoved
            | Self::Exists { .. } => 409,
        }
    }
}
