#pragma once
#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>

/// Asio types bound to the executor of the io_context. This avoids a type-erased executor in each object.
namespace talos::aio {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
/// For coroutines. Others use Timer.
using AwaitableTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using SignalSet = asio::basic_signal_set<Executor>;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

}   // namespace talos::aio
