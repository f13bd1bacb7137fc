#include "logs/files/log_series.hpp"

#include "posix/children/discarded_file.hpp"
#include "posix/files/folder.hpp"
#include <cerrno>
#include <utility>

namespace talos::logs {

std::string old_log(const std::string& path, unsigned number) {
    std::string name = path;
    if (number > 0) name.append(".").append(std::to_string(number));
    return name;
}

std::string compressed_log(const std::string& path, unsigned number) { return old_log(path, number) + ".zst"; }

bool has_compressed(const posix::Folder& folder, unsigned keep) {
    for (unsigned number = 1; number <= keep; ++number)
        if (folder.stat(compressed_log(folder.name(), number))) return true;
    return false;
}

namespace {

/// Another user may create any number of files there, and the event loop waits for each removal.
constexpr unsigned most_removed = 4;
constexpr unsigned furthest = 1u << 16;

class Series {
public:
    Series(posix::Folder& folder, bool compressed, std::vector<posix::UniqueFd>* replaced)
        : folder_(folder), compressed_(compressed), replaced_(replaced) {}

    /// The last number of the files past `keep` that have consecutive numbers; `keep` if there are none.
    [[nodiscard]] unsigned last_past(unsigned keep) const {
        unsigned last = keep;
        unsigned step = 1;
        while (step < furthest && exists(last + step)) {
            last += step;
            step *= 2;
        }
        for (; step > 0; step /= 2)
            if (exists(last + step)) last += step;
        return last;
    }

    void remove(const std::string& name) {
        auto file = replaced_ != nullptr ? posix::hold_large(folder_, name) : posix::UniqueFd{};
        if (folder_.vacate(name) && file) replaced_->push_back(std::move(file));
    }

    void remove(unsigned number) {
        remove(old_log(folder_.name(), number));
        if (compressed_) remove(compressed_log(folder_.name(), number));
    }

private:
    [[nodiscard]] bool exists(unsigned number) const {
        return folder_.stat(old_log(folder_.name(), number)) ||
               (compressed_ && folder_.stat(compressed_log(folder_.name(), number)));
    }

    posix::Folder& folder_;
    bool compressed_;
    std::vector<posix::UniqueFd>* replaced_;
};

}   // namespace

Result<> shift_logs(posix::Folder& folder, unsigned keep, bool compressed, std::vector<posix::UniqueFd>* replaced) {
    const auto& path = folder.name();
    Series series(folder, compressed, replaced);
    // Files from a time when `keep` was larger. Removed from the last one, so that the next rotation finds the others.
    const unsigned last = series.last_past(keep);
    for (unsigned number = last; number > keep && last - number < most_removed; --number) series.remove(number);
    // Removed explicitly. If a rename replaced the file, ext4 would write the unwritten data of the renamed file to disk at once.
    series.remove(keep);
    for (unsigned number = keep; number > 0; --number) {
        auto moved = folder.rename(old_log(path, number - 1), old_log(path, number));
        const bool missing = !moved && moved.error().errno_value() == ENOENT;
        if (!moved && !missing) return moved;
        if (!compressed || number == 1) continue;
        if (missing) moved = folder.rename(compressed_log(path, number - 1), compressed_log(path, number));
        else series.remove(compressed_log(path, number - 1));   // the same content
        if (!moved && moved.error().errno_value() != ENOENT) return moved;
    }
    return {};
}

Result<> shift_logs(const posix::Location& path, unsigned keep, bool compressed) {
    auto folder = posix::Folder::open(path, posix::Folder::Use::write);
    return folder ? shift_logs(*folder, keep, compressed) : Result<>(folder.error());
}

std::time_t next_midnight(std::time_t time) {
    tm local{};
    ::localtime_r(&time, &local);
    ++local.tm_mday;
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return ::mktime(&local);
}

}   // namespace talos::logs
