#include "aio/compressor.hpp"

#include "posix/descriptors.hpp"
#include "posix/file.hpp"
#include "posix/log_series.hpp"
#include "posix/pidfd.hpp"
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::aio {

namespace {

constexpr std::string_view done = "done";

std::string temporary_of(const std::string& path) {
    const auto name = path.rfind('/') + 1;   // npos + 1 is 0
    return path.substr(0, name) + "." + path.substr(name) + ".zst.tmp";
}

}  // namespace

Compressor::Compressor(const Executor& executor, posix::Spawner& spawner, Hooks hooks, std::string program)
    : executor_(executor), spawner_(spawner), hooks_(std::move(hooks)), program_(std::move(program)) {}

void Compressor::add(const std::string& path, unsigned keep) {
    const auto known = std::find_if(waiting_.begin(), waiting_.end(), [&](const Series& one) { return one.path == path; });
    if (known != waiting_.end()) known->keep = keep;
    else waiting_.push_back({path, keep});
    if (!job_) next();
}

void Compressor::stop() {
    waiting_.clear();
    if (!job_) return;
    (void)posix::send_signal(job_->helper.pidfd, SIGKILL);
    ::unlink(job_->temporary.c_str());
    job_.reset();
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
    posix::UniqueFd from;
    for (unsigned number = series.keep; number > 0 && !from; --number) {
        auto opened = posix::open_file(posix::old_log(series.path, number), O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (opened) from = std::move(*opened);
        else if (opened.error().errno_value() != ENOENT) return opened.error();
    }
    if (!from) return false;
    struct stat info {};
    if (::fstat(from.get(), &info) != 0) return last_error("stat an old log of " + series.path);
    if (!S_ISREG(info.st_mode)) return refused("an old log of " + series.path + " is no regular file");
    auto job = std::make_unique<Job>(
        Job{series, temporary_of(series.path), posix::key_of(info), info.st_mtim, {}, Descriptor(executor_), {}});
    if (auto spawned = spawn(from, *job); !spawned) {
        ::unlink(job->temporary.c_str());
        return spawned.error();
    }
    job_ = std::move(job);
    hooks_.started(job_->helper.pid);
    if (job_->helper.unconfirmed) {
        job_->exec = std::make_unique<ExecWatch>(executor_, std::move(job_->helper.unconfirmed), job_->helper.pidfd,
                                                 [this](const posix::SpawnOutcome& outcome) {
                                                     if (!outcome) job_->text = to_text(outcome.error());   // its end is read next
                                                 });
    }
    wait();
    return true;
}

Result<> Compressor::spawn(const posix::UniqueFd& from, Job& job) {
    ::unlink(job.temporary.c_str());   // of a talosd that was killed
    const auto to = posix::open_file(job.temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!to) return to.error();
    auto answer = posix::make_pipe();
    if (!answer) return answer.error();
    posix::SpawnRequest request;
    request.argv = {program_, compress_argument};
    request.stdin_fd = from.get();
    request.stdout_fd = to->get();
    request.stderr_fd = answer->write.get();
    request.death_signal = SIGKILL;
    auto helper = spawner_.start(request);
    if (!helper) return failure_of(helper.error().error, "compress " + job.series.path + ": " + program_);
    job.helper = std::move(*helper);
    job.answer.assign(answer->read.release());
    return {};
}

void Compressor::wait() {
    job_->answer.async_wait(Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && job_) read_answer();
    });
}

void Compressor::read_answer() {
    char buffer[512];
    const ssize_t count = ::read(job_->answer.native_handle(), buffer, sizeof buffer);
    if (count > 0) job_->text.append(buffer, static_cast<std::size_t>(count));
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))) return wait();
    finish();
}

void Compressor::finish() {
    const auto job = std::move(job_);
    Result<> made = job->text == done ? publish(*job) : refused("compress an old log of " + job->series.path + ": " +
                                                               (job->text.empty() ? "the helper died" : job->text));
    if (made) {
        told_.clear();
        add(job->series.path, job->series.keep);   // there may be more
        return;
    }
    ::unlink(job->temporary.c_str());
    fail(made.error().message());
    next();
}

/// The file may have been rotated on meanwhile: it is known by what it is. One that is gone needs no compressed form.
Result<> Compressor::publish(const Job& job) const {
    const timespec times[] = {job.modified, job.modified};
    (void)::utimensat(AT_FDCWD, job.temporary.c_str(), times, AT_SYMLINK_NOFOLLOW);
    for (unsigned number = 1; number <= job.series.keep; ++number) {
        const auto plain = posix::old_log(job.series.path, number);
        struct stat info {};
        if (::stat(plain.c_str(), &info) != 0 || posix::key_of(info) != job.source) continue;
        const auto compressed = posix::compressed_log(job.series.path, number);
        if (::rename(job.temporary.c_str(), compressed.c_str()) != 0) return last_error("rename " + job.temporary + " to " + compressed);
        if (::unlink(plain.c_str()) != 0) return last_error("remove " + plain);
        return {};
    }
    ::unlink(job.temporary.c_str());
    return {};
}

void Compressor::fail(const std::string& text) {
    if (std::exchange(told_, text) != text) hooks_.failed(text + "; the file stays as it is");
}

}  // namespace talos::aio
