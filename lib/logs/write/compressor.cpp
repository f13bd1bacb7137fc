#include "logs/write/compressor.hpp"

#include "logs/files/log_compression.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <csignal>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace talos::logs {

namespace {

constexpr std::string_view done = "done";
constexpr std::size_t longest_answer = 512;

}   // namespace

Compressor::Compressor(const aio::Executor& executor, posix::Spawner& spawner, Callbacks callbacks, std::string program)
    : Compressor(executor, spawner, std::move(callbacks), std::move(program), Limits{}) {}

Compressor::Compressor(const aio::Executor& executor, posix::Spawner& spawner, Callbacks callbacks, std::string program,
                       Limits limits)
    : executor_(executor), spawner_(spawner), callbacks_(std::move(callbacks)), program_(std::move(program)), limits_(limits),
      timer_(executor) {}

void Compressor::add(const posix::Location& path, unsigned keep) {
    const auto known =
        std::find_if(waiting_.begin(), waiting_.end(), [&](const Series& one) { return one.file.path == path.path; });
    if (known != waiting_.end()) known->keep = keep;
    else waiting_.push_back({path, keep});
    if (!job_) next();
}

void Compressor::stop() {
    waiting_.clear();
    timer_.cancel();
    if (!job_) return;
    end(*job_);
    logs::remove_uncompleted(job_->series.file);
    job_.reset();
}

void Compressor::end(const Job& job) const {
    (void)posix::send_signal(job.helper.pidfd, SIGKILL);
    if (callbacks_.leave) callbacks_.leave();
}

void Compressor::next() {
    while (!waiting_.empty()) {
        const Series series = std::move(waiting_.front());
        waiting_.pop_front();
        const auto started = start(series);
        if (!started) fail(started.error().message());
        else if (*started) return;
    }
}

/// False when there is nothing to do.
Result<bool> Compressor::start(const Series& series) {
    auto found = logs::open_uncompressed(series.file, series.keep);
    if (!found) return found.error();
    if (!*found) return false;
    auto& opened = **found;
    auto job = std::make_unique<Job>(Job{series,
                                         opened.source,
                                         opened.modified,
                                         {},
                                         aio::Descriptor(executor_),
                                         {},
                                         -1,
                                         {},
                                         std::chrono::steady_clock::now() + limits_.total});
    if (auto spawned = spawn(opened, *job); !spawned) {
        logs::remove_uncompleted(series.file);
        if (callbacks_.leave) callbacks_.leave();
        return spawned.error();
    }
    job->to = std::move(opened.to);
    job_ = std::move(job);
    callbacks_.started(job_->helper.pid);
    if (job_->helper.unconfirmed) {
        job_->exec = std::make_unique<aio::ExecWatch>(executor_, std::move(job_->helper.unconfirmed), job_->helper.pidfd,
                                                      [this](const posix::SpawnOutcome& outcome) {
                                                          if (!outcome)
                                                              job_->text = to_text(outcome.error());   // its end is read next
                                                      });
    }
    wait();
    watch();
    return true;
}

Result<> Compressor::spawn(const LogCompression& opened, Job& job) {
    auto answer = posix::make_pipe();
    if (!answer) return answer.error();
    posix::SpawnRequest request;
    request.argv = {program_, compress_argument};
    request.stdin_fd = opened.from.get();
    request.stdout_fd = opened.to.get();
    request.stderr_fd = answer->write.get();
    request.cwd = "/";
    request.death_signal = SIGKILL;
    request.attributes.make().no_new_privileges = true;
    const auto cgroup = callbacks_.enter ? callbacks_.enter() : posix::UniqueFd{};
    if (cgroup) request.cgroup_fd = cgroup.get();
    auto helper = spawner_.start(request);
    if (!helper) return failure_of(helper.error().error, "compress " + job.series.file.path + ": " + program_);
    job.helper = std::move(*helper);
    job.answer.assign(answer->read.release());
    return {};
}

/// The file that it reads can be on a file system that does not answer, and endless: a hole costs its owner nothing.
void Compressor::watch() {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(job_->end - std::chrono::steady_clock::now());
    timer_.expires_after(std::min(limits_.patience, std::max(left, std::chrono::milliseconds{0})));
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired() || !job_) return;
        if (std::chrono::steady_clock::now() >= job_->end) return give_up("the helper took too long");
        struct stat info {};
        const off_t size = ::fstat(job_->to.get(), &info) == 0 ? info.st_size : job_->size;
        if (size != std::exchange(job_->size, size)) return watch();
        give_up("the helper got no further");
    });
}

void Compressor::give_up(const char* why) {
    job_->text = why;
    finish();
}

void Compressor::wait() {
    job_->answer.async_wait(aio::Descriptor::wait_read,
                            [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                                if (!error && !alive.expired() && job_) read_answer();
                            });
}

void Compressor::read_answer() {
    char buffer[longest_answer];
    const ssize_t count = ::read(job_->answer.native_handle(), buffer, sizeof buffer);
    if (count > 0) job_->text.append(buffer, static_cast<std::size_t>(count));
    if (job_->text.size() > longest_answer) return give_up("the helper said more than it has to say");
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) return wait();
    finish();
}

void Compressor::finish() {
    const auto job = std::move(job_);
    timer_.cancel();
    end(*job);
    auto made = job->text == done ? logs::publish_compressed(job->series.file, job->series.keep, job->source, job->modified)
                                  : refused("compress an old log of " + job->series.file.path + ": " +
                                            (job->text.empty() ? "the helper died" : job->text));
    if (made) {
        if (*made && callbacks_.discard) callbacks_.discard(std::move(*made));
        told_.clear();
        add(job->series.file, job->series.keep);   // there may be more
        return;
    }
    logs::remove_uncompleted(job->series.file);
    fail(made.error().message());
    next();
}

void Compressor::fail(const std::string& text) {
    if (std::exchange(told_, text) != text) callbacks_.failed(text + "; the file stays as it is");
}

}   // namespace talos::logs
