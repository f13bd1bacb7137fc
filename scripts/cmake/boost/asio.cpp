/// The parts of Asio and of Process v2 that are headers otherwise, compiled once.
#define BOOST_ASIO_IMPL_ERROR_IPP   // in errors.cpp
#include <boost/asio/impl/src.hpp>
#include <boost/version.hpp>
#if BOOST_VERSION < 108600
#include <boost/process/v2/src.hpp>
#endif
