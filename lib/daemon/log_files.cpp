#include "daemon/log_files.hpp"
#include <algorithm>

namespace talos::daemon {

namespace {

constexpr std::size_t block = 64u << 10;
constexpr std::size_t line_limit = 1u << 20;

}  // namespace

Result<BackwardReader> BackwardReader::open(const std::string& path, Unfinished unfinished) {
    auto newest = LogFile::open(path, 0);
    if (!newest) return newest.error();
    BackwardReader reader{path, std::move(*newest)};
    if (!reader.newest_) return reader;
    const auto size = reader.newest_->size();
    if (!size) return size.error();
    reader.seen_.push_back(reader.newest_->identity());
    reader.position_ = *size;
    reader.end_ = *size;
    if (unfinished == Unfinished::leave)
        if (const auto left = reader.leave_unfinished(); !left) return left.error();
    return reader;
}

// Drops what stands behind the newest file's last newline.
Result<> BackwardReader::leave_unfinished() {
    for (;;) {
        const auto newline = buffer_.rfind('\n');
        if (newline != std::string::npos) {
            buffer_.resize(newline + 1);
            break;
        }
        buffer_.clear();
        if (position_ == 0) break;
        if (const auto filled = fill(); !filled) return filled;
    }
    end_ = position_ + buffer_.size();
    return {};
}

// One more block in front of the buffer.
Result<> BackwardReader::fill() {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(block, position_));
    std::string bytes(size, '\0');
    const auto from = position_ - size;
    std::size_t got = 0;
    while (got < size) {
        const auto count = current().pread(bytes.data() + got, size - got, from + got);
        if (!count) return count.error();
        if (*count == 0) return refused("read " + path_ + ": the file became shorter meanwhile; try again");
        got += *count;
    }
    position_ = from;
    buffer_.insert(0, bytes);
    return {};
}

// In the middle of a rotation one number of the series is missing, so only two in a row are its end.
Result<bool> BackwardReader::open_older() {
    for (unsigned missing = 0;;) {
        auto file = LogFile::open(path_, next_number_++);
        if (!file) return file.error();
        if (!*file) {
            if (++missing == 2) return false;
            continue;
        }
        missing = 0;
        // Rotated between two opens: this is one that was read under its former name.
        const auto identity = (*file)->identity();
        if (std::any_of(seen_.begin(), seen_.end(), [&](const auto& before) { return same_file(before, identity); })) continue;
        const auto size = (*file)->size();
        if (!size) return size.error();
        seen_.push_back(identity);
        position_ = *size;
        older_ = std::move(*file);
        return true;
    }
}

Result<bool> BackwardReader::previous(std::string& line) {
    for (;;) {
        // The newline at the very end is the one of the line we are looking for.
        const std::size_t whole = !buffer_.empty() && buffer_.back() == '\n' ? buffer_.size() - 1 : buffer_.size();
        const auto newline = whole == 0 ? std::string::npos : buffer_.rfind('\n', whole - 1);
        if (newline != std::string::npos || (position_ == 0 && !buffer_.empty()) || buffer_.size() > line_limit) {
            const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
            line.assign(buffer_, begin, whole - begin);
            buffer_.resize(begin);
            return true;
        }
        if (position_ != 0) {
            if (const auto filled = fill(); !filled) return filled.error();
            continue;
        }
        const auto opened = open_older();
        if (!opened || !*opened) return opened;
    }
}

Result<Tail> read_tail(const std::string& path, std::size_t records, LineShape shape, BackwardReader::Unfinished unfinished) {
    auto reader = BackwardReader::open(path, unfinished);
    if (!reader) return reader.error();
    Tail tail;
    tail.joiner = LineJoiner{shape};
    std::vector<std::string> lines;  // newest first
    std::size_t found = 0;           // records that begin somewhere in `lines`
    std::string line;
    while (records != 0) {
        const auto got = reader->previous(line);
        if (!got) return got.error();
        if (!*got) break;
        // A whole line ends a record, so it is where the next older record is met.
        const bool pending_counts = lines.empty() && unfinished == BackwardReader::Unfinished::include;
        if (!is_partial(line, shape)) {
            if (found == records) break;
            ++found;
        } else if (pending_counts) {
            found = 1;
        }
        lines.push_back(line);
    }
    for (auto it = lines.rbegin(); it != lines.rend(); ++it)
        if (auto record = tail.joiner.feed(*it)) tail.records.push_back(std::move(*record));
    if (unfinished == BackwardReader::Unfinished::include)
        while (auto record = tail.joiner.rest()) tail.records.push_back(std::move(*record));
    if (tail.records.size() > records)
        tail.records.erase(tail.records.begin(), tail.records.end() - static_cast<std::ptrdiff_t>(records));
    tail.end = reader->end();
    tail.file = reader->release_newest();
    return tail;
}

}  // namespace talos::daemon
