#pragma once
#include "api/service.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace talos::http::test {

using namespace talos::api;

/// Workers that are what the test says they are. Belongs to the loop's thread.
class FakeService final : public Service {
public:
    explicit FakeService(std::string directory) : directory_(std::move(directory)) {
        head_.version = "9.9.9";
        head_.identity.pid = ::getpid();
        head_.run = "a-run";
        head_.state = state::DaemonState::running;
    }
    ~FakeService() override {
        for (const pid_t child : children) (void)::waitpid(child, nullptr, 0);
    }

    // --- what the test does
    WorkerView& add(const std::string& name, worker::State state = worker::State::stopped) {
        WorkerView view;
        view.status.name = name;
        workers_.push_back(std::move(view));
        return set(name, state);
    }
    WorkerView& set(const std::string& name, worker::State state) {
        auto& view = *find(name);
        view.status.state = state;
        view.status.ready = state == worker::State::running;
        const bool up = state == worker::State::running || state == worker::State::starting;
        if (up) view.status.goal = worker::Goal::up;
        if (state == worker::State::running) ++view.attempts;
        view.status.pid = up || state == worker::State::stopping ? 1000 + static_cast<pid_t>(view.attempts) : 0;
        event_bus_.changed();
        return view;
    }
    void remove(const std::string& name) {
        std::erase_if(workers_, [&](const auto& view) { return view.status.name == name; });
        event_bus_.changed();
    }
    /// One line of the history: in the file, then on the board.
    std::uint64_t event(const std::string& worker, const std::string& reason = "because") {
        const auto sequence = ++head_.sequence;
        std::string line = "{\"sequence\":";
        line.append(std::to_string(sequence)).append(",\"at\":1769650000000");
        if (!worker.empty()) line.append(",\"worker\":\"").append(worker).append("\"");
        line.append(",\"cause\":\"start\",\"reason\":\"").append(reason).append("\"}");
        if (journal_works) std::ofstream(journal_path(), std::ios::app) << line << '\n';
        event_bus_.event(sequence, line);
        return sequence;
    }
    void rotate_journal(unsigned keep = 3) const { rotate(journal_path(), keep); }
    void output(const std::string& worker, const std::string& text) {
        std::ofstream(log_path(worker), std::ios::app) << text;
        event_bus_.output(worker);
    }
    void rotate_log(const std::string& worker) const { rotate(log_path(worker), 5); }
    [[nodiscard]] std::string log_path(const std::string& worker) const { return directory_ + "/" + worker + ".log"; }

    std::vector<std::string> asked;   ///< `stop web by 0`
    state::Requester last_asker;
    std::vector<std::string> refusals;
    std::vector<std::string> told_left_out;
    bool measures_on = false;   ///< what is measured is not all there yet
    std::string refuse_with;    ///< commands fail with these words
    unsigned written = 0;
    std::vector<pid_t> children;
    bool journal_works = true;
    std::chrono::milliseconds slowness{0};   // of head(), and so of an answer
    std::vector<GroupView> known_groups;
    ReloadAnswer next_reload;
    std::vector<config::Affected> others;   ///< that stop with whatever is stopped
    std::optional<ReloadProgress> progress;

