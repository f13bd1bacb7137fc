#include "logs/process/log_packer.hpp"

#include "logs/files/helper_rights.hpp"
#include "posix/children/short_child.hpp"
#include "posix/files/file.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace talos::logs {

namespace {

using namespace std::chrono_literals;

constexpr auto longest = 1800s;
constexpr std::string_view done = "done";
constexpr std::size_t longest_text = 512;

}   // namespace

LogPacker::~LogPacker() {
    if (child_ == 0) return;
    end_child();
    logs::remove_uncompleted(current_.path);
}

void LogPacker::add(const std::string& path, unsigned keep) {
    const auto known = std::find_if(waiting_.begin(), waiting_.end(), [&](const Series& one) { return one.path == path; });
    if (known != waiting_.end()) known->keep = keep;
    else waiting_.push_back({path, keep});
    if (child_ == 0) next();
}

std::chrono::milliseconds LogPacker::left() const {
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now()));
}

void LogPacker::next() {
    while (!waiting_.empty()) {
        const Series series = std::move(waiting_.front());
        waiting_.pop_front();
        const auto started = start(series);
        if (!started) fail(series.path, started.error().message());
        else if (*started) return;
    }
}

/// False when there is nothing to do.
Result<bool> LogPacker::start(const Series& series) {
    auto found = logs::open_uncompressed(series.path, series.keep);
    if (!found) return found.error();
    if (!*found) return false;
    const auto& files = **found;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error("pipe2");
    posix::UniqueFd ours(ends[0]);
    const posix::UniqueFd theirs(ends[1]);
    std::vector<int> kept{files.from.get(), files.to.get(), theirs.get()};
    std::sort(kept.begin(), kept.end());
    const auto child = posix::start_short_child(
        kept, longest,
        [&] {
            be_modest();
            (void)::prctl(PR_SET_NAME, "talosd-zstd");
            const auto made = logs::compress_log(files.from.get(), files.to.get());
            (void)posix::write_all(theirs.get(), made ? std::string(done) : made.error().message(), "pipe");
        },
        "compresses an old log");
    if (!child) {
        logs::remove_uncompleted(series.path);
        return child.error();
    }
    child_ = *child;
    answer_ = std::move(ours);
    current_ = series;
    source_ = files.source;
    modified_ = files.modified;
    text_.clear();
    end_ = std::chrono::steady_clock::now() + longest;
    return true;
}

void LogPacker::end_child() {
    (void)::kill(child_, SIGKILL);   // it is not reaped yet
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {}
    child_ = 0;
    answer_.reset();
}

void LogPacker::go_on() {
    if (child_ == 0) return;
    if (left() > 0ms) {
        std::array<char, longest_text> buffer;
        const ssize_t count = ::read(answer_.get(), buffer.data(), buffer.size());
        if (count > 0) text_.append(buffer.data(), static_cast<std::size_t>(count));
        if (text_.size() <= longest_text && (count > 0 || (count < 0 && errno == EINTR))) return;
    } else {
        text_ = "it took too long";
    }
    finish();
}

void LogPacker::finish() {
    end_child();
    const auto series = current_;
    const auto made =
        text_ == done ? logs::publish_compressed(series.path, series.keep, source_, modified_)
                      : refused("compress an old log of " + series.path + ": " + (text_.empty() ? "the process died" : text_));
    if (made) {
        told_.clear();
        return add(series.path, series.keep);   // there may be more
    }
    logs::remove_uncompleted(series.path);
    fail(series.path, made.error().message());
    next();
}

void LogPacker::fail(const std::string& path, const std::string& text) {
    if (std::exchange(told_, text) != text) failed_(path, text + "; the file stays as it is");
}

}   // namespace talos::logs
