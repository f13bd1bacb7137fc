/// Compiles Process v2 once, separately from Asio, because only programs that start processes link it.
#include <boost/version.hpp>
#if BOOST_VERSION < 108600
#include <boost/asio/detail/throw_error.hpp>   // Boost 1.81 uses it without including it
#include <boost/process/v2/src.hpp>
#endif
