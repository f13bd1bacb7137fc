#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/cgroup.hpp"
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <filesystem>

using namespace talos::test;

/// Without cgroups: every other fact there is, and what none of them proves is shown.
namespace {

const std::string off = R"("cgroup": "off", )";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// PIDs of `unowned` in status.json.
std::vector<pid_t> unowned(const Daemon& daemon) {
    std::vector<pid_t> pids;
    const auto status = daemon.status();
    const auto* list = status ? status->if_contains("unowned") : nullptr;
    if (list != nullptr)
        for (const auto& process : list->as_array()) pids.push_back(static_cast<pid_t>(process.at("pid").as_int64()));
    return pids;
}

}   // namespace

TEST_CASE(
    "unowned: a leftover process that nothing proves to be the worker's is shown with its command line, and ended with talosd") {
    Daemon daemon;
    daemon.configure(worker("w", shell(escape(daemon.path("pid"), "exec sleep 121") + "; exec sleep 120")), off);
    daemon.start();
    const auto escaped = pid_in(daemon.path("pid"));
    daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return proc(escaped).ppid == daemon.pid(); }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(alive(escaped));
    REQUIRE(eventually([&] { return unowned(daemon) == std::vector<pid_t>{escaped}; }));
    const auto shown = daemon.ctl({"status"}).out;
    INFO(shown);
    CHECK(has(shown, "unowned process " + std::to_string(escaped) + ": sleep 121"));
    CHECK(has(daemon.log(), "process " + std::to_string(escaped) + " (sleep 121) was left over"));
    SECTION("until it ends by itself") {
        REQUIRE(::kill(escaped, SIGKILL) == 0);
        CHECK(eventually([&] { return unowned(daemon).empty(); }));
    }
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(escaped));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("without cgroups: what was below main when the stop began ends with it, whatever its session and environment") {
    Daemon daemon;
    // its parent is main until that ends
    daemon.configure(worker("w", shell("setsid env -i /bin/sh -c 'echo $$ > " + daemon.path("pid") +
                                       "; exec sleep 120' </dev/null >/dev/null 2>&1 & exec sleep 120")),
                     off);
    daemon.start();
    const auto escaped = pid_in(daemon.path("pid"));
    const auto main = daemon.worker_in("w", "running").pid;
    REQUIRE(eventually([&] { return proc(escaped).session == escaped && proc(escaped).ppid == main; }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK_FALSE(alive(escaped));
    CHECK(unowned(daemon).empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("without cgroups: what still holds the worker's pipe is its own after a crash of main") {
    Daemon daemon;
    daemon.configure(worker("w", shell("rm -f " + daemon.path("pid") + "; (setsid env -i /bin/sh -c 'echo $$ > " +
                                       daemon.path("pid") + "; exec sleep 120' &) ; exec sleep 120")),
                     off);
    daemon.start();
    const auto escaped = pid_in(daemon.path("pid"));
    const auto before = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return proc(escaped).session == escaped && proc(escaped).ppid == daemon.pid(); }));
    kill_main(before);
    (void)daemon.worker_after("w", before.pid);
    CHECK_FALSE(alive(escaped));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("without cgroups: hundreds that a crash leaves at once are all looked at and ended before the next run, and none is "
          "unowned") {
    Daemon daemon;
    // More than a turn looks at. Each has a session of its own and a parent that has ended: only its environment says whose it is.
    const auto go = daemon.path("left");
    const auto first =
        "test -e " + go +
        " && exec sleep 121; for i in $(seq 600); do setsid sleep 122 </dev/null >/dev/null 2>&1 & done; echo done > " + go +
        "; exec sleep 120";
    daemon.configure(worker("w", shell(first), R"("restart": {"delay": "0s"}, "startTime": "0s")") +
                         worker("other", sleeper(), R"("restart": {"delay": "0s"})"),
                     off);
    daemon.start();
    REQUIRE(eventually([&] { return has(read_text(go), "done"); }));
    const auto before = daemon.worker_in("w", "running");
    const auto other = daemon.worker_in("other", "running");
    const auto children = [&] {
        std::vector<pid_t> found;
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") == std::string::npos && proc(std::stoi(name)).ppid == daemon.pid())
                found.push_back(std::stoi(name));
        }
        return found.size();
    };
    kill_main(before);
    kill_main(other);
    const auto after = daemon.worker_after("w", before.pid);
    CHECK(children() <= 4);   // the mains, and perhaps a child that reads environments
    CHECK(unowned(daemon).empty());
    CHECK(daemon.worker_after("other", other.pid).restarts == 1);
    CHECK(after.restarts == 1);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("marks: each worker's differs, and that of each run") {
    const auto mark_of = [](pid_t pid) {
        for (const auto& entry : environment_of(pid))
            if (entry.starts_with("TALOS_RUN=")) return entry;
        return std::string();
    };
    Daemon daemon(worker("a", sleeper()) + worker("b", sleeper()));
    daemon.start();
    const auto a = daemon.worker_in("a", "running");
    const auto of_a = mark_of(a.pid);
    CHECK(of_a.size() > 32);
    CHECK(of_a != mark_of(daemon.worker_in("b", "running").pid));
    CHECK(daemon.ctl({"restart", "a"}).code == 0);
    CHECK(mark_of(daemon.worker_after("a", a.pid).pid) != of_a);
    const std::string secret(daemon.status()->at("run").as_string().c_str());
    CHECK_FALSE(has(of_a, secret));
    CHECK(daemon.stop() == 0);
}

TEST_CASE(
    "marks: a worker that takes another's name keeps nothing of that alive, nor does that one's stop wait for it or end it") {
    const auto mode = GENERATE(as<std::string>{}, "", off);
    if (mode.empty() && !has_cgroups()) return;
    Daemon daemon;
    // a deaf process of the intruder's in a session of its own, with the victim's name and the intruder's own mark
    const auto pretend = "(setsid env TALOS_WORKER=victim sh -c 'trap \"\" TERM; echo $$ > " + daemon.path("pid") +
                         "; while :; do sleep 0.05; done' </dev/null >/dev/null 2>&1 &) ; exec sleep 120";
    const auto user = is_root() ? std::string(R"("user": "nobody", "cwd": "/", )") : std::string();
    write_text(daemon.path("pid"), "");
    std::filesystem::permissions(daemon.path("pid"), std::filesystem::perms::all);
    std::filesystem::permissions(daemon.path(""), std::filesystem::perms::owner_all | std::filesystem::perms::others_exec |
                                                      std::filesystem::perms::group_exec);
    daemon.configure(
        worker("victim", sleeper(), stop_after("1h")) + worker("intruder", shell(pretend), user + stop_after("200ms")), mode);
    daemon.start();
    const auto pretender = pid_in(daemon.path("pid"));
    daemon.worker_in("victim", "running");
    REQUIRE(eventually([&] { return proc(pretender).ppid == daemon.pid(); }));
    CHECK(daemon.ctl({"stop", "victim"}).code == 0);
    CHECK(alive(pretender));
    CHECK(daemon.ctl({"start", "victim"}).code == 0);
    kill_main(daemon.worker_in("victim", "running"));
    CHECK(eventually([&] { return daemon.worker_in("victim", "running").restarts == 1; }));
    CHECK(alive(pretender));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(pretender));
}

TEST_CASE("unowned: leftover processes whose memory cannot be read delay no restart and no stop and are shown by name") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    const auto place = daemon.path("held");
    std::filesystem::create_directory(place);
    if (run(Command{.argv = {program("hold_memory"), place, "0", "probe"}}).code == 77) TALOS_SKIP("FUSE cannot be mounted here");
    const auto lines = daemon.data("logs/holder.log");
    daemon.configure(
        worker("holder", {program("hold_memory"), place, "3", "stay"}, R"("restart": "never")") + worker("free", sleeper()), off);
    daemon.start();
    REQUIRE(eventually([&] { return has(read_text(lines), "ready"); }));
    const auto text = read_text(lines);
    const auto server = static_cast<pid_t>(std::stol(text.substr(text.find("server ") + 7)));
    kill_main(daemon.worker_in("holder", "running"));
    (void)daemon.worker_when("holder", [](const WorkerView& view) { return view.pid == 0; });
    const auto before = daemon.worker_in("free", "running");
    kill_main(before);
    (void)daemon.worker_after("free", before.pid);
    CHECK(eventually([&] { return unowned(daemon).size() == 4; }));   // the server, too
    const auto shown = daemon.ctl({"status"}).out;
    INFO(shown);
    CHECK(has(shown, ": [hold_memory]"));
    REQUIRE(::kill(server, SIGKILL) == 0);   // from here on the others can end
    CHECK(daemon.stop() == 0);
}

