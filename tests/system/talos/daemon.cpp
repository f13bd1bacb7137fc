#include "system/talos/daemon.hpp"

#include "posix/rights/unique_fd.hpp"
#include "support/catch.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <sstream>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace talos::test {

namespace json = boost::json;

namespace {

/// Forgiving, since some tests put other people's documents there.
std::string text_of(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : std::string();
}

std::int64_t number_of(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

WorkerView view_of(const json::object& row) {
    WorkerView view;
    view.name = text_of(row, "name");
    view.state = text_of(row, "state");
    view.goal = text_of(row, "goal");
    view.reason = text_of(row, "reason");
    view.ready = row.at("ready").as_bool();
    view.pid = static_cast<pid_t>(number_of(row, "pid"));
    view.start_ticks = static_cast<std::uint64_t>(number_of(row, "startTicks"));
    view.restarts = number_of(row, "restarts");
    view.next_start_at = number_of(row, "nextStartAt");
    if (const auto* exit = row.if_contains("lastExit")) {
        view.exit_signal = text_of(exit->as_object(), "signal");
        if (view.exit_signal.empty()) view.exit_code = number_of(exit->as_object(), "code");
    }
    return view;
}

posix::UniqueFd pidfd_of(pid_t pid) { return posix::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

/// Only for a process that is our unreaped child, so that the PID cannot be another's.
void kill_child(pid_t pid) {
    if (const auto pidfd = pidfd_of(pid)) ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
}

}   // namespace

void kill_main(const WorkerView& view) {
    REQUIRE(view.pid > 1);
    const auto pidfd = pidfd_of(view.pid);
    REQUIRE(pidfd);
    REQUIRE(proc(view.pid).start_ticks == view.start_ticks);
    REQUIRE(::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0) == 0);
}

std::string worker(const std::string& name, const std::vector<std::string>& command, const std::string& extra) {
    json::array words;
    for (const auto& word : command) words.emplace_back(word);
    std::string text = '"' + name + "\": {\"command\": " + json::serialize(words);
    const bool timed = extra.find("\"startTime\"") != std::string::npos || extra.find("\"oneshot\"") != std::string::npos;
    if (!timed) text += ", \"startTime\": \"0s\"";
    if (!extra.empty()) text += ", " + extra;
    return text + "},\n";
}

std::vector<std::string> shell(const std::string& script) { return {"sh", "-c", script}; }

Daemon::Daemon(const std::string& workers) {
    Household::get();
    configure(workers);
}

Daemon::~Daemon() {
    process_.reset();
    if (detached_) {
        if (alive(pid_) && proc(pid_).ppid == ::getpid()) kill_child(pid_);
        Household::get().remove(pid_);
    }
    Household::get().end_adopted();
}

void Daemon::configure(const std::string& workers, const std::string& top) const {
    write_text(path("talos.json"), "{" + top + "\"workers\": {\n" + workers + "}}\n");
}

Command Daemon::command(const std::vector<std::string>& words) const {
    Command command;
    command.argv = {bin_dir() + "/talosd", "--data-dir", path("data")};
    if (words.empty() || words.front() != "--") command.argv.insert(command.argv.end(), {"--config", path("talos.json")});
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.cwd = dir_.path();
    command.new_session = true;   // without the terminal that the tests were started from
    return command;
}

Command Daemon::ctl_command(const std::vector<std::string>& words) const {
    Command command;
    command.argv = {bin_dir() + "/talosctl", "--data-dir", path("data"), "--config", path("talos.json")};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.cwd = dir_.path();
    command.new_session = true;
    return command;
}

void Daemon::launch(const Command& how) {
    process_.reset();
    process_.emplace(how);
    pid_ = process_->pid();
}

void Daemon::start(const Command& how) {
    launch(how);
    await_running();
}

void Daemon::await_running() {
    const bool up = eventually([this] {
        if (process_->ended()) return true;
        const auto document = status();
        return document && number_of(*document, "pid") == pid_ && text_of(*document, "state") == "running";
    });
    INFO("its output: " << process_->out() << "\nits errors: " << process_->err());
    REQUIRE(up);
    REQUIRE_FALSE(process_->ended().has_value());
    run_mark_ = "TALOS_RUN=" + text_of(*status(), "run");
}

void Daemon::start_detached() {
    const auto started = ctl({"start"});
    INFO("talosctl start: " << started.out << started.err << "\ndaemon.log: " << log());
    REQUIRE(started.code == 0);
    take_detached();
}

void Daemon::take_detached() {
    const auto document = status();
    REQUIRE(document);
    if (detached_) Household::get().remove(pid_);
    detached_ = true;
    pid_ = static_cast<pid_t>(number_of(*document, "pid"));
    run_mark_ = "TALOS_RUN=" + text_of(*document, "run");
    Household::get().add(pid_);
}

int Daemon::stop() {
    process_->signal(SIGTERM);
    return process_->wait();
}

void Daemon::kill() {
    if (process_) {
        process_->signal(SIGKILL);
        (void)process_->wait();
    } else {
        kill_child(pid_);
        REQUIRE(eventually([this] { return ::waitpid(pid_, nullptr, WNOHANG) == pid_; }));
    }
}

std::optional<json::object> Daemon::status() const {
    const std::string text = read_text(data("status.json"));
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    return !error && value.is_object() ? std::optional(value.get_object()) : std::nullopt;
}

std::vector<WorkerView> Daemon::workers() const {
    std::vector<WorkerView> views;
    if (const auto document = status())
        for (const auto& row : document->at("workers").as_array()) views.push_back(view_of(row.as_object()));
    return views;
}

WorkerView Daemon::worker_when(const std::string& name, const std::function<bool(const WorkerView&)>& wanted) const {
    WorkerView seen;
    const bool came = eventually([&] {
        for (const auto& view : workers())
            if (view.name == name) seen = view;
        return seen.name == name && wanted(seen);
    });
    INFO("worker " << name << " is " << seen.state << ", pid " << seen.pid << ", restarts " << seen.restarts
                   << ", reason: " << seen.reason);
    INFO("status.json: " << read_text(data("status.json")) << "\ndaemon.log: " << log());
    REQUIRE(came);
    return seen;
}

WorkerView Daemon::worker_in(const std::string& name, const std::string& state) const {
    return worker_when(name, [&](const WorkerView& view) { return view.state == state; });
}

WorkerView Daemon::worker_after(const std::string& name, pid_t before) const {
    return worker_when(name,
                       [&](const WorkerView& view) { return view.state == "running" && view.pid != 0 && view.pid != before; });
}

std::vector<json::object> Daemon::events() const {
    std::istringstream lines(read_text(data("events.jsonl")));
    std::vector<json::object> all;
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line).as_object());
    return all;
}

std::string Daemon::left_behind() const {
    auto left = Household::get().adopted();
    if (!run_mark_.empty())
        for (const pid_t pid : processes_with(run_mark_)) left.push_back(pid);
    std::string text;
    for (const pid_t pid : left) text += std::to_string(pid) + " " + read_text("/proc/" + std::to_string(pid) + "/comm");
    return text;
}

}   // namespace talos::test
