#pragma once
#include "fake_service.hpp"
#include "http/server/server.hpp"
#include "raw_client.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace talos::http::test {

using namespace std::chrono_literals;
namespace asio = aio::asio;

using talos::test::eventually;

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A server with a fake service on a loop of its own; the test's thread is its peers.
class RunningServer {
public:
    explicit RunningServer(Limits limits = {}, unsigned mode = 0600)
        : path(directory / "control.sock"), service_(std::make_unique<FakeService>(directory.path())),
          server_(std::make_unique<Server>(loop_.get_executor(), *service_, Access{}, limits)), guard_(loop_.get_executor()) {
        const auto listening = server_->listen({path, mode});
        REQUIRE(listening);
        thread_ = std::thread([this] { loop_.run(); });
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;
    ~RunningServer() {
        if (thread_.joinable()) stop([](Server& server) { server.abort(); });
    }

    /// On the loop's thread, with the service and the server; what it returns.
    template <class Function>
    auto on_loop(Function function) {
        std::packaged_task<std::invoke_result_t<Function, FakeService&, Server&>()> task(
            [this, &function] { return function(*service_, *server_); });
        auto result = task.get_future();
        asio::post(loop_, [&task] { task(); });
        return result.get();
    }
    template <class Function>
    auto with_service(Function function) {
        return on_loop([&](FakeService& service, Server&) { return function(service); });
    }
    [[nodiscard]] std::size_t connections() {
        return on_loop([](FakeService&, Server& server) { return server.connections(); });
    }
    /// Ends the server that way and waits until nothing is left in the loop.
    template <class End>
    void stop(End end) {
        on_loop([&](FakeService&, Server& server) { end(server); });
        guard_.reset();
        thread_.join();
    }
    [[nodiscard]] RawClient connect() const {
        RawClient client(path);
        REQUIRE(client.connected());
        return client;
    }

    talos::test::TemporaryDirectory directory;
    const std::string path;

private:
    asio::io_context loop_{1};
    std::unique_ptr<FakeService> service_;
    std::unique_ptr<Server> server_;
    asio::executor_work_guard<aio::Executor> guard_;
    std::thread thread_;
};

}   // namespace talos::http::test
