//! Regions that only Azure can name: where something of another hand stands.

use serde_json::{Value, json};

use crate::arm::body::Later;
use crate::arm::id::ResourceId;

/// A region that is written, or that of something that stands.
#[derive(Clone, Debug)]
pub enum Region {
    /// This one.
    Is(String),
    /// Where that stands.
    Of(ResourceId),
}

impl Region {
    /// Returns it as a body holds it.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Is(name) => json!(name),
            Self::Of(id) => Later { of: id.clone(), at: "location".to_owned() }.to_json(),
        }
    }
}
