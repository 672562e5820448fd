//! Azure Resource Manager as a protocol; knows no AKS and no profile.
//!
//! Everything in Azure is a JSON document under an id. `GET` reads it, `PUT` replaces it,
//! `DELETE` removes it; what takes longer answers at once and names a URL to ask for progress.

pub mod id;
