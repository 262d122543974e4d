//! Port that stays free until a program listens on it.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use tokio::net::TcpSocket;

/// Port of 127.0.0.1 for a program that can't choose a free one by itself.
///
/// A port that was only looked up may be taken before the program starts, by an outgoing connection of any other
/// program. This socket is bound but doesn't listen: the system gives its port to nobody, and a program that sets
/// `SO_REUSEADDR`, as servers do, can still listen on it. Keep it until the program has started.
#[derive(Debug)]
pub struct ReservedPort {
    _socket: TcpSocket,
    address: SocketAddr,
}

impl ReservedPort {
    /// Reserves a free port. Fails if there is none.
    pub fn new() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self { address: socket.local_addr()?, _socket: socket })
    }

    /// Address with this port, such as `127.0.0.1:40123`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Number of the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use tokio::net::TcpSocket;

    use super::ReservedPort;

    #[test]
    fn a_server_can_listen_on_a_reserved_port() {
        let reserved = ReservedPort::new().unwrap();
        let server = TcpListener::bind(reserved.address()).unwrap();
        drop(reserved);
        TcpStream::connect(server.local_addr().unwrap()).unwrap();
    }

    #[test]
    fn an_outgoing_connection_cannot_take_a_reserved_port() {
        let reserved = ReservedPort::new().unwrap();
        let client = TcpSocket::new_v4().unwrap();
        client.bind(reserved.address()).unwrap_err();
    }
}
