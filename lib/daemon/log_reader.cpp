#include "daemon/log_reader.hpp"
#include <algorithm>

namespace talos::daemon {

void LogReader::enter(LogFile file, std::uint64_t offset) {
    file_ = std::make_shared<LogFile>(std::move(file));
    offset_ = offset;
    ++generation_;
}

Result<LogReader> LogReader::at_end(std::string path) {
    LogReader reader(std::move(path));
    for (unsigned number = 0; number < 3; ++number) {   // between the two steps of a rotation the newest one is missing
        auto file = LogFile::open(reader.path_, number);
        if (!file) return file.error();
        if (!*file) continue;
        const auto size = (*file)->size();
        if (!size) return size.error();
        reader.enter(std::move(**file), *size);
        break;
    }
    return reader;
}

std::uint64_t LogReader::size() const {
    const auto size = file_ ? file_->size() : Result<std::uint64_t>(0u);
    return size ? *size : 0;
}

bool LogReader::is_beside(const LogReader& other) const {
    if (!file_ || !other.file_) return file_ == other.file_;
    return file_ == other.file_ || same_file(file_->identity(), other.file_->identity()) || same_file(other.file_->identity(), file_->identity());
}

Result<> LogReader::peek(std::uint64_t offset, std::size_t size, std::string& out) const {
    out.resize(file_ ? size : 0);
    std::size_t got = 0;
    while (got < out.size()) {
        const auto count = file_->pread(out.data() + got, out.size() - got, offset + got);
        if (!count) return count.error();
        if (*count == 0) break;
        got += *count;
    }
    out.resize(got);
    return {};
}

Result<std::size_t> LogReader::previous(std::string& out) {
    for (;;) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, offset_));
        if (const auto read = peek(offset_ - size, size, out); !read) return read.error();
        offset_ -= size;
        if (!out.empty()) return out.size();
        if (offset_ != 0) continue;   // it was emptied meanwhile
        const auto opened = older();
        if (!opened) return opened.error();
        if (!*opened) return std::size_t{0};
    }
}

Result<bool> LogReader::older() {
    while (file_) {
        const auto number = locate_log(path_, file_->identity()).number;
        if (!number) break;   // removed as the oldest one
        auto file = LogFile::open(path_, *number + 1);
        if (file && !*file) file = LogFile::open(path_, *number + 2);   // in the middle of a rotation
        // Rotated while it was opened: the name may have come to mean our own file, so look again.
        if (locate_log(path_, file_->identity()).number != number) continue;
        if (!file) return file.error();
        if (!*file) break;
        const auto size = (*file)->size();
        if (!size) return size.error();
        enter(std::move(**file), *size);
        return true;
    }
    return false;
}

// The file that was begun when ours was rotated away, or the oldest; false when there is none (yet).
Result<bool> LogReader::newer() {
    const auto find = [this] {
        LogLocation location;
        if (file_) location = locate_log(path_, file_->identity());
        const auto beside = location.number.value_or(0) != 0 ? *location.number - 1 : location.later;
        return std::pair(file_ ? beside : oldest_log(path_), location);
    };
    for (;;) {
        const auto [number, location] = find();
        if (file_ && location.number == 0u) return false;   // it is the newest, after all
        auto file = LogFile::open(path_, number);
        if (file && !*file) return false;   // between two steps of a rotation; another look follows
        if (find().first != number) continue;   // rotated once more: the name may have come to mean a later one
        if (!file) return file.error();
        lost_some_ = lost_some_ || (file_ && !location.number && location.others && file_->is_removed());
        enter(std::move(**file), 0);
        return true;
    }
}

Result<std::size_t> LogReader::next(std::string& out) {
    for (;;) {
        if (file_) {
            const auto size = file_->size();
            if (!size) return size.error();
            if (*size < offset_) {   // emptied in place
                offset_ = 0;
                ++generation_;
            }
            // First whether it is still the newest, then its rest: nothing is written to it once another has its name.
            const bool newest = is_newest(path_, file_->identity());
            const auto before = out.size();
            out.resize(before + piece);
            const auto got = file_->pread(out.data() + before, piece, offset_);
            out.resize(before + (got ? *got : 0));
            if (!got) return got;
            offset_ += *got;
            if (*got > 0 || newest) return got;
        }
        const auto opened = newer();
        if (!opened) return opened.error();
        if (!*opened) return std::size_t{0};
    }
}

}  // namespace talos::daemon
