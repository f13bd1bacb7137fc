#include "cli/views/status_view.hpp"
#include "cli/views/worker_tree.hpp"
#include "support/catch.hpp"
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <csignal>

using namespace talos;
using namespace talos::cli;
using worker::State;

namespace {

constexpr std::int64_t noon = 1769688000000;

ViewSettings plain() {
    ViewSettings view;
    view.now = wall_from_ms(noon);
    view.boot_ticks = 100'000;
    view.ticks_per_second = 100;
    return view;
}

state::WorkerStatus a_worker(const char* name, State state) {
    state::WorkerStatus worker;
    worker.name = name;
    worker.state = state;
    worker.goal = worker::Goal::up;
    worker.since = wall_from_ms(noon - 1'000);
    return worker;
}

state::WorkerStatus running(const char* name, pid_t pid, std::uint64_t ticks) {
    auto worker = a_worker(name, State::running);
    worker.pid = pid;
    worker.start_ticks = ticks;
    return worker;
}

state::WorkerStatus ended(state::WorkerStatus worker, int code, int signal, Millis before_noon) {
    worker.last_exit = worker::LastExit{{code, signal, false, {}}, wall_from_ms(noon) - before_noon, Millis{500}};
    return worker;
}

state::StatusDocument a_document() {
    state::StatusDocument document;
    document.head.identity = {4242, 80'000, "boot", 1};
    document.head.state = state::DaemonState::running;
    document.head.config_path = "/srv/talos.json";
    document.head.updated_at = wall_from_ms(noon - 125'000);
    document.workers = {ended(running("web", 4243, 87'500), 0, SIGSEGV, Millis{120'000}), a_worker("cache", State::backoff)};
    document.workers[1].restarts = 3;
    document.workers[1].next_start = wall_from_ms(noon + 3'000);
    document.workers[1] = ended(document.workers[1], 3, 0, Millis{400});
    return document;
}

const std::vector<std::size_t> both{0, 1};

/// `a: b c` as a row: the worker and what it depends on.
state::WorkerStatus depending(const char* name, std::vector<std::string> others) {
    auto worker = a_worker(name, State::stopped);
    for (auto& other : others) worker.depends_on.emplace_back(std::move(other), "ready");
    return worker;
}

std::vector<std::string> tree_lines(const state::StatusDocument& document, std::vector<std::size_t> which) {
    std::vector<std::string> lines;
    for (const auto& line : tree_of(document, which))
        lines.push_back(line.lead + document.workers[line.worker].name + (line.above ? " *" : ""));
    return lines;
}

}   // namespace

TEST_CASE("status: the name stands first, uptimes are counted on the boot clock") {
    CHECK(worker_table(a_document(), both, plain()) ==
          "NAME   STATE    PID   UPTIME  RESTARTS  DETAIL\n"
          "web    running  4243  2m 5s   0         last exit: SIGSEGV, 2m ago\n"
          "cache  backoff  -     -       3         next start in 3s; exit code 3, just now\n");
}

TEST_CASE("status: only the workers that were asked for") {
    const std::vector<std::size_t> second{1};
    CHECK(worker_table(a_document(), second, plain()) ==
          "NAME   STATE    PID  UPTIME  RESTARTS  DETAIL\n"
          "cache  backoff  -    -       3         next start in 3s; exit code 3, just now\n");
}

TEST_CASE("status: details say why and what comes next") {
    auto fatal = ended(a_worker("db", State::fatal), 1, 0, Millis{60'000});
    fatal.reason = "failed 3 times within 1m: exit code 1";
    CHECK(detail_of(fatal, wall_from_ms(noon)) == "failed 3 times within 1m: exit code 1");

    auto spawn = a_worker("db", State::backoff);
    spawn.reason = "exec ./db: No such file or directory";
    spawn.next_start = wall_from_ms(noon - 5);
    CHECK(detail_of(spawn, wall_from_ms(noon)) == "next start is due now; exec ./db: No such file or directory");

    CHECK(detail_of(ended(a_worker("job", State::exited), 0, 0, Millis{300'000}), wall_from_ms(noon)) == "exit code 0, 5m ago");
    CHECK(detail_of(a_worker("web", State::stopped), wall_from_ms(noon)).empty());

    const auto restarting = running("web", 7, 1);
    auto stopping = restarting;
    stopping.state = State::stopping;
    CHECK(detail_of(stopping, wall_from_ms(noon)) == "starts again afterwards");
}

TEST_CASE("status: a clock that was set back shows no negative times") {
    auto worker = ended(running("web", 4243, 200'000), 1, 0, Millis{-5'000});
    state::StatusDocument document = a_document();
    document.workers = {worker};
    const std::vector<std::size_t> one{0};
    CHECK(worker_table(document, one, plain()) == "NAME  STATE    PID   UPTIME  RESTARTS  DETAIL\n"
                                                  "web   running  4243  0s      0         last exit: exit code 1, just now\n");
}

TEST_CASE("status: the last line is about talosd") {
    CHECK(daemon_line(a_document(), "/srv/.talos", plain()) ==
          "talosd pid 4242, up 3m 20s, config /srv/talos.json, data directory /srv/.talos\n");
    auto ad_hoc = a_document();
    ad_hoc.head.config_path.clear();
    ad_hoc.head.state = state::DaemonState::stopping;
    ad_hoc.workers.clear();
    CHECK(daemon_line(ad_hoc, "/srv/.talos", plain()) ==
          "talosd pid 4242, stopping, up 3m 20s, no config, data directory /srv/.talos; no workers\n");
}

TEST_CASE("status: a saved number of instances has a line, for its own workers and for all") {
    auto document = a_document();
    document.head.saved_scales = {{"web", 4, 2}, {"api", 1, 0}};
    const std::string web =
        "web: 4 instances are saved instead of the config's 2; `talosctl scale web=config` removes the saved number\n";
    CHECK(scale_lines(document, both, true, plain()) ==
          web + "api: 1 instance is saved instead of the config's 0; `talosctl scale api=config` removes the saved number\n");
    CHECK(scale_lines(document, both, false, plain()).empty());
    document.workers[1].group = "web";
    CHECK(scale_lines(document, both, false, plain()) == web);
}

TEST_CASE("status: JSON is the document plus running and uptime") {
    const std::vector<std::size_t> second{1};
    const auto all = status_json(a_document(), both, plain());
    CHECK(all.at("running").as_bool());
    CHECK(all.at("uptime").as_int64() == 200'000);
    CHECK(all.at("workers").as_array().size() == 2);
    CHECK(status_json(a_document(), second, plain()).at("workers").as_array().size() == 1);
}

TEST_CASE("status after a crash: what died, who lives on, what to do") {
    client::Survivors web{"web", {}, {{4243, 87'500, "boot", 1}, {4250, 88'000, "boot", 1}}, {}};
    const auto text = crash_text(a_document(), true, {web}, "/srv/.talos", plain());
    CHECK(text.find("killed or crashed (pid 4242") != std::string::npos);
    CHECK(text.find("2m 5s ago") != std::string::npos);
    CHECK(text.find("still alive: web (pids 4243 4250)\n") != std::string::npos);
    CHECK(text.find("talosctl start") != std::string::npos);
    CHECK(crash_text(a_document(), true, {}, "/srv/.talos", plain()).find("none of its workers is alive") != std::string::npos);
    CHECK(crash_text(a_document(), false, {}, "/srv/.talos", plain()).find("machine has been rebooted") != std::string::npos);
    CHECK(crash_text(std::nullopt, false, {}, "/srv/.talos", plain()).find("no readable status.json") != std::string::npos);
}

TEST_CASE("status: a log that cannot be written stands in the details") {
    auto worker = running("web", 4243, 87'500);
    worker.log = state::LogStatus{{}, {}, 3, 300};
    CHECK(detail_of(worker, wall_from_ms(noon)).empty());
    worker.log->trouble = "write web.log: No space left on device";
    CHECK(detail_of(worker, wall_from_ms(noon)) == "log cannot be written: write web.log: No space left on device");
}

TEST_CASE("status: a oneshot that is done has completed") {
    auto worker = ended(a_worker("once", State::exited), 0, 0, Millis{3'000});
    CHECK(detail_of(worker, wall_from_ms(noon)) == "exit code 0, 3s ago");
    worker.oneshot = true;
    worker.state = State::completed;
    CHECK(detail_of(worker, wall_from_ms(noon)) == "completed, 3s ago");
    worker.remains_up = true;
    CHECK(detail_of(worker, wall_from_ms(noon)) == "completed, 3s ago");
    worker.state = State::running;
    CHECK(detail_of(ended(worker, 1, 0, Millis{3'000}), wall_from_ms(noon)).find("completed") == std::string::npos);
}

TEST_CASE("status: what a worker says of itself stands in the details, beside what it waits for") {
    auto worker = running("web", 4243, 87'500);
    worker.notify = state::NotifyStatus{"3 clients", false, false, 0, wall_from_ms(noon)};
    CHECK(detail_of(worker, wall_from_ms(noon)) == "reports \"3 clients\"");
    worker.notify->reloading = true;
    CHECK(detail_of(worker, wall_from_ms(noon)) == "reports that it is reloading; reports \"3 clients\"");
    worker.old_config = true;
    CHECK(detail_of(worker, wall_from_ms(noon)) == "old config; reports that it is reloading; reports \"3 clients\"");
    worker.old_config = false;
    worker.notify = state::NotifyStatus{{}, false, true, 0, {}};
    CHECK(detail_of(worker, wall_from_ms(noon)) == "reports that it is stopping");
    worker.state = worker::State::starting;
    worker.reason = "waiting to be ready (notify)";
    worker.notify = state::NotifyStatus{"loading", false, false, 0, {}};
    CHECK(detail_of(worker, wall_from_ms(noon)) == "waiting to be ready (notify); reports \"loading\"");
}

TEST_CASE("status: who is unhealthy is told so in the details, by what, and nobody else") {
    auto worker = running("web", 4243, 87'500);
    worker.health = state::HealthStatus{worker::HealthState::healthy, wall_from_ms(noon), 1, "exec check: check: exit code 1"};
    CHECK(detail_of(worker, wall_from_ms(noon)).empty());
    worker.health->state = worker::HealthState::unhealthy;
    CHECK(detail_of(worker, wall_from_ms(noon)) == "unhealthy: exec check: check: exit code 1");
}

TEST_CASE("tree: roots are those that nobody depends on, and what was shown with all below it is not again") {
    state::StatusDocument document;
    document.workers = {depending("web", {"api", "db"}), depending("api", {"db"}), depending("db", {"disk"}),
                        depending("disk", {}), depending("apart", {})};
    CHECK(tree_lines(document, {0, 1, 2, 3, 4}) ==
          std::vector<std::string>{"web", "├─ api", "│  └─ db", "│     └─ disk", "└─ db *", "apart"});
    CHECK(tree_lines(document, {1, 3}) == std::vector<std::string>{"api", "└─ db", "   └─ disk", "disk"});
}

TEST_CASE("tree: a document that no talosd has written does no harm") {
    state::StatusDocument document;
    document.workers = {depending("a", {"b"}), depending("b", {"a", "nobody"})};
    CHECK(tree_lines(document, {0, 1}) == std::vector<std::string>{"a", "└─ b", "   └─ a *"});
}

TEST_CASE("status: what is to be up and waits is shown as waiting, what was stopped as stopped") {
    state::StatusDocument document;
    document.workers = {a_worker("app", State::stopped), a_worker("down", State::stopped)};
    document.workers[0].reason = "waiting for m (fatal) to complete";
    document.workers[0].waiting_for = {"m"};
    document.workers[1].goal = worker::Goal::down;
    CHECK(worker_table(document, both, plain()) == "NAME  STATE    PID  UPTIME  RESTARTS  DETAIL\n"
                                                   "app   waiting  -    -       0         waiting for m (fatal) to complete\n"
                                                   "down  stopped  -    -       0\n");
    const auto json = status_json(document, both, plain());
    const auto& app = json.at("workers").as_array()[0].as_object();
    CHECK(app.at("state") == "stopped");
    CHECK(app.at("waitingFor") == boost::json::value{"m"});
    CHECK_FALSE(json.at("workers").as_array()[1].as_object().contains("waitingFor"));
}

TEST_CASE("status: how often a worker failed is told where its reason and its last exit do not say it") {
    const auto now = plain().now;
    auto worker = a_worker("web", State::backoff);
    worker.next_start = now + Millis{17'000};
    worker.failures = worker.failures_last_hour = 1;
    CHECK(detail_of(worker, now) == "next start in 17s");
    worker.failures = worker.failures_last_hour = 3;
    CHECK(detail_of(worker, now) == "next start in 17s; failed 3 times in a row");
    worker.failures_last_hour = 12;
    CHECK(detail_of(worker, now) == "next start in 17s; failed 3 times in a row, 12 in the last hour");
    worker.state = State::fatal;
    worker.reason = "3 failures within 1m, the last one: exit code 1";
    CHECK(detail_of(worker, now) == worker.reason + "; failed 12 times in the last hour");
    worker.failures_last_hour = 3;
    CHECK(detail_of(worker, now) == worker.reason);
    worker.state = State::running;
    worker.reason.clear();
    CHECK(detail_of(worker, now) == "failed 3 times in the last hour");
}

TEST_CASE("status: a paused worker is shown as paused, a disabled one says so, and --wide shows what processes use") {
    state::StatusDocument document;
    auto paused = running("web", 4711, 90'000);
    paused.paused = true;
    paused.usage = state::UsageStatus{2, 5u << 20, Millis{1'500}};
    auto disabled = a_worker("db", State::stopped);
    disabled.goal = worker::Goal::down;
    disabled.disabled = true;
    document.workers = {paused, disabled};
    const std::size_t all[] = {0, 1};
    const auto table = worker_table(document, all, plain());
    CHECK(table.find("web   paused   4711") != std::string::npos);
    CHECK(table.find("disabled") != std::string::npos);
    CHECK(table.find("MEMORY") == std::string::npos);
    auto view = plain();
    view.wide = true;
    const auto wide = worker_table(document, all, view);
    CHECK(wide.find("5 MiB") != std::string::npos);
    CHECK(wide.find("MEMORY") != std::string::npos);
}
