#include "daemon/daemon_log.hpp"

#include "core/duration.hpp"
#include "core/text.hpp"
#include "worker/data/state.hpp"
#include <array>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions/message.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/unlocked_frontend.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_logger.hpp>
#include <boost/log/utility/formatting_ostream.hpp>
#include <boost/make_shared.hpp>
#include <ctime>
#include <unistd.h>

namespace talos::daemon {

namespace {

constexpr std::array levels{turn::Level::trace,   turn::Level::debug, turn::Level::info,
                            turn::Level::warning, turn::Level::error, turn::Level::fatal};

std::string stamp() {
    const auto ms = to_ms(stamp_now().wall);
    const std::time_t second = ms / 1000;
    tm utc{};
    ::gmtime_r(&second, &utc);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::string fraction = std::to_string(1000 + ms % 1000);
    fraction.front() = '.';
    return std::string(text.data(), length) + fraction + 'Z';
}

}   // namespace

std::string_view to_text(turn::Level level) {
    switch (level) {
    case turn::Level::trace: return "trace";
    case turn::Level::debug: return "debug";
    case turn::Level::info: return "info";
    case turn::Level::warning: return "warning";
    case turn::Level::error: return "error";
    case turn::Level::fatal: return "fatal";
    }
    __builtin_unreachable();
}

std::optional<turn::Level> level_from(std::string_view word) {
    for (const turn::Level level : levels)
        if (to_text(level) == word) return level;
    return std::nullopt;
}

turn::Level level_of(const turn::Record& record) {
    if (record.to == worker::State::fatal) return turn::Level::error;
    if (record.cause == "spawn-error") return turn::Level::error;
    if (record.cause == "hook" && record.from == worker::State::starting)
        // A failed preStart hook counts like a failed spawn.
        return turn::Level::error;
    if (record.cause == "timeout" || record.cause == "unhealthy") return turn::Level::warning;
    const bool failed = record.exit != nullptr && !record.exit->status.clean() && record.from != worker::State::stopping;
    return failed ? turn::Level::warning : turn::Level::info;
}

std::string to_text(const state::Requester& by) {
    std::string text = by.program.empty() ? "uid " + std::to_string(by.uid) : by.program;
    if (by.pid > 0)
        text += " (pid " + std::to_string(by.pid) + (by.program.empty() ? ")" : ", uid " + std::to_string(by.uid) + ")");
    return text;
}

std::string describe(const turn::Record& record) {
    std::string text(worker::to_text(record.to));
    const std::string run = record.exit == nullptr
                                ? std::string()
                                : talos::to_text(record.exit->status) + " after " + human_duration(record.exit->uptime);
    const bool starts = record.to == worker::State::starting;
    if (record.to == record.from) text = "main process ended";
    if (record.wait.count() > 0) text += ' ' + human_duration(record.wait);
    const bool up =
        record.to == worker::State::running && record.exit == nullptr;   // else it has completed, and is up without a process
    if (record.pid != 0 && (starts || up)) text += " (pid " + std::to_string(record.pid) + ')';
    if (!run.empty()) text += (starts ? ", last run: " : ": ") + run;
    if (record.by != nullptr) text += ", requested by " + to_text(*record.by);
    if (!record.reason.empty()) text += (run.empty() ? ": " : "; ") + std::string(record.reason);
    return text;
}

namespace blog = boost::log;

/// The backend writes each complete line to the rotating file in one write(2).
struct DaemonLog::Sink {
    class Backend : public blog::sinks::basic_formatted_sink_backend<char, blog::sinks::concurrent_feeding> {
    public:
        Backend(const posix::Location& path, Output output) : file(path, {10u << 20, 5}), output_(output) { follow(); }
        void consume(const blog::record_view&, const std::string& line) {
            (void)file.write(line + '\n');   // a failure cannot be logged anywhere; the next line retries
            follow();
        }
        logs::RotatingFile file;

    private:
        void follow() {
            if (output_ != Output::stdout_too || !file.is_open() || generation_ == file.generation()) return;
            generation_ = file.generation();
            ::dup2(file.fd(), STDOUT_FILENO);
            ::dup2(file.fd(), STDERR_FILENO);
        }
        Output output_;
        unsigned generation_ = ~0u;
    };
    using Frontend = blog::sinks::unlocked_sink<Backend>;

    boost::shared_ptr<Backend> backend;
    boost::shared_ptr<Frontend> frontend;
    blog::sources::severity_logger<turn::Level> logger;
};

DaemonLog::DaemonLog(const posix::Location& path, turn::Level level, Output output)
    : sink_(std::make_unique<Sink>()), level_(level) {
    sink_->backend = boost::make_shared<Sink::Backend>(path, output);
    sink_->frontend = boost::make_shared<Sink::Frontend>(sink_->backend);
    sink_->frontend->set_formatter([](const blog::record_view& record, blog::formatting_ostream& out) {
        const auto severity = blog::extract<turn::Level>("Severity", record);
        std::string word(severity ? to_text(severity.get()) : "info");
        word.resize(8, ' ');
        out << stamp() << ' ' << word;
        if (const auto text = blog::extract<std::string>("Message", record)) out << text.get();
    });
    blog::core::get()->add_sink(sink_->frontend);
}

DaemonLog::~DaemonLog() { blog::core::get()->remove_sink(sink_->frontend); }

void DaemonLog::reopen() { sink_->backend->file.close(); }

void DaemonLog::write(turn::Level level, std::string_view text) {
    if (level < level_) return;
    BOOST_LOG_SEV(sink_->logger, level) << in_one_line(text);
}

void DaemonLog::named(std::size_t index, std::string_view name) {
    if (index >= names_.size()) names_.resize(index + 1);
    names_[index] = name;
}

void DaemonLog::transition(const turn::Record& record) {
    if (level_of(record) >= level_) write(level_of(record), std::string(record.name) + ": " + describe(record));
}

void DaemonLog::output(std::size_t, logs::Stream, std::string_view) {}   // workers have their own logs
void DaemonLog::output_end(std::size_t) {}

void DaemonLog::about(std::size_t index, turn::Level level, std::string_view text) {
    write(level, names_[index] + ": " + std::string(text));
}

void DaemonLog::message(turn::Level level, std::string_view text) { write(level, text); }

}   // namespace talos::daemon
