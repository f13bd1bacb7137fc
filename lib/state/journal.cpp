#include "state/journal.hpp"
#include "core/signal_name.hpp"
#include "logs/files/log_series.hpp"
#include "logs/files/rotating_file.hpp"
#include "posix/files/file.hpp"
#include "posix/files/folder.hpp"
#include "state/json_text.hpp"
#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace json = boost::json;

namespace talos::state {
namespace {

constexpr logs::RotatingFile::Policy policy{10u << 20, 3};
constexpr std::size_t queue_limit = 1u << 20;
constexpr std::size_t queue_kept = queue_limit / 4 * 3;   // less than the limit, so that a full queue is not moved for every line
constexpr std::uint64_t largest_sequence = std::uint64_t{1} << 53;

/// `,"key":"text"`, or nothing if the text is empty.
void append_text(std::string& out, std::string_view key, std::string_view text) {
    if (text.empty()) return;
    out += key;
    append_json_string(out, text);
}

void append_exit(std::string& out, const worker::LastExit& exit) {
    if (exit.status.signal != 0) {
        out += ",\"exit\":{\"signal\":";
        append_json_string(out, signal_name(exit.status.signal));
        out += exit.status.core_dumped ? ",\"coreDumped\":true" : ",\"coreDumped\":false";
    } else {
        out += ",\"exit\":{\"code\":";
        append_number(out, exit.status.code);
    }
    out += ",\"at\":";
    append_number(out, to_ms(exit.at));
    out += ",\"uptime\":";
    append_number(out, exit.uptime.count());

    const auto& usage = exit.status.usage;
    out += "},\"usage\":{\"userMs\":";
    append_number(out, std::chrono::duration_cast<Millis>(usage.user).count());
    out += ",\"systemMs\":";
    append_number(out, std::chrono::duration_cast<Millis>(usage.system).count());
    out += ",\"maxRssKiB\":";
    append_number(out, usage.max_rss_kib);
    out += '}';
}

void append_asker(std::string& out, const Requester& by) {
    out += ",\"by\":{\"uid\":";
    append_number(out, by.uid);
    if (by.pid > 0) {
        out += ",\"pid\":";
        append_number(out, by.pid);
    }
    append_text(out, ",\"program\":", by.program);
    out += '}';
}

void append_lines(std::string& out, const std::vector<std::string>& lines) {
    out += ",\"tail\":[";
    for (const auto& line : lines) {
        if (&line != &lines.front()) out += ',';
        append_json_string(out, line);
    }
    out += ']';
}

void append_opening(std::string& out, std::uint64_t sequence, WallTime at) {
    out += "{\"sequence\":";
    append_number(out, sequence);
    out += ",\"at\":";
    append_number(out, to_ms(at));
}

std::optional<std::uint64_t> sequence_of(std::string_view line) {
    boost::system::error_code error;
    const auto value = json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto* sequence = value.get_object().if_contains("sequence");
    if (sequence == nullptr || !sequence->is_int64()) return std::nullopt;
    const auto number = sequence->get_int64();
    if (number < 1 || number > static_cast<std::int64_t>(largest_sequence)) return std::nullopt;
    return static_cast<std::uint64_t>(number);
}

std::optional<std::uint64_t> last_sequence_in(std::string_view lines) {
    while (!lines.empty()) {
        if (lines.ends_with('\n')) lines.remove_suffix(1);
        const auto begin = lines.rfind('\n') + 1;   // npos + 1 is 0
        if (const auto sequence = sequence_of(lines.substr(begin))) return sequence;
        lines = lines.substr(0, begin);
    }
    return std::nullopt;
}

Result<std::string> read_at(const posix::UniqueFd& file, off_t from, off_t to, const std::string& path) {
    std::string text(static_cast<std::size_t>(to - from), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got = ::pread(file.get(), text.data() + filled, text.size() - filled, from + static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + path);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

struct Opened {
    posix::UniqueFd file;
    struct stat info {};
};

/// Opens a regular file; nullopt if it does not exist.
Result<std::optional<Opened>> opened_of(Result<posix::UniqueFd> file, const std::string& path) {
    if (!file && file.error().errno_value() == ENOENT) return std::optional<Opened>{};
    if (!file) return file.error();
    Opened opened{std::move(*file), {}};
    if (::fstat(opened.file.get(), &opened.info) < 0) return last_error("fstat " + path);
    if (!S_ISREG(opened.info.st_mode)) return failure_of(EINVAL, path + " is not a regular file");
    return std::optional{std::move(opened)};
}

/// Opens a file for reading.
Result<std::optional<Opened>> open_existing(const std::string& path) {
    return opened_of(posix::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), path);
}

/// The last sequence number in one file. Reads the tail first, and more of the file only if the tail has no valid line.
Result<std::optional<std::uint64_t>> last_sequence_of(const posix::UniqueFd& file, off_t size, const std::string& path) {
    constexpr off_t first_look = 64 * 1024;
    constexpr off_t deepest_look = 64 * 1024 * 1024;
    for (off_t depth = first_look;; depth *= 8) {
        const off_t from = std::max<off_t>(0, size - depth);
        const auto text = read_at(file, from, size, path);
        if (!text) return text.error();
        std::string_view lines = *text;
        if (from > 0) lines.remove_prefix(std::min(lines.find('\n'), lines.size() - 1) + 1);   // skips a line that is cut off
        if (const auto sequence = last_sequence_in(lines)) return sequence;
        if (from == 0 || depth >= deepest_look) return std::optional<std::uint64_t>{};
    }
}

/// Removes an incomplete last line. `size` becomes the new size.
Result<> mend(const posix::UniqueFd& file, off_t& size, const std::string& path) {
    constexpr off_t block = 64 * 1024;
    off_t end = size;
    while (end > 0) {
        const off_t from = std::max<off_t>(0, end - block);
        const auto text = read_at(file, from, end, path);
        if (!text) return text.error();
        const auto newline = text->rfind('\n');
        end = newline == std::string::npos ? from : from + static_cast<off_t>(newline) + 1;
        if (newline != std::string::npos) break;
    }
    if (end != size && ::ftruncate(file.get(), end) < 0) return last_error("truncate " + path);
    size = end;
    return {};
}

Result<std::uint64_t> recover_sequence(const posix::Location& place) {
    const auto& path = place.path;
    auto folder = place.own ? posix::Folder::open(place, posix::Folder::Use::make) : posix::Folder::plain(path);
    if (!folder && folder.error().errno_value() == ENOENT) return std::uint64_t{0};
    if (!folder) return folder.error();
    for (unsigned number = 0; number <= policy.keep; ++number) {
        const auto name = logs::old_log(path, number);
        auto opened =
            opened_of(folder->open_existing(logs::old_log(folder->name(), number), number == 0 ? O_RDWR : O_RDONLY), name);
        if (!opened) return opened.error();
        if (!*opened) continue;
        auto& [file, info] = **opened;
        if (number == 0) {
            if (const auto mended = mend(file, info.st_size, name); !mended) return mended.error();
        }
        const auto sequence = last_sequence_of(file, info.st_size, name);
        if (!sequence) return sequence.error();
        if (*sequence) return **sequence;
    }
    return std::uint64_t{0};
}

/// Calls `line` for each complete line. Text after the last newline is incomplete or still being written, and is not a line yet.
Result<bool> each_line(const posix::UniqueFd& file, const std::string& path, const std::function<bool(std::string_view)>& line) {
    std::string carry;
    std::array<char, 64 * 1024> block;
    for (;;) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + path);
        if (got == 0) return true;
        std::string_view rest(block.data(), static_cast<std::size_t>(got));
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            const auto head = rest.substr(0, end);
            rest.remove_prefix(end + 1);
            if (!(carry.empty() ? line(head) : line(carry.append(head)))) return false;
            carry.clear();
        }
        carry.append(rest);
    }
}

