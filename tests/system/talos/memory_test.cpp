#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "system/talos/daemon.hpp"
#include <sstream>

using namespace talos::test;

namespace {

struct Pages {
    std::size_t size = 0, resident = 0;   // KiB
};

/// Of the program's own code.
Pages code_of(pid_t pid) {
    std::istringstream smaps(read_text("/proc/" + std::to_string(pid) + "/smaps"));
    Pages code;
    bool its = false;
    for (std::string line; std::getline(smaps, line);) {
        if (line.find("-") < line.find(" ") && line.find("kB") == std::string::npos)
            its = line.find(" r-xp ") != std::string::npos && line.ends_with("/talosd");
        std::size_t value = 0;
        if (its && std::sscanf(line.c_str(), "Size: %zu", &value) == 1) code.size += value;
        if (its && std::sscanf(line.c_str(), "Rss: %zu", &value) == 1) code.resident += value;
    }
    return code;
}

}   // namespace

TEST_CASE("memory: of the code that a transition has needed little stays with a talosd at rest") {
    Daemon daemon(worker("web", sleeper(), R"("startTime": "600ms")"));
    daemon.start();
    (void)daemon.worker_in("web", "running");
    REQUIRE(code_of(daemon.pid()).size > 0);
    CHECK(eventually([&] {
        const auto code = code_of(daemon.pid());
        return code.resident * 3 < code.size;
    }));
    CHECK(daemon.stop() == 0);
}
