#include "posix/rotating_file.hpp"
#include "posix/file.hpp"
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::posix {
namespace {

std::string old_name(const std::string& path, unsigned number) { return path + "." + std::to_string(number); }

Result<> make_parents(const std::string& path) {
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), 0700) < 0 && errno != EEXIST) return last_error("create directory " + folder);
    }
    return {};
}

/// The end of the last whole line within the first `room` bytes.
std::size_t whole_lines(std::string_view lines, std::uint64_t room) {
    if (lines.size() <= room) return lines.size();
    return lines.substr(0, static_cast<std::size_t>(room)).rfind('\n') + 1;   // npos + 1 is 0
}

/// What an earlier writer left unfinished must not run together with the next line.
Result<> finish_last_line(const UniqueFd& fd, std::uint64_t& size, const std::string& path) {
    char last = '\n';
    if (size == 0 || (::pread(fd.get(), &last, 1, static_cast<off_t>(size - 1)) == 1 && last == '\n')) return {};
    if (const auto ended = write_all(fd.get(), "\n", path); !ended) return ended;
    ++size;
    return {};
}

}  // namespace

Result<> RotatingFile::open() {
    if (fd_) return {};
    // Never waits for the other end of a FIFO, and never renames a device.
    constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY;
    auto fd = open_file(path_, flags, 0600);
    if (!fd && fd.error().errno_value() == ENOENT) {
        if (const auto made = make_parents(path_); !made) return made;
        fd = open_file(path_, flags, 0600);
    }
    if (!fd) return fd.error();
    struct stat info {};
    if (::fstat(fd->get(), &info) < 0) return last_error("fstat " + path_);
    if (!S_ISREG(info.st_mode)) return failure_of(EINVAL, "log to " + path_ + ", which is no regular file");
    auto size = static_cast<std::uint64_t>(info.st_size);
    if (const auto ended = finish_last_line(*fd, size, path_); !ended) return ended;
    fd_ = std::move(*fd);
    size_ = size;
    ++generation_;
    return {};
}

void RotatingFile::close() {
    fd_.reset();
    size_ = 0;
}

Result<> RotatingFile::write(std::string_view lines, std::size_t* written) {
    std::size_t done = 0;
    Result<> result = open();
    while (result && done < lines.size()) {
        const auto rest = lines.substr(done);
        auto length = whole_lines(rest, policy_.size > size_ ? policy_.size - size_ : 0);
        if (length == 0 && size_ > 0) {
            result = rotate();
            continue;
        }
        if (length == 0) length = std::min(rest.find('\n'), rest.size() - 1) + 1;   // a line longer than a whole file
        result = append(rest.substr(0, length), done);
    }
    if (written != nullptr) *written = done;
    return result;
}

Result<> RotatingFile::rotate() {
    if (policy_.keep == 0) {
        if (::ftruncate(fd_.get(), 0) < 0) return last_error("truncate " + path_);
        size_ = 0;
        return {};
    }
    // Left from a time when more were kept.
    for (unsigned number = policy_.keep + 1; ::unlink(old_name(path_, number).c_str()) == 0; ++number) {}
    for (unsigned number = policy_.keep; number > 0; --number) {
        const std::string from = number == 1 ? path_ : old_name(path_, number - 1);
        const std::string to = old_name(path_, number);
        if (::rename(from.c_str(), to.c_str()) < 0 && errno != ENOENT) return last_error("rename " + from + " to " + to);
    }
    close();
    return open();
}

Result<> RotatingFile::append(std::string_view lines, std::size_t& written) {
    std::size_t done = 0;
    while (done < lines.size()) {
        const ssize_t now = ::write(fd_.get(), lines.data() + done, lines.size() - done);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) break;
        done += static_cast<std::size_t>(now);
    }
    if (done == lines.size()) {
        size_ += done;
        written += done;
        return {};
    }
    const Failure failure = last_error("write " + path_);
    const std::size_t whole = whole_lines(lines, done);
    struct stat info {};
    // From the file's end, not from our count: somebody else may append to it too (a daemon's stdout).
    const bool cut = done == whole || (::fstat(fd_.get(), &info) == 0 &&
                                       ::ftruncate(fd_.get(), info.st_size - static_cast<off_t>(done - whole)) == 0);
    size_ += whole;
    written += whole;
    if (!cut) close();   // opening it again will end the torn line
    return failure;
}

}  // namespace talos::posix
