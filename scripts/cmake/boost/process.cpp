/// Process v2, compiled once; apart from Asio, because only what spawns is linked with it.
#include <boost/version.hpp>
#if BOOST_VERSION < 108600
#include <boost/asio/detail/throw_error.hpp>   // 1.81 uses it without including it
#include <boost/process/v2/src.hpp>
#endif
