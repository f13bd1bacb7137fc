#include "logs/read/log_reader.hpp"
#include <algorithm>

namespace talos::logs {

namespace {

constexpr unsigned most_skipped = 1000;
constexpr unsigned files_of_slice = 8;   // takes some milliseconds
constexpr std::size_t most_named = 20;

}   // namespace

void LogReader::enter(LogFile file, std::uint64_t offset) {
    file_ = std::make_shared<LogFile>(std::move(file));
    offset_ = offset;
    passed_ = 0;
    ++generation_;
}

void LogReader::begin_slice() {
    pending_ = false;
    left_ = files_of_slice;
}

Result<std::optional<LogFile>> LogReader::open(unsigned number) {
    left_ -= std::min(left_, 1u);
    return LogFile::open(path_, number);
}

Result<LogReader> LogReader::at_end(std::string path, Pace pace) {
    LogReader reader(std::move(path), pace);
    for (unsigned number = 0; number < 3; ++number) {   // during a rotation the newest file is missing
        auto file = LogFile::open(reader.path_, number);
        if (!file && number == 0) return file.error();
        if (!file) reader.skip(file.error());
        if (!file || !*file) continue;
        const auto size = (*file)->size();
        if (!size) return size.error();
        reader.enter(std::move(**file), *size);
        break;
    }
    return reader;
}

void LogReader::skip(const Failure& failure) const {
    auto text = failure.message();
    const bool named = std::find(skipped_->begin(), skipped_->end(), text) != skipped_->end();
    if (!named) leave_out(skipped_->size() < most_named ? std::move(text) : "more old files of " + path_ + " cannot be read");
}

void LogReader::leave_out(std::string sentence) const {
    if (std::find(skipped_->begin(), skipped_->end(), sentence) == skipped_->end()) skipped_->push_back(std::move(sentence));
}

std::uint64_t LogReader::size() const {
    const auto size = file_ ? file_->size() : Result<std::uint64_t>(0u);
    return size ? *size : 0;
}

bool LogReader::is_beside(const LogReader& other) const {
    if (!file_ || !other.file_) return file_ == other.file_;
    return file_ == other.file_ || same_file(file_->identity(), other.file_->identity()) ||
           same_file(other.file_->identity(), file_->identity());
}

Result<> LogReader::peek(std::uint64_t offset, std::size_t size, std::string& out) const {
    out.resize(file_ ? size : 0);
    std::size_t got = 0;
    while (got < out.size()) {
        const auto count = file_->pread(out.data() + got, out.size() - got, offset + got);
        if (!count && file_->fd() >= 0) return count.error();
        if (!count) skip(count.error());
        if (!count || *count == 0) break;
        got += *count;
    }
    out.resize(got);
    return {};
}

Result<std::size_t> LogReader::previous(std::string& out) {
    for (begin_slice();;) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, offset_));
        if (const auto read = peek(offset_ - size, size, out); !read) return read.error();
        offset_ -= size;
        if (!out.empty()) return out.size();
        if (file_ && file_->fd() < 0) offset_ = 0;              // damaged
        if (file_) offset_ = std::min(offset_, this->size());   // truncated in the meantime
        if (offset_ != 0) continue;
        const auto opened = older_of_slice();
        if (!opened) return opened.error();
        if (!*opened) return std::size_t{0};
    }
}

Result<bool> LogReader::older() {
    begin_slice();
    return older_of_slice();
}

Result<bool> LogReader::older_of_slice() {
    while (file_) {
        const auto number = locate_log(path_, file_->identity(), near_).number;
        if (!number) break;   // removed as the oldest file
        near_ = *number;
        unsigned found_at = 0;
        std::optional<LogFile> found;
        std::vector<Failure> failures;
        unsigned missing = 0;   // during a rotation one number is missing
        auto next = *number + 1 + passed_;
        for (; !found && missing < 2 && next <= *number + most_skipped && may_open(); ++next) {
            auto file = open(next);
            if (!file) failures.push_back(file.error());
            else if (!*file) ++missing;
            else found = std::move(*file);
            found_at = next;
        }
        const bool paused = !found && missing < 2 && next <= *number + most_skipped;
        // A rotation during the open may have given the name to the current file. Checks again.
        if (locate_log(path_, file_->identity(), near_).number != number) {
            pending_ = !may_open();
            if (pending_) return false;
            continue;
        }
        for (const auto& failure : failures) skip(failure);
        passed_ = paused ? next - *number - 1 - missing : 0;
        pending_ = paused;
        if (!found) break;
        near_ = found_at;
        const auto size = found->size();
        if (!size) return size.error();
        enter(std::move(*found), *size);
        return true;
    }
    if (!pending_) passed_ = 0;
    return false;
}

// Enters the file that followed the current one, or the oldest file if there is no current one. Returns false if there is none
// (yet).
Result<bool> LogReader::newer() {
    const auto find = [this] {
        LogLocation location;
        if (file_) location = locate_log(path_, file_->identity(), near_);
        const auto beside = location.number.value_or(0) != 0 ? *location.number - 1 : location.later;
        return std::pair(file_ ? beside : oldest_log(path_), location);
    };
    for (;;) {
        const auto [number, location] = find();
        if (file_ && location.number == 0u) {   // no newer file after all
            passed_ = 0;
            return false;
        }
        pending_ = !may_open();
        if (pending_) return false;
        auto at = number - std::min(passed_, number);
        auto file = open(at);
        std::vector<Failure> failures;
        for (; !file && at > 0 && may_open(); file = open(--at)) failures.push_back(file.error());
        if (file && !*file) {   // in the middle of a rotation; the next call checks again
            passed_ = 0;
            return false;
        }
        if (find().first != number) continue;   // rotated again: the name may refer to a later file
        for (const auto& failure : failures) skip(failure);
        if (!file && at > 0) {
            skip(file.error());
            passed_ = number - at + 1;
            pending_ = true;
            return false;
        }
        if (!file) return file.error();
        near_ = at;
        lost_some_ = lost_some_ || (file_ && !location.number && location.others && file_->is_removed());
        enter(std::move(**file), 0);
        return true;
    }
}

std::size_t LogReader::stop_at(const LogReader& end) {
    if (!is_behind(end)) return 0;
    const auto excess = offset_ - end.offset_;
    offset_ = end.offset_;
    return static_cast<std::size_t>(excess);
}

Result<std::size_t> LogReader::next(std::string& out) {
    for (begin_slice();;) {
        if (file_) {
            const auto size = file_->size();
            if (!size) return size.error();
            if (*size < offset_) {   // truncated in place
                offset_ = 0;
                ++generation_;
            }
            // Checks whether the file is the newest before reading it: a rotated file is no longer written to.
            const bool newest = is_newest(path_, file_->identity());
            const auto before = out.size();
            out.resize(before + piece);
            auto got = file_->pread(out.data() + before, piece, offset_);
            if (!got && file_->fd() < 0) {   // damaged: the remainder is unreadable
                skip(got.error());
                offset_ = *size;
                got = std::size_t{0};
            }
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

}   // namespace talos::logs
