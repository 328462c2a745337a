//! The screens in a browser: a door like the others, on loopback, with a secret of this start.

mod door;
mod ended;
mod guard;
mod media;
mod pages;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::routing::{get, post};
use cotmoc_device::{Desk, LARGEST_UPLOAD};

use crate::call::Place;
use crate::words;

/// A served desk.
#[derive(Clone)]
pub(crate) struct Served {
    /// The device behind the door.
    pub desk: Arc<Desk>,
    /// Who may come in.
    pub guard: Arc<guard::Guard>,
}

/// Serves one device until the program is stopped. A device that does not open is no end: the screens say
/// why, and try again.
pub fn run(place: &Place, listen: SocketAddr) -> Result<ExitCode> {
    let mut desk = match place.desk() {
        Ok(desk) => desk,
        Err(problem) => {
            words::print(&problem);
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(problem) = desk.why_closed()
        && problem.code != "no_profile_open"
    {
        words::print(&problem);
    }
    desk.exchange_by_itself();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let door = Door::open(Arc::new(desk), listen).await?;
        announce(&door.address());
        tokio::select! {
            served = door.serve() => served,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })?;
    // Requests still running belong to this process: they end with it, and what they saved is durable.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the address is the program's output")]
fn announce(address: &str) {
    println!("{address}");
}

/// An open browser door.
pub(crate) struct Door {
    listener: tokio::net::TcpListener,
    served: Served,
}

impl Door {
    /// Listens on a loopback address.
    pub async fn open(desk: Arc<Desk>, listen: SocketAddr) -> Result<Self> {
        ensure!(
            listen.ip().is_loopback(),
            "{listen} is not a loopback address: the screens are for this machine only"
        );
        let listener = tokio::net::TcpListener::bind(listen)
            .await
            .with_context(|| listen.to_string())?;
        let guard = Arc::new(guard::Guard::new(listener.local_addr()?)?);
        Ok(Self {
            listener,
            served: Served { desk, guard },
        })
    }

    /// The address with the secret of this start, for the person in front of the machine.
    pub fn address(&self) -> String {
        self.served.guard.address()
    }

    /// Serves until it is dropped.
    pub async fn serve(self) -> Result<()> {
        let routes = Router::new()
            .route("/api/call", post(door::call))
            .route("/api/events", get(door::events))
            .route(
                "/api/upload",
                post(media::upload).layer(axum::extract::DefaultBodyLimit::max(LARGEST_UPLOAD)),
            )
            .route("/api/media/{blob}", get(media::media))
            .fallback(get(pages::page))
            .layer(axum::middleware::from_fn_with_state(
                self.served.clone(),
                guard::check,
            ))
            .layer(axum::extract::DefaultBodyLimit::max(16 * 1024 * 1024))
            .with_state(self.served);
        axum::serve(self.listener, routes)
            .await
            .context("the browser door closed")
    }
}
