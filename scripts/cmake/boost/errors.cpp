/// Compiles Asio's error categories only. Beast's parser, and therefore talosctl, needs nothing else of Asio.
#define BOOST_ASIO_SOURCE
#include <boost/asio/impl/error.ipp>
