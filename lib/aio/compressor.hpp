#pragma once
#include "aio/exec_watch.hpp"
#include "aio/types.hpp"
#include "posix/compressed_log.hpp"
#include "posix/spawn.hpp"
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace talos::aio {

/// Compresses old logs, one file at a time, in a process of its own with the least priority: the loop waits for nothing but its start.
/// The process is this program itself (see run_compress_helper): zstd need not be installed. PATH.1.zst appears in one step, complete,
/// then PATH.1 goes; a failure is told once and leaves PATH.1 as it is, until the next rotation asks again.
class Compressor {
public:
    struct Hooks {
        std::function<void(pid_t)> started;                     ///< the helper; the child is reaped elsewhere
        std::function<void(const std::string& text)> failed;
    };
    Compressor(const Executor& executor, posix::Spawner& spawner, Hooks hooks, std::string program = "/proc/self/exe");
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    ~Compressor() { stop(); }

    /// Whatever of PATH.1 to PATH.keep is not compressed yet, the oldest first.
    void add(const std::string& path, unsigned keep);

    /// Ends what is under way; its file stays as it is.
    void stop();

    [[nodiscard]] bool idle() const { return !job_; }

private:
    struct Series {
        std::string path;
        unsigned keep = 0;
    };
    struct Job {
        Series series;
        std::string temporary;
        posix::FileKey source;
        timespec modified{};
        posix::Spawned helper;
        Descriptor answer;
        std::string text;
        std::unique_ptr<ExecWatch> exec{};   // until it has exec'ed
    };
    void next();
    [[nodiscard]] Result<bool> start(const Series& series);
    [[nodiscard]] Result<> spawn(const posix::UniqueFd& from, Job& job);
    void wait();
    void read_answer();
    void finish();
    [[nodiscard]] Result<> publish(const Job& job) const;
    void fail(const std::string& text);

    Executor executor_;
    posix::Spawner& spawner_;
    Hooks hooks_;
    std::string program_;
    std::deque<Series> waiting_;
    std::unique_ptr<Job> job_;
    std::string told_;                   // the last failure
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// The argument that makes talosd the helper, alone on its command line.
inline constexpr const char* compress_argument = "--compress-log";
/// Compresses descriptor 0 into descriptor 1 and says so, or what failed, on descriptor 2. Returns the exit code.
[[nodiscard]] int run_compress_helper();

}  // namespace talos::aio
