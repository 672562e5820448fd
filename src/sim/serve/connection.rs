//! Connections: accept, greet, serve, and stop without dropping anybody in mid-answer.
//!
//! Every wait for a client ends: the TLS handshake, a request's head, its body (in
//! [`front`](super::front)), and the pause between two requests.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::crowd::{Crowd, Seat};
use super::front::Front;

/// Connections at once; chosen, because a shell's usual limit is 1,024 open files.
const CROWD: usize = 512;

/// How long the TLS handshake may take; chosen, ten times the slowest real one.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a request's head may take, which is also how long a connection may rest between two
/// requests. The Azure CLI asks every 30 s, so it must be longer; nginx takes 75 s.
const HEAD: Duration = Duration::from_secs(75);

/// How long a connection may do nothing at all.
const PATIENCE: Duration = Duration::from_secs(150);

/// How long requests in flight may take once the server was told to stop; chosen, because people
/// who press Ctrl-C wait so long.
const GRACE: Duration = Duration::from_secs(5);

/// How long after that a client may still read its answer or finish its request's head; who has
/// no request in flight then is sent away.
const COURTESY: Duration = Duration::from_millis(250);

/// How large a request's head may be, in bytes; the largest real ones, with a signed operation URL
/// of 3.6 kB and a token, stay under 8 kB. It is more than the longest address the HTTP library
/// reads, so that too long a one is answered and not the whole connection given up.
const HEAD_SIZE: usize = 128 * 1024;

/// How many headers of a request are read; chosen: more than a real one ever has, so that too many
/// are answered as an error of Azure's, where the HTTP library would send an empty 431.
const HEADERS: usize = 1_000;

/// Streams at once on one HTTP/2 connection, the number RFC 9113 recommends at least.
const STREAMS: u32 = 100;

/// What a client that speaks plain HTTP reads.
const PLAIN: &str = r#"{"error":{"code":"HttpsRequired","message":"This is an HTTPS endpoint; the address must begin with https://."}}"#;

/// Answers until `stop` comes.
pub(super) async fn accept(
    listener: TcpListener,
    tls: &TlsAcceptor,
    front: &Arc<Front>,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let crowd = Crowd::new(CROWD);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // Out of open files, mostly: make room and try again.
                    crowd.thin();
                    sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let Some(seat) = crowd.join() else { continue };
                let (tls, front) = (tls.clone(), Arc::clone(front));
                connections.spawn(attend(stream, tls, front, seat, graceful.watcher()));
            }
        }
    }
    drop(listener);
    let finish = async {
        sleep(COURTESY).await;
        crowd.dismiss();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = timeout(GRACE, graceful.shutdown()) => {}
        () = finish => {}
    }
    connections.shutdown().await;
}

/// Serves one connection until either side has enough. What goes wrong on it concerns only the
/// client, who notices by himself.
async fn attend(
    stream: TcpStream,
    tls: TlsAcceptor,
    front: Arc<Front>,
    seat: Arc<Seat>,
    watcher: Watcher,
) {
    let unwanted = seat.unwanted(PATIENCE);
    tokio::select! {
        () = unwanted => {}
        () = converse(stream, &tls, front, Arc::clone(&seat), watcher) => {}
    }
}

async fn converse(
    stream: TcpStream,
    tls: &TlsAcceptor,
    front: Arc<Front>,
    seat: Arc<Seat>,
    watcher: Watcher,
) {
    // Answers are small; waiting to fill a packet would add 40 ms to each.
    let _ = stream.set_nodelay(true);
    let mut first = [0_u8; 1];
    match timeout(HANDSHAKE, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0].is_ascii_uppercase() => return explain(stream).await,
        Ok(Ok(1)) => {}
        _ => return,
    }
    let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await else { return };
    let modern = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(move |request| {
        let (front, seat) = (Arc::clone(&front), Arc::clone(&seat));
        async move { front.answer(request, &seat).await }
    });
    let builder = builder(modern);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let _ = watcher.watch(connection).await;
}

/// Returns what speaks the protocol that was agreed on in the handshake.
fn builder(modern: bool) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_SIZE)
        .max_headers(HEADERS)
        .half_close(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD)
        .keep_alive_timeout(HANDSHAKE)
        .max_header_list_size(u32::try_from(HEAD_SIZE).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS);
    if modern { builder.http2_only() } else { builder.http1_only() }
}

/// Tells a client that speaks plain HTTP what is wrong.
async fn explain(mut stream: TcpStream) {
    let head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json";
    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{PLAIN}", PLAIN.len());
    let talk = async {
        // Closing before everything was read would make the system throw the answer away.
        let mut sent = [0_u8; 4096];
        let _ = timeout(Duration::from_millis(200), stream.read(&mut sent)).await;
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        while stream.read(&mut sent).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    let _ = timeout(HANDSHAKE, talk).await;
}
