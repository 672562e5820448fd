//! Black-box tests of the `akstool` binary, one file per command, and the house rules.
//!
//! Everything runs in a [`support::Sandbox`]: an empty environment, a home of its own, a simulated
//! subscription of its own, and no real waiting.

mod addons;
mod adopt;
mod advice;
mod check;
mod ci;
mod circles;
mod doctor;
mod down;
mod existing;
mod exits;
mod fleet;
mod foreign;
mod foresight;
mod hints;
mod house;
mod input;
mod interrupt;
mod kubeconfig;
mod list;
mod login;
mod lost;
mod migrate;
mod models;
mod names;
mod network;
mod output;
mod ownership;
mod parts;
mod paste;
mod patience;
mod plan;
mod power;
mod profiles;
mod proxy;
mod raw;
mod reads;
mod reap;
mod reference;
mod release;
mod rivals;
mod scenarios;
mod secrets;
mod serve;
mod sim;
mod status;
mod strict;
mod support;
mod timeline;
mod traces;
mod up;
mod upgrade;
mod whole;
mod workflows;
