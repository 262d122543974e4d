//! The sandbox as a server: responds to calls and sends webhooks when they are due.

use std::io;

use tokio::net::TcpListener;

use crate::{
    app::router,
    http::connection_reset::{ConnectionHandle, ResettableListener},
    state::Sandbox,
    webhook_sender::send_webhooks_forever,
};

/// Serves until `stop` completes and the pending responses are sent.
pub async fn serve(
    listener: TcpListener,
    sandbox: Sandbox,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = router(sandbox.clone()).into_make_service_with_connect_info::<ConnectionHandle>();
    let served = axum::serve(ResettableListener(listener), app).with_graceful_shutdown(stop);
    tokio::select! {
        served = served.into_future() => served,
        () = send_webhooks_forever(&sandbox) => Ok(()),
        () = send_webhooks_forever(sandbox.live().unwrap_or(&sandbox)) => Ok(()),
    }
}
