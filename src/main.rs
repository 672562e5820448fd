//! The `akstool` command: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    akstool::cli::main()
}
