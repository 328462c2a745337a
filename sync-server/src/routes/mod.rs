//! The paths of the server.

mod bundle;
pub(crate) mod enrol;
pub(crate) mod exchange;
mod hello;

pub(crate) use exchange::{may_hold, take_in};

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};

use crate::accept::Peer;
use crate::answer::Problem;
use crate::state::ServerState;

/// What every handler gets.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub state: Arc<ServerState>,
    /// The peer's address is in `X-Forwarded-For`, set by our own proxy.
    pub behind_proxy: bool,
}

impl Desk {
    /// Whose tries are counted.
    fn peer(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        if !self.behind_proxy {
            return peer.0;
        }
        // The proxy appends what it saw; anything before that was claimed by the peer.
        let forwarded = headers
            .get_all("x-forwarded-for")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok());
        forwarded
            .and_then(|list| list.rsplit(',').next()?.trim().parse().ok())
            .unwrap_or(peer.0)
    }

    /// Runs what blocks (the store, signatures, compression) beside the connections.
    async fn blocking<T: Send + 'static>(
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => {
                tracing::error!(%error, "a request failed");
                Err(Problem::Internal)
            }
        }
    }
}

/// All routes of a province's server.
pub(crate) fn router(desk: Desk) -> Router {
    let router = Router::new()
        .route("/v1/enrol", post(enrol::enrol))
        .route("/v1/bundle", get(bundle::ask).post(bundle::send));
    routed(router, desk)
}

/// The routes of a hub: it has no authority, so nobody can enrol there, and no bundle is for it alone.
pub(crate) fn of_hub(desk: Desk) -> Router {
    routed(Router::new(), desk)
}

/// Everything else is a problem like any other.
fn routed(router: Router<Desk>, desk: Desk) -> Router {
    router
        .route("/v1/hello", get(hello::hello))
        .route("/v1/exchange", post(exchange::exchange))
        .route("/v1/parcel", get(exchange::parcel))
        .fallback(|| async { Problem::NoSuchPath })
        .method_not_allowed_fallback(|| async { Problem::WrongMethod })
        .with_state(desk)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_ledger::GauntletProgram;

    use super::*;
    use crate::limits::Limits;

    #[test]
    fn only_what_our_own_proxy_appended_is_believed_and_only_behind_a_proxy() {
        let home = tempfile::tempdir().unwrap();
        let program = GauntletProgram {
            executable: "unused".into(),
        };
        let state = Arc::new(ServerState::open(home.path(), program, None, Limits::default()).unwrap());
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1".parse().unwrap());
        headers.append("x-forwarded-for", "2.2.2.2, 10.0.0.9".parse().unwrap());
        let peer = Peer(IpAddr::from([127, 0, 0, 1]));
        let desk = Desk {
            state,
            behind_proxy: true,
        };
        assert_eq!(desk.peer(peer, &headers), IpAddr::from([10, 0, 0, 9]));
        assert_eq!(desk.peer(peer, &HeaderMap::new()), peer.0);
        let open = Desk {
            behind_proxy: false,
            ..desk
        };
        assert_eq!(open.peer(peer, &headers), peer.0);
    }
}
