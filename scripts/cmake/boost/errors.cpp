/// Asio's error categories alone: all that Beast's parser, and so talosctl, needs of Asio.
#define BOOST_ASIO_SOURCE
#include <boost/asio/impl/error.ipp>
