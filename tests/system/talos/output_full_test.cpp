// Disks that take nothing more: what is lost is counted, what waits arrives.
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/numbered.hpp"
#include "system/talos/small_disk.hpp"
#include <boost/json/serialize.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace talos::test;
namespace json = boost::json;

namespace {

/// A worker that writes to a small disk of its own, until the test has seen enough.
class OnSmallDisk {
public:
    /// Of a file system of another user, the log is written by a process of that user.
    enum class Whose { talosds, another_users };
    OnSmallDisk(const std::string& on_full, std::uint64_t count, Whose whose = Whose::talosds)
        : daemon_(worker(
              "w", number_lines(count, "line", {"1", "0", "enough"}),
              R"("restart": "never", "log": {"file": "../small/w.log", "format": "raw", "keep": 3, "rotateSize": "64MiB", "onFull": ")" +
                  on_full + "\"}")) {
        const auto how =
            on_small_disk(daemon_, daemon_.path("small"), "16m", whose == Whose::another_users ? ",uid=65534,gid=65534" : "");
        if (!how) return;
        daemon_.start(*how);
        possible_ = true;
    }
    [[nodiscard]] bool possible() const { return possible_; }
    Daemon& daemon() { return daemon_; }
    [[nodiscard]] std::string small(const std::string& name) const {
        return seen_by(daemon_.pid(), daemon_.path("small/" + name));
    }
    void fill() const {
        std::ofstream file(small("ballast"), std::ios::binary);
        while (file.good()) file << std::string(4096, 'x') << std::flush;
    }
    void empty() const { std::filesystem::remove(small("ballast")); }
    /// The worker's `log` in the status, as text; empty when absent.
    [[nodiscard]] std::string log_status() const {
        const auto status = daemon_.status();
        if (!status) return {};
        const auto& row = status->at("workers").at(0).as_object();
        const auto* log = row.if_contains("log");
        return log != nullptr ? json::serialize(*log) : std::string();
    }
    [[nodiscard]] bool in_trouble() const { return log_status().find("trouble") != std::string::npos; }
    [[nodiscard]] std::uint64_t written() const {
        std::error_code missing;   // so far
        const auto size = std::filesystem::file_size(small("w.log"), missing);
        return missing ? 0 : size;
    }
    [[nodiscard]] Numbered lines() const {
        Numbered found;
        found.text(read_text(small("w.log")));
        return found;
    }
    /// The rest at full speed, to the end.
    void finish() {
        write_text(daemon_.path("enough"), "");
        daemon_.worker_in("w", "exited");
    }

private:
    Daemon daemon_;
    bool possible_ = false;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("full disk, drop: the worker runs on, the missing numbers are those of the gap lines, and it heals by itself") {
    constexpr std::uint64_t count = 60'000;
    const bool another = GENERATE(false, true);
    if (another && !is_root()) return;
    OnSmallDisk disk("drop", count, another ? OnSmallDisk::Whose::another_users : OnSmallDisk::Whose::talosds);
    if (!disk.possible()) TALOS_SKIP("needs a mount namespace");
    for (int round = 0; round < 3; ++round) {
        const auto before = disk.written();
        REQUIRE(eventually([&] { return disk.written() > before + 5'000; }));
        disk.fill();
        REQUIRE(eventually([&] { return disk.in_trouble(); }));
        CHECK(has(disk.log_status(), "No space left on device"));
        CHECK(disk.daemon().worker_in("w", "running").pid != 0);
        disk.empty();
        REQUIRE(eventually([&] { return !disk.in_trouble(); }));
    }
    disk.finish();
    CHECK(eventually([&] { return disk.lines().next() == count; }));
    const auto lines = disk.lines();
    CHECK(lines.fault() == "");
    CHECK(lines.gaps() == 3);
    CHECK(lines.dropped() > 0);
    const auto dropped = std::to_string(lines.dropped());
    CHECK(has(disk.log_status(), "\"droppedLines\":" + dropped + ","));
    CHECK(has(disk.log_status(), "\"droppedBytes\":" + dropped + "00"));
    CHECK(has(call(disk.daemon(), "GET", "/metrics").body, "talos_worker_dropped_bytes_total{worker=\"w\"} " + dropped + "00\n"));
    CHECK(has(disk.daemon().log(), "w: its log cannot be written, it runs on: write "));
    CHECK(has(disk.daemon().log(), "w: its log can be written again, without "));
    CHECK(disk.daemon().stop() == 0);
}

TEST_CASE("full disk, block: the worker waits, and not a line is missing") {
    constexpr std::uint64_t count = 40'000;
    const bool another = GENERATE(false, true);
    if (another && !is_root()) return;
    OnSmallDisk disk("block", count, another ? OnSmallDisk::Whose::another_users : OnSmallDisk::Whose::talosds);
    if (!disk.possible()) TALOS_SKIP("needs a mount namespace");
    REQUIRE(eventually([&] { return disk.written() > 5'000; }));
    disk.fill();
    REQUIRE(eventually([&] { return disk.in_trouble(); }));
    CHECK(has(disk.daemon().log(), "w: its log cannot be written, it has to wait: write "));
    write_text(disk.daemon().path("enough"), "");   // it would end at once, if it could write
    const auto pid = disk.daemon().worker_in("w", "running").pid;
    // asleep in write(2), as the kernel names it; a container may not let us look
    const auto where = [&] { return read_text("/proc/" + std::to_string(pid) + "/wchan"); };
    if (!where().empty() && where() != "0") CHECK(eventually([&] { return has(where(), "pipe"); }));
    CHECK(disk.in_trouble());
    CHECK(call(disk.daemon(), "GET", "/readyz").status == 200);   // talosd itself waits for nobody
    disk.empty();
    disk.daemon().worker_in("w", "exited");
    CHECK(eventually([&] { return !disk.in_trouble(); }));
    CHECK(eventually([&] { return disk.lines().next() == count; }));
    const auto lines = disk.lines();
    CHECK(lines.fault() == "");
    CHECK(lines.gaps() == 0);
    CHECK(disk.log_status().empty());
    CHECK(disk.daemon().stop() == 0);
}

TEST_CASE("full disk, block: a stop does not wait for the disk, and what is lost is said") {
    const bool another = GENERATE(false, true);
    if (another && !is_root()) return;
    OnSmallDisk disk("block", 100'000'000, another ? OnSmallDisk::Whose::another_users : OnSmallDisk::Whose::talosds);
    if (!disk.possible()) TALOS_SKIP("needs a mount namespace");
    REQUIRE(eventually([&] { return disk.written() > 1'000; }));
    disk.fill();
    REQUIRE(eventually([&] { return disk.in_trouble(); }));
    CHECK(disk.daemon().stop() == 0);
    CHECK(has(disk.daemon().log(), "w: its log could not be written to the end: "));
    CHECK(has(disk.daemon().log(), " lines that waited are lost"));
}

TEST_CASE("read-only file system: told in the system's words, and over when it can be written again") {
    constexpr std::uint64_t count = 30'000;
    OnSmallDisk disk("block", count);
    if (!disk.possible()) TALOS_SKIP("needs a mount namespace");
    REQUIRE(eventually([&] { return disk.written() > 1'000; }));
    const auto remount = [&](const std::string& how) {
        return run_beside(disk.daemon().pid(), {"mount", "-o", "remount," + how, disk.daemon().path("small")});
    };
    if (remount("rw") != 0) TALOS_SKIP("needs the right to mount a file system anew");
    // An open file would keep the file system from becoming read-only: a worker that writes nothing has none after SIGUSR1.
    const auto pid = disk.daemon().worker_in("w", "running").pid;
    REQUIRE(::kill(pid, SIGSTOP) == 0);
    REQUIRE(eventually([&] { return proc(pid).state == 'T'; }));
    REQUIRE(eventually([&] {
        disk.daemon().process().signal(SIGUSR1);
        return remount("ro") == 0;
    }));
    REQUIRE(::kill(pid, SIGCONT) == 0);
    REQUIRE(eventually([&] { return has(disk.log_status(), "Read-only file system"); }));
    REQUIRE(remount("rw") == 0);
    REQUIRE(eventually([&] { return !disk.in_trouble(); }));
    disk.finish();
    Numbered lines;
    lines.text(read_text(disk.small("w.log")));
    CHECK(lines.fault() == "");
    CHECK(lines.next() == count);
    CHECK(disk.daemon().stop() == 0);
}
