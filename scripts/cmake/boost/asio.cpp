/// Compiles the non-template parts of Asio once instead of in each file.
#define BOOST_ASIO_IMPL_ERROR_IPP   // compiled in errors.cpp
#include <boost/asio/impl/src.hpp>