class RotatedJournal final : public JournalFile {
public:
    explicit RotatedJournal(const posix::Location& path) : file_(path, policy) {}
    [[nodiscard]] Result<> open() { return file_.open(); }
    [[nodiscard]] Result<> write(std::string_view lines, std::size_t& written) override { return file_.write(lines, &written); }
    void close() override { file_.close(); }

private:
    logs::RotatingFile file_;
};

}   // namespace

Result<Journal> Journal::open(const posix::Location& path) {
    const auto sequence = recover_sequence(path);
    if (!sequence) return sequence.error();
    auto file = std::make_unique<RotatedJournal>(path);
    if (const auto opened = file->open(); !opened) return opened.error();
    return Journal(std::move(file), *sequence);
}

std::uint64_t Journal::append(const JournalEntry& entry) {
    last_begin_ = queue_.size();
    append_opening(queue_, ++sequence_, entry.at);
    append_text(queue_, ",\"worker\":", entry.worker);
    append_text(queue_, ",\"from\":", entry.from);
    append_text(queue_, ",\"to\":", entry.to);
    append_text(queue_, ",\"cause\":", entry.cause);
    if (entry.by != nullptr) append_asker(queue_, *entry.by);
    if (entry.pid > 0) {
        queue_ += ",\"pid\":";
        append_number(queue_, entry.pid);
    }
    if (entry.start_ticks > 0) {
        queue_ += ",\"startTicks\":";
        append_number(queue_, entry.start_ticks);
    }
    if (entry.exit != nullptr) append_exit(queue_, *entry.exit);
    if (entry.sent) queue_ += ",\"sent\":true";
    append_text(queue_, ",\"reason\":", entry.reason);
    if (entry.reason_code) append_text(queue_, ",\"reasonCode\":", to_text(*entry.reason_code));
    if (entry.tail != nullptr && !entry.tail->empty()) append_lines(queue_, *entry.tail);
    queue_ += "}\n";
    return sequence_;
}

