//! `akstool sim serve` in a program that was built without it: says so, and how it is built in.

use clap::Args;

use crate::run::context::Context;
use crate::run::error::{Error, Exit};

/// Put it behind HTTPS; this program was built without that
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    asked: Vec<String>,
}

/// Says what is missing, whatever was asked.
pub(crate) async fn serve(_: &Context, Serve { asked: _ }: &Serve) -> Result<Exit, Error> {
    let what = "this program was built without `sim serve`";
    let hint =
        "`cargo install --path . --features serve` builds it in; `--cloud sim` works without it";
    Err(Error::usage(what, hint))
}
