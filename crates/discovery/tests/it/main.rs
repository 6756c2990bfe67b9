//! Discovery over real sockets: mDNS on the loopback interface, DNS from servers of our own.

mod dns_server;
mod hostile;
mod multicast;
mod network;
mod wide_area;