Result<> Journal::flush() {
    if (queue_.empty()) return {};
    std::size_t written = 0;
    const auto result = file_->write(queue_, written);
    if (written > 0) lost_first_ = 0;   // the `lost` line was the first in the queue
    queue_.erase(0, written);
    if (!result && queue_.size() > queue_limit) drop_oldest();
    return result;
}

void Journal::drop_oldest() {
    const auto count = [](std::string_view lines) {
        return static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    };
    const auto cut = std::min(queue_.find('\n', queue_.size() - queue_kept), queue_.size() - 1) + 1;
    const auto first = lost_first_ != 0 ? lost_first_ : sequence_ - count(queue_) + 1;
    const auto last = sequence_ - count(std::string_view(queue_).substr(cut));
    std::string mark;
    append_opening(mark, last, stamp_now().wall);
    mark += ",\"cause\":\"lost\",\"first\":";
    append_number(mark, first);
    mark += ",\"last\":";
    append_number(mark, last);
    mark += "}\n";
    queue_.replace(0, cut, mark);
    lost_first_ = first;
}

Result<> read_journal(const std::string& path, const std::function<bool(std::string_view line)>& line) {
    // Opened newest first and read oldest first. A rotation in between shows one file under two names, which is detected, instead
    // of hiding a file.
    std::vector<std::pair<std::string, Opened>> files;
    for (unsigned number = 0; number <= policy.keep; ++number) {
        const auto name = logs::old_log(path, number);
        auto opened = open_existing(name);
        if (!opened) return opened.error();
        if (!*opened) continue;
        const auto& info = (*opened)->info;
        const bool seen = std::any_of(files.begin(), files.end(), [&](const auto& file) {
            return file.second.info.st_ino == info.st_ino && file.second.info.st_dev == info.st_dev;
        });
        if (!seen) files.emplace_back(name, std::move(**opened));
    }
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        const auto more = each_line(file->second.file, file->first, line);
        if (!more) return more.error();
        if (!*more) break;
    }
    return {};
}

}   // namespace talos::state
