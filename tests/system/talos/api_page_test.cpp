#include "support/catch.hpp"
#include "support/paths.hpp"
#include "system/talos/daemon.hpp"
#include <filesystem>
#include <sstream>

using namespace talos::test;

namespace {

/// The lines of talos-api(7) that use the control socket.
std::vector<std::string> examples() {
    std::istringstream page(read_text(source_dir() + "/config/man/talos-api.7.md"));
    std::vector<std::string> found;
    for (std::string line; std::getline(page, line);)
        if (line.starts_with("curl --unix-socket ")) found.push_back(line);
    return found;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What the answer to it must have in it.
std::string expected(const std::string& example) {
    if (has(example, "/v1/status")) return "\"running\":true";
    if (has(example, "/v1/config")) return "\"web\": {";
    if (has(example, "/restart?")) return "\"reached\":true";
    if (has(example, "/stop?")) return "\"reached\":true";
    if (has(example, "/scale?")) return "\"group\":\"api\",\"before\":1,\"instances\":2,\"configured\":1}],\"reached\":true";
    if (has(example, "/start")) return "\"results\":[";
    if (has(example, "/signal?")) return "\"outcome\":\"reached\"";
    if (has(example, "/logs?")) return "hello";
    if (has(example, "/v1/events")) return "data: {\"sequence\":1,";
    if (has(example, "dryRun")) return "\"dryRun\":true";
    if (has(example, "/v1/reload")) return "\"reached\":true";
    if (has(example, "/readyz")) return "ok\n";
    if (has(example, "/metrics")) return "# TYPE talos_worker_restarts_total counter";
    if (has(example, "/v1/shutdown")) return "\"stopping\":true";
    return "\"name\":\"web\"";
}

}   // namespace

TEST_CASE("the examples of talos-api(7) work as they are written there") {
    const auto patient = "trap : HUP; echo hello; while :; do sleep 0.02; done";
    Daemon daemon(worker("web", shell(patient)) + worker("job-1", sleeper()) + worker("api", sleeper(), "\"instances\": 1"));
    daemon.start();
    std::filesystem::create_directory_symlink(daemon.path("data"), daemon.path(".talos"));
    const auto commands = examples();
    REQUIRE(commands.size() > 10);
    for (const auto& command : commands) {
        CAPTURE(command);
        if (has(command, "/readyz") || has(command, "/logs?")) {
            REQUIRE(eventually([&] { return daemon.worker_log("web").find("hello") != std::string::npos; }));
            daemon.worker_in("web", "running");
            daemon.worker_in("job-1", "running");
        }
        Process curl(Command{.argv = shell("exec " + command), .cwd = daemon.path("")});
        CAPTURE(expected(command));
        CHECK(eventually([&] { return has(curl.out(), expected(command)); }));
        if (!has(command, "follow")) CHECK(curl.wait() == 0);
        INFO(curl.out() << curl.err());
    }
    CHECK(daemon.process().wait() == 0);
    CHECK(daemon.left_behind() == "");
}
