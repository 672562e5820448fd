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

#[tokio::test(start_paused = true)]
async fn a_change_or_deletion_whose_answer_was_lost_is_told_as_such() {
    for method in [Method::Put, Method::Delete] {
        let request = || {
            let request = Request::new(method, &cluster(), "", &API);
            request.with_conditions(Conditions::IfMatch("tag".to_owned()))
        };
        let stage = Stage::new(vec![Line::Broken, refuses(412, "PreconditionFailed")]);
        let error = stage.arm.send(request()).await.unwrap_err();
        assert!(error.may_be_ours(), "{error}");
        assert!(error.to_string().contains("an earlier try got no answer"), "{error}");
        let stage = Stage::new(vec![refuses(412, "PreconditionFailed")]);
        let error = stage.arm.send(request()).await.unwrap_err();
        assert!(!error.may_be_ours() && !error.to_string().contains("earlier"), "{error}");
        let stage = Stage::new(vec![Line::Broken, refuses(403, "AuthorizationFailed")]);
        assert!(!stage.arm.send(request()).await.unwrap_err().may_be_ours());
    }
}
