//! The `akstool` binary: parse, start the runtime, map the result to an exit code.

fn main() {}
