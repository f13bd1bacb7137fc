#include "client/daemon_manager.hpp"
#include "client/lock_holders.hpp"
#include "core/duration.hpp"
#include "posix/files/folder.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/spawn/inherited.hpp"
#include "posix/spawn/spawn.hpp"
#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace json = boost::json;

namespace talos::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_report = 1u << 20;

std::string absolute(const std::string& path) {
    std::error_code error;
    const auto full = std::filesystem::absolute(path, error);
    return error ? path : full.lexically_normal().string();
}

/// A path is resolved against talosctl's directory, not the daemon's. A bare name is looked up in PATH.
std::string program(const std::string& talosd) { return talosd.find('/') == std::string::npos ? talosd : absolute(talosd); }

Result<posix::UniqueFd> open_log(const posix::Location& location) {
    auto folder = posix::Folder::open(location, posix::Folder::Use::write);
    return folder ? folder->open_or_create(folder->name(), O_WRONLY | O_APPEND) : Result<posix::UniqueFd>(folder.error());
}

std::vector<std::string> environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
    return entries;
}

/// The lines that talosd reports through its pipe.
class Report {
public:
    explicit Report(posix::UniqueFd pipe) : pipe_(std::move(pipe)) {}

    enum class What { line, end, late, unreadable };
    What next(std::string& line, SteadyTime deadline) {
        for (;;) {
            if (const auto end = text_.find('\n'); end != std::string::npos) {
                line = text_.substr(0, end);
                text_.erase(0, end + 1);
                return What::line;
            }
            if (text_.size() > longest_report) return What::unreadable;
            const auto left = std::chrono::ceil<Millis>(deadline - Clock::now()).count();
            if (left <= 0) return What::late;
            pollfd entry{pipe_.get(), POLLIN, 0};
            if (::poll(&entry, 1, static_cast<int>(std::min<Millis::rep>(left, 3'600'000))) <= 0) continue;
            std::array<char, 4096> block;
            const ssize_t got = ::read(pipe_.get(), block.data(), block.size());
            if (got == 0) return What::end;
            if (got > 0) text_.append(block.data(), static_cast<std::size_t>(got));
            else if (errno != EAGAIN && errno != EINTR) return What::unreadable;
        }
    }

private:
    posix::UniqueFd pipe_;
    std::string text_;
};

std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string().data(), value->get_string().size())
                                                  : std::string();
}

bool is_set(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

pid_t pid_of(const json::object& object) {
    const auto* value = object.if_contains("pid");
    return value != nullptr && value->is_int64() && value->get_int64() > 0 ? static_cast<pid_t>(value->get_int64()) : 0;
}

/// Reaps a daemon that failed to start and describes its exit.
std::string ending_of(const posix::Spawned& daemon) {
    const std::array<const posix::UniqueFd*, 1> pidfds{&daemon.pidfd};
    if (!posix::wait_ended(pidfds, Clock::now() + Millis{5'000})) return "closed its report pipe";
    const auto status = posix::reap(daemon.pidfd);
    return status && *status ? "exited (" + to_text(**status) + ")" : "exited";
}

/// Reads reports until talosd is ready or has failed.
Result<DaemonManager::Started> await_ready(Report report, const posix::Spawned& daemon,
                                           const DaemonManager::StartOptions& options, const std::string& log) {
    // maximum time without a report: ending leftover processes may take as long as their longest stop plan
    const auto patience = std::clamp(options.timeout, Millis{0}, Millis{std::chrono::hours(24 * 365)});
    auto deadline = Clock::now() + patience;
    for (std::string line;;) {
        switch (report.next(line, deadline)) {
        case Report::What::line: deadline = Clock::now() + patience; break;
        case Report::What::end:
        case Report::What::unreadable:
            return refused(options.talosd + " " + ending_of(daemon) + " before it was ready; " + log + " may say why");
        case Report::What::late:
            return refused(options.talosd + " (PID " + std::to_string(daemon.pid) + ") has reported nothing for " +
                           format_duration(options.timeout) + "; it is still starting, see " + log);
        }
        boost::system::error_code error;
        const auto value = json::parse(line, error);
        if (error || !value.is_object()) continue;   // a newer talosd may report more members
        const auto& object = value.get_object();
        if (const auto text = text_of(object, "progress"); !text.empty() && options.progress) options.progress(text);
        if (is_set(object, "ready")) return DaemonManager::Started{pid_of(object) > 0 ? pid_of(object) : daemon.pid, false};
        if (!object.contains("error")) continue;
        (void)ending_of(daemon);
        if (is_set(object, "already") && pid_of(object) > 0) return DaemonManager::Started{pid_of(object), true};
        return refused(text_of(object, "error"));
    }
}

}   // namespace

Result<DaemonManager::Started> DaemonManager::start(const StartOptions& options) const {
    std::optional<posix::OwnUmask> umask(std::in_place);
    std::string warning;
    if (const auto prepared = files_.prepare(warning); !prepared) return prepared.error();
    if (!warning.empty() && options.progress) options.progress(warning);

    // Avoids starting a process when the answer is known. Between this check and talosd's own, the lock decides.
    auto found = probe_settled(Millis{2'000}, options.progress);
    if (found.state == Probe::State::unknown && may_act_on(files_) && end_lock_holders(files_) > 0) found = probe_settled();
    if (found.state == Probe::State::running) return Started{found.document->head.identity.pid, true};
    if (found.state == Probe::State::unknown) return refused(found.reason);

    auto log = open_log(files_.own(log_file()));
    if (!log) return log.error();
    umask.reset();
    for (const auto& text : files_.opened().take_warnings())
        if (options.progress) options.progress(text);
    auto pipe = posix::make_pipe();
    if (!pipe) return pipe.error();
    auto spawner = posix::Spawner::create();
    if (!spawner) return spawner.error();

    posix::SpawnRequest request;
    request.argv = {program(options.talosd), "--data-dir", absolute(files_.path())};
    if (!options.config_path.empty()) request.argv.insert(request.argv.end(), {"--config", absolute(options.config_path)});
    request.argv.insert(request.argv.end(), {"--ready-fd", "3"});
    request.argv.insert(request.argv.end(), options.extra_arguments.begin(), options.extra_arguments.end());
    request.env = environment();
    request.cwd = "/";   // so that talosd does not keep a file system busy
    request.stdout_fd = log->get();
    request.stderr_fd = log->get();
    request.extra_fd = pipe->write.get();
    const auto daemon = spawner->spawn(request);
    if (!daemon) return refused("start talosd: " + posix::to_text(daemon.error()));
    pipe->write.reset();
    return await_ready(Report(std::move(pipe->read)), *daemon, options, log_file());
}

}   // namespace talos::client
