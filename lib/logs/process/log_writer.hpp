#pragma once
#include "aio/exec_watch.hpp"
#include "aio/timer.hpp"
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "logs/process/log_channel.hpp"
#include "posix/spawn/spawn.hpp"
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace talos::logs {

/// What writer processes are started with.
struct LogWriterSetup {
    aio::Executor executor;
    posix::Spawner& spawner;
    /// Gets each process, to reap it and then to call `ended`.
    std::function<void(pid_t pid, std::function<void(const ExitStatus& status)> ended)> started;
    std::function<void(const std::string& text)> said;   ///< for a warning
    std::string program = "/proc/self/exe";
    /// After how long without any answer its logs count as not written, and after how long the process is killed.
    Millis patience{2000};
    Millis longest_silence{30000};
    /// As posix::find_foreign_directory.
    std::function<std::optional<posix::ForeignDirectory>(const std::string& directory)> find = posix::find_foreign_directory;
    bool ending = false;   ///< talosd ends: none is started any more
};

/// talosd's side of the process that writes the logs in the directories of one user (see run_log_writer). It is started by the first line, and
/// again by a later one when it has ended: not before a second, and up to half a minute if it ends again and again. Of each log one request is under way at
/// a time, so that its answer says exactly what was written; only where the process ends meanwhile it is open whether that one reached the
/// file. What the process says is believed for nothing but the log that it is about.
class LogWriter : public std::enable_shared_from_this<LogWriter> {
public:
    LogWriter(LogWriterSetup& setup, uid_t uid);
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;
    ~LogWriter();

    /// A new log, or one that nobody had any more and that is not settled yet.
    [[nodiscard]] std::shared_ptr<LogChannel> channel(const std::string& path);
    /// Nobody has it any more.
    void let_go(const std::shared_ptr<LogChannel>& channel);

    /// The process runs after this, and the channel can be pushed. Fails where it cannot be started yet, and for a log that is not in a directory of
    /// this user.
    [[nodiscard]] Result<> prepare(LogChannel& channel);
    /// Sends what is to be sent.
    void push(LogChannel& channel);
    /// prepare() would not fail for want of a process.
    [[nodiscard]] bool may_be_used() const;
    [[nodiscard]] bool ending() const { return setup_.ending; }

    [[nodiscard]] uid_t uid() const { return uid_; }
    [[nodiscard]] pid_t pid() const { return pid_; }   ///< 0: none
    [[nodiscard]] bool settled() const;
    /// -1 while it has none.
    [[nodiscard]] int socket() { return socket_ ? socket_->native_handle() : -1; }
    /// Takes what has come, and sends what could not be sent before. Does not block.
    void serve();
    /// SIGKILL.
    void kill();
    /// The process ends by itself, once it has removed what it has not completed.
    void disconnect() { socket_.reset(); }
    [[nodiscard]] const posix::UniqueFd& pidfd() const { return child_.pidfd; }

private:
    using Channels = std::map<std::uint32_t, std::shared_ptr<LogChannel>>;
    [[nodiscard]] Result<> start();
    [[nodiscard]] Result<> find_place(LogChannel& channel);
    void watch();
    void send_blocked();
    [[nodiscard]] bool send(const LogRequest& request, std::string_view text, int descriptor, LogChannel& channel);
    [[nodiscard]] bool send_next(LogChannel& channel);
    void receive();
    [[nodiscard]] bool take(const ParsedAnswer& answer);
    void tell(LogChannel& channel, const ParsedAnswer& answer, LogRequest::Kind asked);
    void fail(LogChannel& channel, const std::string& text);
    void lost(const std::string& text);
    void ended(pid_t pid, const ExitStatus& status);
    void watch_time();
    void check_time();
    void dismiss_later();
    void kill_late(pid_t dismissed);
    void stalled();
    [[nodiscard]] LogRequest request_of(const LogChannel& channel, LogRequest::Kind kind) const;
    [[nodiscard]] std::string called() const;

    LogWriterSetup& setup_;
    uid_t uid_;
    std::string user_;
    pid_t pid_ = 0;
    posix::Spawned child_;
    std::unique_ptr<aio::ExecWatch> exec_;
    std::optional<aio::Descriptor> socket_;
    Channels channels_;
    std::deque<std::weak_ptr<LogChannel>> blocked_;   // that could not send
    bool waits_to_send_ = false;
    std::uint32_t channels_made_ = 0;
    std::uint32_t requests_ = 0;
    std::size_t unanswered_ = 0;
    SteadyTime heard_{};   // the last answer, or when the first request after it went out
    SteadyTime started_{};
    SteadyTime not_before_{};
    Millis pause_{0};
    bool killed_ = false;
    bool timing_ = false;
    bool dismissed_ = false;   // it has no logs any more
    aio::Timer timer_;
    aio::Timer idle_;
};

}   // namespace talos::logs
