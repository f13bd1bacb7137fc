#include "posix/file.hpp"
#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace talos::posix {

Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return last_error("open " + path);
    return UniqueFd{fd};
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    auto file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return file.error();
    struct stat info {};
    if (::fstat(file->get(), &info) < 0) return last_error("fstat " + path);
    if (S_ISDIR(info.st_mode)) return failure_of(EISDIR, "read " + path);
    if (!S_ISREG(info.st_mode)) return failure_of(ENXIO, "read " + path + ", which is no regular file");

    std::string text;
    std::size_t filled = 0;
    for (;;) {
        // One byte more than allowed tells a file of exactly `limit` bytes from a longer one; files of /proc have no size.
        const std::size_t expected = static_cast<std::size_t>(info.st_size) + 1;
        text.resize(std::min(limit, std::max({expected, filled * 2, std::size_t{4096}})) + 1);
        const ssize_t got = ::read(file->get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + path);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
        if (filled > limit) return failure_of(EFBIG, "read " + path);
    }
    text.resize(filled);
    return text;
}

Result<> write_all(int fd, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error("write " + name);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

AtomicFile::AtomicFile(UniqueFd fd, std::string path, std::string temporary)
    : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::move(other.fd_)), path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})) {}

AtomicFile::~AtomicFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path) {
    const auto name = path.find_last_of('/') + 1;   // npos + 1 is 0
    const std::string temporary = path.substr(0, name) + "." + path.substr(name) + "." + std::to_string(::getpid()) + ".tmp";
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL;
    auto file = open_file(temporary, flags, 0600);
    // Left by a process that had our PID and died over it: nobody else uses this name.
    if (!file && file.error().errno_value() == EEXIST && ::unlink(temporary.c_str()) == 0) file = open_file(temporary, flags, 0600);
    if (!file) return file.error();
    return AtomicFile(std::move(*file), path, temporary);
}

Result<> AtomicFile::write(std::string_view bytes) { return write_all(fd_.get(), bytes, temporary_); }

Result<> AtomicFile::commit() {
    // Some file systems tell only at close that the bytes found no room. After EINTR the descriptor is closed all the same.
    if (::close(fd_.release()) < 0 && errno != EINTR) return last_error("close " + temporary_);
    if (::rename(temporary_.c_str(), path_.c_str()) < 0) return last_error("rename " + temporary_ + " to " + path_);
    temporary_.clear();
    return {};
}

}  // namespace talos::posix
