#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("reload: a config that is no file, endless, huge or nested without end changes nothing and blocks nothing") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto before = daemon.worker_in("w", "running").pid;
    const auto config = daemon.path("talos.json");
    const auto good = read_text(config);
    const auto refused = [&](const std::string& why) {
        const auto answer = call(daemon, "POST", "/v1/reload");
        CAPTURE(answer.body);
        CHECK(answer.status == 422);
        CHECK(has(answer.body, why));
        CHECK(call(daemon, "GET", "/livez").status == 200);
        std::filesystem::remove(config);
    };
    std::filesystem::remove(config);
    REQUIRE(::mkfifo(config.c_str(), 0600) == 0);
    refused("not a regular file");
    std::filesystem::create_symlink("/dev/zero", config);
    refused("not a regular file");
    std::filesystem::create_directory(config);
    refused("directory");
    write_text(config, "{}");
    std::filesystem::resize_file(config, 100u << 20);
    refused("too large");
    write_text(config, std::string(100'000, '['));
    refused("nested deeper");
    write_text(
        config, R"({"workers": {)" + [] {
            std::string groups;
            for (int i = 0; i < 1'000; ++i)
                groups += "\"g" + std::to_string(i) + "\": {\"command\": \"sleep 1\", \"instances\": 1000},";
            return groups;
        }() + "}}");
    refused("limit of 10000 workers");
    REQUIRE(::mkfifo(daemon.path("fifo").c_str(), 0600) == 0);
    write_text(config, R"({"include": "fifo"})");
    refused("not a regular file");
    write_text(config, R"({"workers": {"w": {"command": "sleep 1", "envFile": "fifo"}}})");
    refused("not a regular file");
    write_text(config, good);
    CHECK(call(daemon, "POST", "/v1/reload").status == 200);
    CHECK(daemon.worker_in("w", "running").pid == before);
    CHECK(daemon.stop() == 0);
}
