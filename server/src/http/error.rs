//! The face of an error: problem+json (RFC 9457) for the API, a page for people, both in the
//! reader's language. 5xx are logged once, here; the reader sees the request's id, not the cause.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use serde_json::{Value, json};

use super::frame::RequestId;
use super::page::{Page, language};
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::error::Error;
use crate::texts::Texts;
pub(crate) use crate::texts::refusals::{field_text, refusal_text, words};

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.face().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct Face {
    page: Page,
    status: u16,
    heading: String,
    detail: String,
    request: String,
}

/// Gives every error that left a door its body.
pub(super) async fn face(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let res = next.call(req).await?;
    let (request, response) = res.into_parts();
    let answer = match response.error().and_then(|why| why.as_error::<Error>()) {
        Some(why) => body(&request, why),
        None => {
            return Ok(ServiceResponse::new(request, response).map_into_left_body());
        }
    };
    Ok(ServiceResponse::new(request, answer).map_into_right_body())
}

/// The answer of an error.
pub(super) fn body(req: &HttpRequest, why: &Error) -> HttpResponse {
    let id = req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let (status, code) = why.face();
    if status >= 500 {
        tracing::error!(request.id = %id, error = %why, "request failed: {code}");
    }
    let t = Texts(language(req));
    let path = req.path();
    let is_api = path.starts_with("/api/");
    if let (false, Error::Refused(refusal), "GET") = (is_api, why, req.method().as_str()) {
        let way = match refusal {
            Refusal::SignInFirst => {
                Some(format!("/dang-nhap?tiep={}", encoded(&req.uri().to_string())))
            }
            Refusal::ChangePasswordFirst => Some("/doi-mat-khau".to_owned()),
            Refusal::EnrolFirst => Some("/toi/xac-thuc".to_owned()),
            _ => None,
        };
        if let Some(way) = way {
            return HttpResponse::SeeOther().insert_header(("Location", way)).finish();
        }
    }
    let mut answer = HttpResponse::build(why.status_code());
    match why {
        Error::Unavailable(_) => {
            answer.insert_header((RETRY_AFTER, "5"));
        }
        Error::Refused(Refusal::KeyUnderWay) => {
            answer.insert_header((RETRY_AFTER, "1"));
        }
        Error::Refused(refusal) => {
            if let Some(seconds) = wait(refusal) {
                answer.insert_header((RETRY_AFTER, seconds));
            }
        }
        _ => {}
    }
    if is_api {
        return answer
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .body(problem(t, why, &id).to_string());
    }
    let (heading, detail) = words(t, why);
    let demo = req.app_data::<Data<App>>().is_some_and(|app| app.config().demo);
    let page = Page::bare(demo, req, "error-title").titled(heading.clone());
    let face = Face { page, status, heading, detail, request: id };
    match face.render() {
        Ok(html) => answer.content_type("text/html; charset=utf-8").body(html),
        Err(why) => {
            tracing::error!(error = %why, "the error page cannot be rendered");
            answer.content_type("text/plain; charset=utf-8").body(face.heading)
        }
    }
}

/// The seconds after which it may be tried again.
fn wait(why: &Refusal) -> Option<String> {
    match why {
        Refusal::TooManyRequests { wait_seconds } => Some(wait_seconds.to_string()),
        Refusal::TooManyAttempts { wait_seconds } => Some(wait_seconds.to_string()),
        _ => None,
    }
}

/// Says on a form that comes back when it may be sent again.
pub(crate) fn retry_after(mut answer: HttpResponse, why: &Refusal) -> HttpResponse {
    if let Some(seconds) = wait(why).and_then(|seconds| HeaderValue::from_str(&seconds).ok()) {
        answer.headers_mut().insert(RETRY_AFTER, seconds);
    }
    answer
}

/// A path and query as one query value.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect()
}

fn problem(t: Texts, why: &Error, request: &str) -> Value {
    let (status, code) = why.face();
    let (title, detail) = words(t, why);
    let mut body = json!({
        "type": format!("urn:dieuphoi:problem:{code}"),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request,
    });
    match why {
        Error::Refused(Refusal::Fields(fields)) => {
            body["errors"] = fields
                .iter()
                .map(|field| json!({"field": field.field, "message": field_text(t, field)}))
                .collect();
        }
        Error::Stale { now } => body["version"] = json!(now),
        Error::Refused(Refusal::StateSecret) => {
            body["offline_route"] = json!(t.t("secret-offline-route"));
        }
        _ => {}
    }
    body
}
