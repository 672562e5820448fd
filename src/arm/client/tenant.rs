//! What is asked above all subscriptions: which ones there are, and Azure Resource Graph.

use serde_json::Value;

use super::{Arm, MOST_PAGES};
use crate::arm::body::ApiVersion;
use crate::arm::error::Error;
use crate::arm::request::{Answer, Method, Request};

impl Arm {
    /// Asks Azure Resource Graph, page after page; in these subscriptions, or in all that the login
    /// sees. Also returns the first answer, for its headers.
    pub async fn query(
        &self,
        text: &str,
        subscriptions: Option<&[String]>,
        api: &ApiVersion,
    ) -> Result<(Vec<Value>, Answer), Error> {
        let url = self.above("/providers/Microsoft.ResourceGraph/resources", api);
        let mut asked =
            serde_json::json!({ "query": text, "options": { "resultFormat": "objectArray" } });
        if let Some(within) = subscriptions {
            asked["subscriptions"] = serde_json::json!(within);
        }
        let mut rows = Vec::new();
        let mut first = None;
        let name = Request { method: Method::Post, ..Request::verbatim(&url) }.to_string();
        for _ in 0..MOST_PAGES {
            let request = Request { method: Method::Post, ..Request::verbatim(&url) };
            let request = request.with_body(&asked);
            let mut answer = self.send(request).await?;
            let Some(Value::Array(page)) = answer.body.get_mut("data").map(Value::take) else {
                let what = "an answer without rows".to_owned();
                return Err(Error::Odd { status: answer.status, request: name, what });
            };
            rows.extend(page);
            let token = answer.body.get("$skipToken").and_then(Value::as_str).map(str::to_owned);
            first.get_or_insert(answer);
            let Some(token) = token.filter(|token| !token.is_empty()) else {
                return Ok((rows, first.unwrap_or_default()));
            };
            asked["options"]["$skipToken"] = Value::from(token);
        }
        Err(Error::Odd { status: 200, request: name, what: "rows without an end".to_owned() })
    }

    /// Returns the ids of the subscriptions that the login sees.
    pub async fn subscriptions(&self, api: &ApiVersion) -> Result<Vec<String>, Error> {
        let pages = self.paged(Request::verbatim(&self.above("/subscriptions", api))).await?;
        let id = |one: &Value| Some(one.get("subscriptionId")?.as_str()?.to_owned());
        Ok(pages.items().filter_map(id).collect())
    }

    fn above(&self, path: &str, api: &ApiVersion) -> String {
        let endpoint = self.0.wire.endpoint().as_str().trim_end_matches('/').to_owned();
        format!("{endpoint}{path}?api-version={}", api.as_str())
    }
}