    // --- Service
    state::StatusHead head() const override {
        if (slowness.count() != 0) std::this_thread::sleep_for(slowness);
        return head_;
    }
    void set_state(state::DaemonState state) { head_.state = state; }
    std::vector<api::Named> names() const override {
        std::vector<api::Named> names;
        for (const auto& view : workers_) names.push_back({view.status.name, view.status.group});
        return names;
    }
    std::vector<GroupView> groups() const override { return known_groups; }
    std::optional<WorkerView> worker(std::string_view name) const override {
        for (const auto& view : workers_)
            if (view.status.name == name) return view;
        return std::nullopt;
    }
    LogPlace log_of(std::string_view name) const override {
        if (name == "silent") return {"", false, "its log is \"none\""};
        return {log_path(std::string(name)), name == "raw", ""};
    }
    std::string journal_path() const override { return directory_ + "/events.jsonl"; }
    std::optional<ReloadProgress> reload_progress(std::uint64_t) const override { return progress; }
    std::unique_ptr<Measurement> measure() override {
        class Measuring : public Measurement {
        public:
            explicit Measuring(const FakeService& service) : service_(service) {}
            bool step() override { return !service_.measures_on; }
            Metrics metrics() override {
                Metrics all;
                all.version = service_.head_.version;
                return all;
            }

        private:
            const FakeService& service_;
        };
        return std::make_unique<Measuring>(*this);
    }
    Result<> act(std::string_view name, Operation operation, const state::Requester& requester) override {
        asked.push_back(
            std::string(to_text(operation)).append(" ").append(name).append(" by ").append(std::to_string(requester.uid)));
        last_asker = requester;
        return refuse_with.empty() ? Result<>{} : talos::refused(refuse_with);
    }
    std::optional<Outcome> not_restarted(std::string_view, const Meant&) const override { return std::nullopt; }
    RollAnswer roll(const std::vector<std::string>& names, const state::Requester& requester) override {
        for (const auto& name : names) asked.push_back("roll " + name + " by " + std::to_string(requester.uid));
        return {1};
    }
    std::optional<ReloadProgress> roll_progress(std::uint64_t) const override { return progress; }
    std::vector<config::Affected> taken_along(const std::vector<std::string>&) const override { return others; }
    Result<PendingCommand> ask(std::string_view name, Verb verb, const state::Requester& requester, const Meant&) override {
        asked.push_back(std::string(to_text(verb)).append(" ").append(name).append(" by ").append(std::to_string(requester.uid)));
        last_asker = requester;
        if (!refuse_with.empty()) return talos::refused(refuse_with);
        auto& view = *find(name);
        PendingCommand wish{std::string(name), verb, ++view.command_number, view.attempts, 0, {}};
        view.verb = verb;
        view.status.goal = verb == Verb::stop ? worker::Goal::down : worker::Goal::up;
        event_bus_.changed();
        return wish;
    }
    Result<> signal(std::string_view name, int signal, const state::Requester&) override {
        if (worker(name)->status.pid == 0) return failure_of(ESRCH, "signal " + std::string(name));
        asked.push_back("signal " + std::to_string(signal) + " " + std::string(name));
        return {};
    }
    ScaleAnswer scale(const std::vector<ScaleRequest>& wishes, const state::Requester& requester) override {
        ScaleAnswer answer;
        answer.refused = refuse_with;
        if (!answer.refused.empty()) return answer;
        for (const auto& wish : wishes) {
            auto& group = *std::find_if(known_groups.begin(), known_groups.end(),
                                        [&](const auto& each) { return each.name == wish.group; });
            const auto count = wish.count.value_or(group.configured);
            asked.push_back("scale " + wish.group + " " + std::to_string(count) + (wish.save ? " saved" : "") + " by " +
                            std::to_string(requester.uid));
            answer.groups.push_back({wish.group, group.count, count, group.configured, wish.save ? wish.count : std::nullopt});
            for (; group.count > count; --group.count)
                answer.commands.push_back(*ask(wish.group + "-" + std::to_string(group.count), Verb::stop, requester, {}));
            while (group.count < count) {
                const auto name = wish.group + "-" + std::to_string(++group.count);
                add(name).status.group = wish.group;
                answer.commands.push_back(*ask(name, Verb::start, requester, {}));
            }
        }
        return answer;
    }
    ReloadAnswer reload(const ReloadRequest& wish, const state::Requester&) override {
        asked.push_back(wish.dry_run ? "reload dry" : "reload");
        return next_reload;
    }
    void shutdown(bool force, const state::Requester&) override { asked.push_back(force ? "shutdown force" : "shutdown"); }
    void refused(const state::Requester& requester, std::string_view what) override {
        refusals.push_back(std::to_string(requester.uid).append(" ").append(what));
    }
    void left_out(const std::string& sentence) override { told_left_out.push_back(sentence); }
    void write_down() override { ++written; }
    std::optional<api::ConfigChanges> config_changes() override { return news; }
    std::string running_config() const override { return "{\n  \"workers\": {}\n}\n"; }
    std::optional<api::ConfigChanges> news;
    void reap(pid_t child) override { children.push_back(child); }
    EventBus& event_bus() override { return event_bus_; }

private:
    WorkerView* find(std::string_view name) {
        return &*std::find_if(workers_.begin(), workers_.end(), [&](const auto& view) { return view.status.name == name; });
    }
    static void rotate(const std::string& path, unsigned keep) {
        std::error_code ignored;
        const auto numbered = [&](unsigned number) { return number == 0 ? path : path + "." + std::to_string(number); };
        std::filesystem::remove(numbered(keep), ignored);
        for (unsigned number = keep; number-- > 0;) std::filesystem::rename(numbered(number), numbered(number + 1), ignored);
        std::ofstream(path, std::ios::app).flush();
    }

    std::string directory_;
    state::StatusHead head_;
    std::vector<WorkerView> workers_;
    EventBus event_bus_;
};

}   // namespace talos::http::test
