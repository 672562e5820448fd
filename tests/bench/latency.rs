//! What distance costs: a no-op `up` over TLS, behind a wire that delays every byte.
//!
//! Nothing of the machine's network is touched: a proxy on loopback holds each byte back for half a
//! round trip, and the first bytes of a connection for a whole one more, which TCP's handshake
//! would have taken. The same run is made twice as far away, and the difference counted in round
//! trips: what the machine itself takes, and takes to wake up after each wait, is in both.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Figure;
use super::serve::Served;

const PROGRAM: &str = env!("CARGO_BIN_EXE_akstool");

/// From Europe to a data centre on the other side of the continent and back.
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// How often each is run.
const RUNS: usize = 15;

/// How much a read takes at once; a TLS record holds 16 KiB.
const CHUNK: usize = 16 * 1024;

/// Waits until then and no longer: the runtime's timer wakes up to a millisecond late, and a dozen
/// of those on the way would look like a part of a round trip.
async fn until(when: Instant) {
    if let Some(early) = when.checked_sub(Duration::from_millis(2)) {
        sleep_until(early).await;
    }
    while Instant::now() < when {
        tokio::task::yield_now().await;
    }
}

/// Passes bytes on, each `delay` after it came; those of the first read wait for `first` more.
async fn pass<R, W>(mut from: R, mut to: W, delay: Duration, first: Duration)
where
    R: tokio::io::AsyncRead + Unpin,
    W: tokio::io::AsyncWrite + Unpin,
{
    let (sender, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut late = first;
        let mut buffer = vec![0; CHUNK];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            drop(sender.send((Instant::now() + delay + late, buffer[..length].to_vec())));
            late = Duration::ZERO;
        }
    };
    let write = async move {
        while let Some((when, bytes)) = due.recv().await {
            until(when).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        drop(to.shutdown().await);
    };
    tokio::join!(read, write);
}

/// Carries one connection to the server and back.
async fn carry(near: TcpStream, server: String, round_trip: Duration) {
    let Ok(far) = TcpStream::connect(server).await else { return };
    for stream in [&near, &far] {
        stream.set_nodelay(true).expect("a socket takes that");
    }
    let (near, far) = (near.into_split(), far.into_split());
    let half = round_trip / 2;
    tokio::join!(pass(near.0, far.1, half, round_trip), pass(far.0, near.1, half, Duration::ZERO));
}

/// Starts a wire to the server and returns its near end.
fn wire(runtime: &Runtime, server: &str, round_trip: Duration) -> String {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
    let near = listener.local_addr().expect("an address").to_string();
    let server = server.to_owned();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(carry(stream, server.clone(), round_trip));
        }
    });
    near
}

/// Runs `up` with nothing to do against a server at that address.
fn nothing_to_do(served: &Served, address: &str, home: &Path) {
    let endpoint = format!("https://{address}");
    let status = Command::new(PROGRAM)
        .args(["up", "kubenet", "--yes", "--arm-endpoint", &endpoint])
        .env_clear()
        .env("HOME", home)
        .env("AZURE_AUTHORITY_HOST", &endpoint)
        .env("SSL_CERT_FILE", served.told("caFile"))
        .env("AZURE_SUBSCRIPTION_ID", served.told("subscription"))
        .env("AZURE_TENANT_ID", served.told("tenant"))
        .env("AZURE_CLIENT_ID", served.told("clientId"))
        .env("AZURE_CLIENT_SECRET", served.told("clientSecret"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(status.success(), "a no-op up over TLS ended with {status}");
}

pub(super) fn figures() -> Vec<Figure> {
    let home = tempfile::tempdir().expect("a folder for the run");
    let home = home.path();
    let world = home.join("world.json");
    let made = Command::new(PROGRAM)
        .args(["up", "kubenet", "--cloud", "sim", "--sim-speed", "max", "--yes", "-q"])
        .env_clear()
        .env("HOME", home)
        .env("AKSTOOL_SIM_STATE", &world)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(made.expect("the program starts").success(), "the cluster was not made");
    let served = Served::start(home, &world);
    let runtime =
        Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let far_end = served.told("endpoint").trim_start_matches("https://").to_owned();
    let trips = [Duration::ZERO, ROUND_TRIP, 2 * ROUND_TRIP];
    let wires = trips.map(|trip| wire(&runtime, &far_end, trip));
    let took = |address: &String| {
        let begun = std::time::Instant::now();
        nothing_to_do(&served, address, home);
        begun.elapsed()
    };
    // The quickest of each, in turn: what a busy machine adds is no round trip.
    let rounds: Vec<[Duration; 3]> = (0..RUNS).map(|_| wires.each_ref().map(&took)).collect();
    let quickest = |at: usize| rounds.iter().map(|round| round[at]).min().unwrap_or_default();
    let (near, far, farther) = (quickest(0), quickest(1), quickest(2));
    let trips = farther.saturating_sub(far).as_secs_f64() / ROUND_TRIP.as_secs_f64();
    // Less than a tenth is the machine's.
    let trips = (trips * 10.0).round() / 10.0;
    vec![
        Figure {
            name: "up with nothing to do over TLS: round trips",
            value: trips,
            // Connection, TLS, token, and everything that is read at once.
            bound: 4.0,
            unit: "",
        },
        Figure::millis("the same without distance", near, 100.0),
    ]
}
