#include "logs/read/log_lines.hpp"
#include <algorithm>
#include <utility>

namespace talos::logs {

namespace {

constexpr std::size_t line_limit = 1u << 20;

}   // namespace

Result<BackwardLines> BackwardLines::open(std::string path, Unfinished unfinished) {
    auto reader = LogReader::at_end(std::move(path));
    if (!reader) return reader.error();
    BackwardLines lines(std::move(*reader));
    if (unfinished == Unfinished::leave)
        if (const auto left = lines.leave_unfinished(); !left) return left.error();
    return lines;
}

// Moves behind the last newline of the newest file, or to its start.
Result<> BackwardLines::leave_unfinished() {
    while (reader_.offset() != 0) {
        const auto got = reader_.previous(piece_);
        if (!got) return got.error();
        const auto newline = piece_.rfind('\n');
        if (newline == std::string::npos) continue;
        reader_.move_to(reader_.offset() + newline + 1);
        break;
    }
    end_ = reader_;
    return {};
}

Result<bool> BackwardLines::previous(std::string& line) {
    for (;;) {
        // The newline at the end belongs to the line that is being read.
        const std::size_t whole = buffer_.size() - (buffer_.ends_with('\n') ? 1 : 0);
        const auto newline = whole == 0 ? std::string::npos : buffer_.rfind('\n', whole - 1);
        if (newline != std::string::npos || (reader_.offset() == 0 && !buffer_.empty()) || buffer_.size() > line_limit) {
            const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
            line.assign(buffer_, begin, whole - begin);
            cut_ = newline == std::string::npos && reader_.offset() != 0;
            buffer_.resize(begin);
            return true;
        }
        const auto got = reader_.previous(piece_);
        if (!got) return got.error();
        if (*got == 0) return false;
        buffer_.insert(0, piece_);
    }
}

Result<bool> ForwardLines::next(std::string_view& line) {
    for (;;) {
        if (cut_ != 0) {
            line = std::string_view(buffer_).substr(begin_, cut_ - begin_);
            begin_ = std::exchange(cut_, 0);
            return true;
        }
        if (const auto newline = buffer_.find('\n', begin_); newline != std::string::npos) {
            line = std::string_view(buffer_).substr(begin_, newline - begin_);
            begin_ = newline + 1;
            return true;
        }
        buffer_.erase(0, std::exchange(begin_, 0));
        if (until_ && reader_.is_behind(*until_)) return false;
        const auto before = buffer_.size();
        const auto generation = reader_.generation();
        const auto got = reader_.next(buffer_);
        if (!got) return got.error();
        if (until_) buffer_.resize(buffer_.size() - std::min(buffer_.size(), reader_.stop_at(*until_)));
        // The reader has entered another file, or the line is too long: the held text is the complete line.
        if (before != 0 && (generation != reader_.generation() || before >= line_limit)) cut_ = before;
        else if (*got == 0) return false;
    }
}

Result<> ForwardLines::read(const std::function<void(std::string_view line)>& line) {
    for (std::string_view text;;) {
        const auto got = next(text);
        if (!got) return got.error();
        if (!*got) return {};
        line(text);
    }
}

}   // namespace talos::logs
