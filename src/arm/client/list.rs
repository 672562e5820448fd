//! Lists, page after page.

use std::sync::Arc;

use serde_json::Value;

use super::{Arm, MOST_PAGES, promise};
use crate::arm::body::ApiVersion;
use crate::arm::error::Error;
use crate::arm::id::ResourceId;
use crate::arm::request::{Answer, Conditions, Method, Request, Target};

impl Arm {
    /// Reads a whole list; what is no list is no empty list either.
    pub async fn list(
        &self,
        scope: &ResourceId,
        suffix: &str,
        api: &ApiVersion,
        query: &[(&str, String)],
    ) -> Result<Vec<Value>, Error> {
        Ok(self.pages(scope, suffix, api, query).await?.into_items())
    }

    /// Reads a whole list and keeps what `read` makes of it.
    pub async fn list_of<T>(
        &self,
        scope: &ResourceId,
        suffix: &str,
        api: &ApiVersion,
        query: &[(&str, String)],
        read: impl FnMut(&Value) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let pages = self.pages(scope, suffix, api, query).await?;
        Ok(pages.items().filter_map(read).collect())
    }

    /// Reads the pages of a list, which others may look at too: that of all machine sizes takes
    /// megabytes, and each of a thousand environments wants to know one.
    pub async fn pages(
        &self,
        scope: &ResourceId,
        suffix: &str,
        api: &ApiVersion,
        query: &[(&str, String)],
    ) -> Result<Pages, Error> {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let url =
            Target::ById { id: scope.clone(), suffix: suffix.to_owned(), api: api.clone(), query };
        self.paged(Request { method: Method::Get, url, body: None, conditions: Conditions::None })
            .await
    }

    /// Reads a list page after page, from its first one; a list that never ends is no list.
    pub(super) async fn paged(&self, first: Request) -> Result<Pages, Error> {
        let name = first.to_string();
        let mut next = Some(first);
        let mut pages = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(request) = next.take() else { return Ok(Pages(pages)) };
            let answer = self.answer(request).await?;
            promise::page(&name, &answer)?;
            let link = answer.body.get("nextLink").and_then(Value::as_str);
            next = link.filter(|link| !link.is_empty()).map(Request::verbatim);
            pages.push(answer);
        }
        Err(Error::Odd { status: 200, request: name, what: "a list without an end".to_owned() })
    }
}

/// A list as ARM gave it, page after page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pages(Vec<Arc<Answer>>);

impl Pages {
    /// Returns what stands in the list.
    pub fn items(&self) -> impl Iterator<Item = &Value> {
        let listed = self.0.iter().filter_map(|page| page.body.get("value")?.as_array());
        listed.flatten()
    }

    /// Returns what stands in the list; pages that nobody else looks at are not copied.
    fn into_items(self) -> Vec<Value> {
        let taken = self.0.into_iter().filter_map(|page| {
            let mut answer = Arc::unwrap_or_clone(page);
            match answer.body.get_mut("value").map(Value::take) {
                Some(Value::Array(items)) => Some(items),
                _ => None,
            }
        });
        taken.flatten().collect()
    }
}
