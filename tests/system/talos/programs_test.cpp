#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/net.hpp"
#include "system/talos/terminal.hpp"
#include <boost/json/serialize.hpp>
#include <filesystem>

using namespace talos::test;

namespace {

/// Redis, nginx and a Python web server under one talosd, each on a port of its own.
struct Shop {
    Daemon daemon;
    std::uint16_t redis_port = free_port();
    std::uint16_t nginx_port = free_port();
    std::uint16_t python_port = free_port();

    Shop() {
        std::filesystem::create_directory(daemon.path("nginx"));
        write_text(daemon.path("hello.txt"), "hello from python\n");
        const auto dir = daemon.path("nginx");
        write_text(dir + "/nginx.conf",
                   "daemon off; pid " + dir + "/pid; error_log stderr;\n" + (is_root() ? "user root;\n" : "") +
                       "worker_processes 2; events { worker_connections 64; }\n"
                       "http { access_log off; client_body_temp_path " +
                       dir + "/body; proxy_temp_path " + dir +
                       "/proxy;\n"
                       "fastcgi_temp_path " +
                       dir + "/fastcgi; uwsgi_temp_path " + dir + "/uwsgi; scgi_temp_path " + dir +
                       "/scgi;\n"
                       "server { listen 127.0.0.1:" +
                       std::to_string(nginx_port) + "; location / { return 200 \"hello from nginx\\n\"; } } }\n");
        const std::string quick = R"("restart": {"delay": "10ms"})";
        daemon.configure(worker("redis",
                                {installed("redis-server"), "--port", std::to_string(redis_port), "--bind", "127.0.0.1", "--save",
                                 "", "--dir", daemon.path("")},
                                quick) +
                         worker("nginx", {installed("nginx"), "-e", "stderr", "-c", dir + "/nginx.conf", "-p", dir},
                                quick + ", \"stop\": {\"steps\": [{\"signal\": \"SIGQUIT\", \"wait\": \"10s\"}]}") +
                         worker("python",
                                {installed("python3"), "-m", "http.server", std::to_string(python_port), "--bind", "127.0.0.1"},
                                quick));
    }
    [[nodiscard]] bool answers(const std::string& name) const {
        if (name == "redis") return ask(redis_port, "PING\r\n", "\r\n") == "+PONG\r\n";
        if (name == "nginx") return http_get(nginx_port, "/").find("hello from nginx") != std::string::npos;
        return http_get(python_port, "/hello.txt").find("hello from python") != std::string::npos;
    }
};

const std::vector<std::string> names{"redis", "nginx", "python"};

bool journal_says(const Daemon& daemon, const std::string& name, const std::string& to, pid_t pid) {
    for (const auto& event : daemon.events()) {
        if (!event.contains("worker") || event.at("worker").as_string() != name.c_str() || !event.contains("pid")) continue;
        if (event.at("to").as_string() == to.c_str() && event.at("pid").to_number<pid_t>() == pid) return true;
    }
    return false;
}

}   // namespace

TEST_CASE("redis, nginx and python: they answer, come back after SIGKILL, and Ctrl-C leaves nothing behind") {
    Shop shop;
    Terminal terminal;
    auto how = shop.daemon.command();
    how.terminal = terminal.name();
    shop.daemon.start(how);
    for (const auto& name : names) {
        CAPTURE(name, shop.daemon.worker_log(name));
        REQUIRE(eventually([&] { return shop.answers(name); }));
    }
    for (const auto& name : names) {
        CAPTURE(name);
        const auto before = shop.daemon.worker_in(name, "running");
        CHECK(proc(before.pid).start_ticks == before.start_ticks);
        CHECK(proc(before.pid).ppid == shop.daemon.pid());
        CHECK(journal_says(shop.daemon, name, "starting", before.pid));
        kill_main(before);
        const auto after = shop.daemon.worker_after(name, before.pid);
        CHECK(proc(after.pid).start_ticks == after.start_ticks);
        CHECK(after.restarts == before.restarts + 1);
        CHECK(after.exit_signal == "SIGKILL");
        CHECK(journal_says(shop.daemon, name, "backoff", before.pid));
        CHECK(journal_says(shop.daemon, name, "starting", after.pid));
        INFO(shop.daemon.worker_log(name));
        CHECK(eventually([&] { return shop.answers(name); }));
    }
    // Who was not killed is who answered first; and the ports are free for each new run, or these would have failed again.
    for (const auto& view : shop.daemon.workers()) CHECK(view.restarts == 1);

    terminal.type(ctrl_c);
    CHECK(shop.daemon.process().wait() == 0);
    CHECK(terminal.shows("stopped\r\n"));
    for (const auto& name : names) CHECK_FALSE(shop.answers(name));
    CHECK(shop.daemon.left_behind() == "");
    CHECK_FALSE(exists(shop.daemon.data("status.json")));
}

TEST_CASE("redis, nginx and python survive talosd's SIGKILL, and the next start replaces all three") {
    Shop shop;
    shop.daemon.start_detached();
    for (const auto& name : names) REQUIRE(eventually([&] { return shop.answers(name); }));
    std::vector<WorkerView> before;
    for (const auto& name : names) before.push_back(shop.daemon.worker_in(name, "running"));
    shop.daemon.kill();
    const auto status = shop.daemon.ctl({"status"});
    INFO(status.out << status.err);
    CHECK(status.code == 1);
    for (const auto& name : names) CHECK(status.out.find(name + " (pid") != std::string::npos);
    // Python's server writes a line for each request, and nobody is there to take it any more; the others just go on.
    CHECK(shop.answers("redis"));
    CHECK(shop.answers("nginx"));

    shop.daemon.start_detached();
    for (const auto& view : before) {
        CAPTURE(view.name);
        CHECK_FALSE(alive(view.pid));
        shop.daemon.worker_after(view.name, view.pid);
        CHECK(eventually([&] { return shop.answers(view.name); }));
    }
    for (const auto& view : shop.daemon.workers()) CHECK(view.restarts == 0);   // nobody's port was still taken
    CHECK(shop.daemon.ctl({"stop"}).code == 0);
    CHECK(shop.daemon.left_behind() == "");
}
