//! Calls that were done although their answer was lost.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_creation_whose_answer_was_lost_is_taken_as_done() {
    let creating = json!({ "id": "/x", "properties": { "provisioningState": "Creating" } });
    let create = || {
        Request::new(Method::Put, &cluster(), "", &API).with_conditions(Conditions::IfNoneMatchAny)
    };
    let stage = Stage::new(vec![
        Line::Broken,
        refuses(412, "PreconditionFailed"),
        says(200, &[], creating.clone()),
    ]);
    assert_eq!(stage.arm.send(create()).await.unwrap().body, creating);
    let stage = Stage::new(vec![refuses(412, "PreconditionFailed")]);
    assert_eq!(stage.arm.send(create()).await.unwrap_err().code(), Some("PreconditionFailed"));
}
