// logs/write: A worker's output on its way: from the pipe, through the format, to its destinations.
// A new destination is a LogDestination here.
// Begin with log_destination.hpp and output_pump.hpp.
#pragma once
#include "aio/exec_watch.hpp"
#include "aio/timer.hpp"
#include "logs/files/compressed_log.hpp"
#include "logs/files/log_compression.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/spawn/spawn.hpp"
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace talos::logs {

/// Compresses old logs, one file at a time, in a process of its own with the least priority: the loop waits for nothing but its start.
/// The process is this program itself (see run_compress_helper): zstd need not be installed. PATH.1.zst appears in one step, complete,
/// then PATH.1 goes; a failure is told once and leaves PATH.1 as it is, until the next rotation asks again.
///
/// Logs in directories of other users are compressed by the processes that write them. The process has no environment and no directory, and is ended
/// when it gets no further, takes too long or says more than an error is long; all that descends from it ends with it.
class Compressor {
public:
    struct Callbacks {
        std::function<void(pid_t)> started;   ///< the helper; the child is reaped elsewhere
        std::function<void(const std::string& text)> failed;
        std::function<posix::UniqueFd()>
            enter{};                     ///< the directory of the cgroup for the next helper; may be an empty descriptor
        std::function<void()> leave{};   ///< kills the processes that are left in that cgroup
        std::function<void(posix::UniqueFd)> discard{};   ///< a large file that has lost its name; closing it frees it
    };
    /// After how long without a further byte of the compressed file, and after how long in all, a helper is ended.
    struct Limits {
        std::chrono::milliseconds patience = std::chrono::minutes{1};
        std::chrono::milliseconds total = std::chrono::minutes{30};
    };
    Compressor(const aio::Executor& executor, posix::Spawner& spawner, Callbacks callbacks,
               std::string program = "/proc/self/exe");
    Compressor(const aio::Executor& executor, posix::Spawner& spawner, Callbacks callbacks, std::string program, Limits limits);
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    ~Compressor() { stop(); }

    /// Whatever of PATH.1 to PATH.keep is not compressed yet, the oldest first.
    void add(const posix::Location& path, unsigned keep);

    /// Ends what is under way; its file stays as it is.
    void stop();

    [[nodiscard]] bool idle() const { return !job_; }

private:
    struct Series {
        posix::Location file;
        unsigned keep = 0;
    };
    struct Job {
        Series series;
        FileKey source;
        timespec modified{};
        posix::Spawned helper;
        aio::Descriptor answer;
        posix::UniqueFd to;   // how large it is tells that the helper works
        off_t size = -1;
        std::string text;
        std::chrono::steady_clock::time_point end{};
        std::unique_ptr<aio::ExecWatch> exec{};   // until it has exec'ed
    };
    void watch();
    void give_up(const char* why);
    void end(const Job& job) const;
    void next();
    [[nodiscard]] Result<bool> start(const Series& series);
    [[nodiscard]] Result<> spawn(const LogCompression& opened, Job& job);
    void wait();
    void read_answer();
    void finish();
    void fail(const std::string& text);

    aio::Executor executor_;
    posix::Spawner& spawner_;
    Callbacks callbacks_;
    std::string program_;
    Limits limits_;
    aio::Timer timer_;
    std::deque<Series> waiting_;
    std::unique_ptr<Job> job_;
    std::string told_;   // the last failure
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// The argument that makes talosd the helper, alone on its command line.
inline constexpr const char* compress_argument = "--compress-log";
/// Compresses descriptor 0 into descriptor 1 and says so, or what failed, on descriptor 2. Returns the exit code.
[[nodiscard]] int run_compress_helper();

}   // namespace talos::logs