TEST_CASE("without cgroups: a process of root that writes to the pipe of another user's worker is not that worker's") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    // What root's worker leaves opens a file that the other user has made a link to its own output.
    const auto leaves = "w=$(cat " + daemon.path("evil") + "); setsid env -i /bin/sh -c 'echo $$ > " + daemon.path("pid") +
                        "; exec sleep 120' </dev/null >>/proc/$w/fd/1 2>&1 & exec sleep 120";
    daemon.configure(worker("evil", shell("exec sleep 120"), R"("user": "nobody", "cwd": "/", "restart": {"policy": "never"})") +
                         worker("svc", shell("until test -s " + daemon.path("evil") + "; do sleep 0.02; done; " + leaves),
                                R"("restart": {"policy": "never"})"),
                     off);
    daemon.start();
    const auto evil = daemon.worker_in("evil", "running");
    write_text(daemon.path("evil"), std::to_string(evil.pid));
    const auto left = pid_in(daemon.path("pid"));
    const auto svc = daemon.worker_in("svc", "running");
    REQUIRE(eventually([&] { return proc(left).session == left; }));
    REQUIRE(::kill(svc.pid, SIGKILL) == 0);
    REQUIRE(eventually([&] { return unowned(daemon) == std::vector<pid_t>{left}; }));
    kill_main(evil);
    daemon.worker_in("evil", "exited");
    CHECK(alive(left));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(left));
}
