#pragma once
#include "logs/files/rotating_file.hpp"
#include "turn/observer.hpp"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::daemon {

/// `trace`, `debug`, `info`, `warning`, `error`, `fatal`.
[[nodiscard]] std::string_view to_text(turn::Level level);
[[nodiscard]] std::optional<turn::Level> level_from(std::string_view word);

/// `talosctl (pid 4711, uid 0)`.
[[nodiscard]] std::string to_text(const state::Requester& by);

/// The level of a transition: `error` for a transition to fatal, `warning` for a failed or killed run, otherwise `info`.
[[nodiscard]] turn::Level level_of(const turn::Record& record);
/// Describes the transition, without the worker's name: `running (pid 4243)`, `backoff 400ms after exit code 1`.
[[nodiscard]] std::string describe(const turn::Record& record);

/// Writes daemon.log with Boost.Log: synchronously, without a thread, one line for each record: `2026-01-29T00:31:10.123Z info
/// web: running`. The file is rotated at 10 MiB; five old files are kept. In a detached talosd, stdout and stderr refer to the
/// same file and follow the rotation.
class DaemonLog final : public turn::Observer {
public:
    enum class Output { own_file, stdout_too };

    DaemonLog(const posix::Location& path, turn::Level level, Output output);
    ~DaemonLog() override;

    void reopen();

    void named(std::size_t index, std::string_view name) override;
    void transition(const turn::Record& record) override;
    void output(std::size_t index, logs::Stream stream, std::string_view bytes) override;
    void bare_output(logs::Stream, std::string_view) override {}
    void output_end(std::size_t index) override;
    void about(std::size_t index, turn::Level level, std::string_view text) override;
    void message(turn::Level level, std::string_view text) override;

private:
    struct Sink;
    void write(turn::Level level, std::string_view text);
    std::unique_ptr<Sink> sink_;
    turn::Level level_;
    std::vector<std::string> names_;
};

/// Forwards each event to all observers.
class Observers final : public turn::Observer {
public:
    void add(turn::Observer& observer) { all_.push_back(&observer); }
    void named(std::size_t index, std::string_view name) override {
        for (auto* one : all_) one->named(index, name);
    }
    void transition(const turn::Record& record) override {
        for (auto* one : all_) one->transition(record);
    }
    void output(std::size_t index, logs::Stream stream, std::string_view bytes) override {
        for (auto* one : all_) one->output(index, stream, bytes);
    }
    void bare_output(logs::Stream stream, std::string_view lines) override {
        for (auto* one : all_) one->bare_output(stream, lines);
    }
    void output_end(std::size_t index) override {
        for (auto* one : all_) one->output_end(index);
    }
    void about(std::size_t index, turn::Level level, std::string_view text) override {
        for (auto* one : all_) one->about(index, level, text);
    }
    void message(turn::Level level, std::string_view text) override {
        for (auto* one : all_) one->message(level, text);
    }

private:
    std::vector<turn::Observer*> all_;
};

}   // namespace talos::daemon
