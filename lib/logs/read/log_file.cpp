#include "logs/read/log_file.hpp"

#include "logs/files/log_series.hpp"
#include "posix/files/folder.hpp"
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::logs {

namespace {

constexpr unsigned most_old_files = 1000;

bool is_missing(const Failure& failure) { return failure.errno_value() == ENOENT || failure.errno_value() == ENOTDIR; }

/// The files of a series. The directory is opened once, because that is most of the cost of a check.
class Series {
public:
    explicit Series(const std::string& path) : folder_(posix::Folder::open(path, posix::Folder::Use::read)) {}

    /// Whether either form of the file exists. Links are not followed.
    [[nodiscard]] bool has(unsigned number) const {
        return folder_ && (folder_->stat(logs::old_log(folder_->name(), number)) ||
                           folder_->stat(logs::compressed_log(folder_->name(), number)));
    }
    /// From a compressed file, reads only the key of the original.
    [[nodiscard]] std::optional<LogIdentity> identity_of(unsigned number) {
        if (!folder_) return std::nullopt;
        if (const auto plain = folder_->stat(logs::old_log(folder_->name(), number)))
            return LogIdentity{logs::key_of(*plain), false};
        const auto name = logs::compressed_log(folder_->name(), number);
        if (!folder_->stat(name)) return std::nullopt;
        const auto fd = folder_->open_existing(name, O_RDONLY);
        const auto source = fd ? logs::read_source(fd->get(), name) : Result<FileKey>(fd.error());
        return source ? LogIdentity{*source, true} : LogIdentity{};   // exists but matches no file
    }
    [[nodiscard]] bool is_newest(const LogIdentity& file) const {
        const auto newest = folder_ ? folder_->stat(folder_->name()) : std::nullopt;
        return newest && same_file(file, {logs::key_of(*newest), false});
    }
    /// Calls `look` for the numbers from 1 on until it returns false. During a rotation one number is missing; two missing
    /// numbers in a row mean the end.
    void for_each_old(const std::function<bool(unsigned number)>& look) const {
        unsigned missing = 0;
        for (unsigned number = 1; number <= most_old_files && missing < 2; ++number) {
            const bool there = has(number);
            missing = there ? 0 : missing + 1;
            if (there && !look(number)) return;
        }
    }

private:
    Result<posix::Folder> folder_;
};

}   // namespace

bool same_file(const LogIdentity& before, const LogIdentity& now) {
    if (before.key.device != now.key.device || before.key.inode != now.key.inode) return false;
    if (before.compressed) return now.compressed && now.key.modified == before.key.modified;
    return !now.compressed || now.key.modified >= before.key.modified;
}

Result<std::optional<LogFile>> LogFile::open(const std::string& path, unsigned number) {
    auto folder = posix::Folder::open(path, posix::Folder::Use::read);
    if (!folder && is_missing(folder.error())) return std::optional<LogFile>{};
    if (!folder) return folder.error();
    LogFile file;
    file.name_ = logs::old_log(path, number);
    auto fd = folder->open_existing(logs::old_log(folder->name(), number), O_RDONLY);
    if (fd) {
        file.fd_ = std::move(*fd);
        return std::optional<LogFile>(std::move(file));
    }
    if (!is_missing(fd.error())) return fd.error();
    if (number == 0) return std::optional<LogFile>{};
    file.name_ = logs::compressed_log(path, number);
    fd = folder->open_existing(logs::compressed_log(folder->name(), number), O_RDONLY);
    if (!fd && is_missing(fd.error())) return std::optional<LogFile>{};
    if (!fd) return fd.error();
    auto compressed = CompressedLog::open(std::move(*fd), file.name_);
    if (!compressed) return compressed.error();
    file.compressed_ = std::move(*compressed);
    return std::optional<LogFile>(std::move(file));
}

LogIdentity LogFile::identity() const {
    if (compressed_) return {compressed_->source(), true};
    const auto key = logs::key_of(fd_.get());
    return {key ? *key : FileKey{}, false};
}

Result<std::uint64_t> LogFile::size() const {
    if (compressed_) return compressed_->size();
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return last_error("stat " + name_);
    return static_cast<std::uint64_t>(info.st_size);
}

Result<std::size_t> LogFile::pread(char* buffer, std::size_t size, std::uint64_t offset) {
    if (compressed_) return compressed_->pread(buffer, size, offset);
    for (;;) {
        const auto got = ::pread(fd_.get(), buffer, size, static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return last_error("read " + name_);
    }
}

bool LogFile::is_removed() const {
    struct stat info {};
    return compressed_ || (::fstat(fd_.get(), &info) == 0 && info.st_nlink == 0);
}

LogLocation locate_log(const std::string& path, const LogIdentity& file, unsigned near) {
    LogLocation location;
    Series series(path);
    for (const unsigned number : {near, near + 1}) {
        const auto there = near != 0 ? series.identity_of(number) : std::nullopt;
        if (there && same_file(file, *there)) return {number, true, 0};
    }
    if (series.is_newest(file)) location.number = 0;
    series.for_each_old([&](unsigned number) {
        location.others = true;
        const auto there = location.number ? std::nullopt : series.identity_of(number);
        if (there && same_file(file, *there)) location.number = number;
        if (there && there->key.modified > file.key.modified) location.later = number;
        return !location.number;
    });
    return location;
}

bool is_newest(const std::string& path, const LogIdentity& file) { return Series(path).is_newest(file); }

unsigned oldest_log(const std::string& path) {
    unsigned oldest = 0;
    Series(path).for_each_old([&](unsigned number) {
        oldest = number;
        return true;
    });
    return oldest;
}

}   // namespace talos::logs
