#include "posix/files/file.hpp"

#include "posix/files/folder.hpp"
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
    const auto file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return file.error();
    return read_file(*file, path, limit);
}

Result<std::string> read_file(const UniqueFd& file, const std::string& path, std::size_t limit) {
    struct stat info {};
    if (::fstat(file.get(), &info) < 0) return last_error("fstat " + path);
    if (S_ISDIR(info.st_mode)) return failure_of(EISDIR, "read " + path);
    if (!S_ISREG(info.st_mode)) return failure_of(ENXIO, "read " + path + ", which is not a regular file");

    std::string text;
    std::size_t filled = 0;
    for (;;) {
        // The extra byte distinguishes a file of exactly `limit` bytes from a longer one. Files in /proc report no size.
        const std::size_t expected = static_cast<std::size_t>(info.st_size) + 1;
        text.resize(std::min(limit, std::max({expected, filled * 2, std::size_t{4096}})) + 1);
        const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
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

AtomicFile::AtomicFile(UniqueFd fd, std::unique_ptr<Folder> folder, std::string temporary)
    : fd_(std::move(fd)), folder_(std::move(folder)), temporary_(std::move(temporary)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : fd_(std::move(other.fd_)), folder_(std::move(other.folder_)), temporary_(std::exchange(other.temporary_, {})) {}

AtomicFile::~AtomicFile() {
    if (!temporary_.empty()) (void)folder_->vacate(temporary_);
}

Result<AtomicFile> AtomicFile::create(const Location& file) {
    const auto name = file.path.rfind('/') + 1;   // npos + 1 is 0
    const std::string temporary = "." + file.path.substr(name) + "." + std::to_string(::getpid()) + ".tmp";
    auto folder = file.own ? Folder::open(file, Folder::Use::write) : Folder::plain(file.path);
    if (!folder && !file.own) return Failure{folder.error().code, "open " + file.path.substr(0, name) + temporary};
    if (!folder) return folder.error();
    // A file of that name was left by a process with our PID that died while it was writing. It is replaced.
    auto opened = folder->create(temporary);
    if (!opened) return opened.error();
    return AtomicFile(std::move(*opened), std::make_unique<Folder>(std::move(*folder)), temporary);
}

Result<> AtomicFile::write(std::string_view bytes) { return write_all(fd_.get(), bytes, folder_->shown(temporary_)); }

Result<> AtomicFile::sync() {
    if (::fsync(fd_.get()) < 0) return last_error("fsync " + folder_->shown(temporary_));
    return {};
}

Result<> AtomicFile::commit() {
    // Some file systems report a lack of space only at close(2). The descriptor is closed even if close(2) fails with EINTR.
    if (::close(fd_.release()) < 0 && errno != EINTR) return last_error("close " + folder_->shown(temporary_));
    if (auto renamed = folder_->rename(temporary_, folder_->name()); !renamed) return renamed;
    temporary_.clear();
    return {};
}

}   // namespace talos::posix
