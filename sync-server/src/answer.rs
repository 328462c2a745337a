//! What the server answers when it does not do as asked: a status, a code, and nothing of its inside.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cotmoc_core::exchange::ServerProblem;
use cotmoc_ledger::LedgerError;

/// A refusal of a whole request. The device has the words for each code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The body is not what it should be.
    Malformed,
    /// The body is larger than its cap.
    TooLarge,
    /// The sender made no progress.
    Stalled,
    /// The message is of a version that this server does not speak.
    ProtocolVersion,
    /// No such province here.
    ProvinceUnknown,
    /// The device has no grant in this province.
    NotEnrolled,
    /// The signature of the request or the proof of the enrolment does not fit.
    BadSignature,
    /// Too many failed tries; seconds to wait.
    TooManyAttempts(u64),
    /// The beginning of a body is not here any more: it is to be sent whole.
    ParcelGone,
    /// The invitation's code is unknown.
    InvitationUnknown,
    /// Another device has used the invitation.
    InvitationUsed,
    /// The invitation has expired by the server's clock.
    InvitationExpired,
    /// The device has a grant in this province, or had one that was revoked: it needs a new key.
    AlreadyEnrolled,
    /// The device was invited by another authority than the one here.
    WrongAuthority,
    /// The device's label is empty, too long or not one line.
    LabelInvalid,
    /// More work than the server can take on now; come back later.
    Busy,
    /// The server's disk is full; nothing was taken.
    DiskFull,
    /// No such path.
    NoSuchPath,
    /// The path takes another method.
    WrongMethod,
    /// The server failed; its log says why.
    Internal,
}

impl Problem {
    /// The code in the answer.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::Stalled => "stalled",
            Self::ProtocolVersion => "protocol_version",
            Self::ProvinceUnknown => "province_unknown",
            Self::NotEnrolled => "not_enrolled",
            Self::BadSignature => "bad_signature",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::ParcelGone => "parcel_gone",
            Self::InvitationUnknown => "invitation_unknown",
            Self::InvitationUsed => "invitation_used",
            Self::InvitationExpired => "invitation_expired",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::WrongAuthority => "wrong_authority",
            Self::LabelInvalid => "label_invalid",
            Self::Busy => "busy",
            Self::DiskFull => "disk_full",
            Self::NoSuchPath => "no_such_path",
            Self::WrongMethod => "wrong_method",
            Self::Internal => "internal",
        }
    }

    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::LabelInvalid => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
            Self::ProtocolVersion => StatusCode::UPGRADE_REQUIRED,
            Self::ProvinceUnknown | Self::InvitationUnknown | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::NotEnrolled => StatusCode::FORBIDDEN,
            Self::BadSignature => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::InvitationUsed | Self::AlreadyEnrolled | Self::WrongAuthority | Self::ParcelGone => {
                StatusCode::CONFLICT
            }
            Self::InvitationExpired => StatusCode::GONE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which to come back, where waiting helps. A whole province that was turned away must not
    /// come back in the same second.
    fn retry_after(self) -> Option<u64> {
        let spread = |most: u64| getrandom::u64().unwrap_or(0) % most;
        match self {
            Self::Busy => Some(5 + spread(16)),
            Self::DiskFull => Some(300 + spread(300)),
            Self::TooManyAttempts(seconds) => Some(seconds + spread(5)),
            _ => None,
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::DiskFull => Self::DiskFull,
            error => {
                tracing::error!(%error, "the store failed");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&ServerProblem {
            code: self.code().to_owned(),
        })
        .unwrap_or_default();
        let mut response =
            (self.status(), [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if let Some(seconds) = self.retry_after() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_turned_away_together_are_not_asked_back_together() {
        let waits: std::collections::BTreeSet<_> =
            (0..100).filter_map(|_| Problem::Busy.retry_after()).collect();
        assert!(waits.len() > 5, "{waits:?}");
        assert!(waits.iter().all(|wait| (5..=20).contains(wait)), "{waits:?}");
    }
}
