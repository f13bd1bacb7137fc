#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/net.hpp"
#include <filesystem>

using namespace talos::test;

namespace {

std::string ask_socket(const Daemon& daemon, const std::string& target) {
    const auto done = run(Command{.argv = {"curl", "-s", "--unix-socket", daemon.data("control.sock"), "http://talos" + target}});
    CHECK(done.code == 0);
    return done.out;
}

/// An nginx that leads TCP to the control socket's metrics, as talos-api(7) advises.
std::string proxy_config(const std::string& dir, std::uint16_t port, const std::string& socket) {
    return "daemon off; pid " + dir + "/pid; error_log stderr;\n" + (is_root() ? "user root;\n" : "") +
           "worker_processes 1; events { worker_connections 64; }\n"
           "http { access_log off; client_body_temp_path " +
           dir + "/body; proxy_temp_path " + dir +
           "/proxy;\n"
           "fastcgi_temp_path " +
           dir + "/fastcgi; uwsgi_temp_path " + dir + "/uwsgi; scgi_temp_path " + dir +
           "/scgi;\n"
           "server { listen 127.0.0.1:" +
           std::to_string(port) + "; location /metrics { proxy_pass http://unix:" + socket + ":/metrics; } } }\n";
}

}   // namespace

TEST_CASE("metrics: promtool finds nothing to complain about, and they say what happened") {
    Daemon daemon(worker("web", sleeper(), R"("restart": {"resetAfter": "0s"})") +
                  worker("crashes", shell("echo some words; exit 3"), R"("restart": {"delay": "10ms", "factor": 1})") +
                  worker("tree", shell("sleep 120 & sleep 120 & wait")));
    daemon.start();
    daemon.worker_when("crashes", [](const auto& view) { return view.restarts >= 3; });
    const auto before = daemon.worker_in("web", "running");
    kill_main(before);
    daemon.worker_after("web", before.pid);
    std::string text;
    CHECK(eventually([&] {
        text = ask_socket(daemon, "/metrics");
        return text.find("talos_worker_processes{worker=\"tree\"} 3\n") != std::string::npos;
    }));
    INFO(text);
    CHECK(text.find("talos_worker_restarts_total{worker=\"web\"} 1\n") != std::string::npos);
    CHECK(text.find("talos_worker_exits_total{worker=\"web\",signal=\"SIGKILL\"} 1\n") != std::string::npos);
    CHECK(text.find("talos_worker_exits_total{worker=\"crashes\",code=\"3\"} ") != std::string::npos);
    CHECK(text.find("talos_worker_state{worker=\"web\",state=\"running\"} 1\n") != std::string::npos);
    CHECK(text.find("talos_restart_latency_seconds_count 1\n") != std::string::npos);
    write_text(daemon.path("metrics"), text);
    const auto checked = run(Command{.argv = shell(installed("promtool") + " check metrics < metrics"), .cwd = daemon.path("")});
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
    CHECK(checked.out + checked.err == "");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("metrics: a real Prometheus scrapes them through a proxy and answers queries about them") {
    Daemon daemon(worker("web", sleeper()));
    daemon.start();
    const auto proxy_port = free_port();
    const auto port = free_port();
    const auto dir = daemon.path("proxy");
    std::filesystem::create_directory(dir);
    write_text(dir + "/nginx.conf", proxy_config(dir, proxy_port, daemon.data("control.sock")));
    write_text(daemon.path("prometheus.yml"),
               "scrape_configs: [{job_name: talos, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:" +
                   std::to_string(proxy_port) + "']}]}]\n");
    const Process proxy(Command{.argv = {installed("nginx"), "-e", "stderr", "-c", dir + "/nginx.conf", "-p", dir}});
    const Process prometheus(Command{.argv = {installed("prometheus"), "--config.file=" + daemon.path("prometheus.yml"),
                                              "--storage.tsdb.path=" + daemon.path("tsdb"),
                                              "--web.listen-address=127.0.0.1:" + std::to_string(port)}});
    std::string answer;
    CHECK(eventually(
        [&] {
            answer = http_get(port, "/api/v1/query?query=talos_worker_state%7Bstate%3D%22running%22%7D");
            return answer.find("\"worker\":\"web\"") != std::string::npos;
        },
        std::chrono::seconds{60}));
    INFO(answer << prometheus.err() << proxy.err());
    CHECK(answer.find(",\"1\"]") != std::string::npos);
    CHECK(daemon.stop() == 0);
}
