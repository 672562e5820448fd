//! A call whose answer was lost, and which may have been done all the same.

use std::time::Duration;

use super::{Arm, Purpose};
use crate::arm::error::Error;
use crate::arm::request::{Answer, Conditions, Method, Request};
use crate::arm::retry::Retry;

impl Arm {
    /// A call of which an answer was lost may have been done all the same. After a creation, what
    /// stands there now is the answer, and the caller follows and checks it as its own; of a change
    /// and a deletion the caller is told, who knows what was wished for.
    pub(super) async fn done_before(
        &self,
        request: &Request,
        refusal: &Answer,
        until: Duration,
    ) -> Result<Answer, Error> {
        if creates(request) {
            let read = Request { method: Method::Get, body: None, ..request.clone() };
            let read = read.with_conditions(Conditions::None);
            if let Ok(answer) = self.exchange(&read, Purpose::Call, false, until).await
                && answer.status == 200
                && answer.names_itself()
            {
                return Ok(answer);
            }
        }
        Err(self.refused(request, refusal, &mut Retry::default(), false).0.after_loss())
    }
}

/// Tells whether a request is to be done only if there is nothing yet.
fn creates(request: &Request) -> bool {
    request.method == Method::Put && request.conditions == Conditions::IfNoneMatchAny
}
