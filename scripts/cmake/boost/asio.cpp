/// The parts of Asio that are headers otherwise, compiled once.
#define BOOST_ASIO_IMPL_ERROR_IPP   // in errors.cpp
#include <boost/asio/impl/src.hpp>
