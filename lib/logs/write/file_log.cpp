#include "logs/write/file_log.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace talos::logs {

using Format = config::LogSpec::Format;
using OnFull = config::LogSpec::OnFull;

namespace {

/// So much is formatted at a time: it bounds memory, and stays in the processor's cache.
constexpr std::size_t chunk = 128 * 1024;
constexpr std::size_t kept_capacity = 4 * 1024;

/// Shared by all logs: one thread, and nothing is kept in it between calls.
std::string& scratch() {
    static std::string buffer;
    if (buffer.capacity() > 4 * chunk) std::string().swap(buffer);   // long lines once must not be paid for with memory for ever
    buffer.clear();
    return buffer;
}

LogClock& log_clock() {
    static LogClock clock;
    return clock;
}

void empty(std::string& held) {
    if (held.capacity() > kept_capacity) std::string().swap(held);
    else held.clear();
}

RotatingFile::Policy policy_of(const config::LogSpec& spec) {
    return {spec.rotate_size, spec.keep, spec.rotate_every, spec.daily, spec.compress == config::LogSpec::Compress::zstd, true};
}

}   // namespace

FileLog::FileLog(const config::LogSpec& spec, config::Streams streams, posix::Location path, LogOwner& owner)
    : owner_(owner), format_(spec.format), on_full_(spec.on_full), compress_(spec.compress), streams_(streams), keep_(spec.keep),
      max_line_(spec.max_line), file_(std::move(path), policy_of(spec)) {}

void FileLog::configure(const config::LogSpec& spec) {
    on_full_ = spec.on_full;
    compress_ = spec.compress;
    keep_ = spec.keep;
    file_.set_policy(policy_of(spec));
    if (trouble_) trouble_->told.waits = on_full_ == OnFull::block;
}

Flow FileLog::write(Stream stream, std::string_view bytes) {
    if (flow() == Flow::wait) queue(stream, bytes);
    else feed(stream, bytes);
    return flow();
}

void FileLog::end_of_run() {
    for (const auto stream : {Stream::out, Stream::err}) {
        if (unfinished(stream)) (void)write(stream, "\n");
        if (held(stream).empty()) std::string().swap(held(stream));
    }
}

/// Whether the last byte that the stream brought was no newline.
bool FileLog::unfinished(Stream stream) const {
    if (trouble_) {
        const auto& all = trouble_->queued;
        const auto last = std::find_if(all.rbegin(), all.rend(), [&](const auto& one) { return one.first == stream; });
        if (last != all.rend()) return last->second.back() != '\n';
    }
    if (!held_[static_cast<std::size_t>(stream)].empty()) return true;
    if (stream == Stream::err) return false;
    return trouble_ && !trouble_->pending.empty() ? trouble_->pending.back() != '\n' : file_.mid_line();
}

void FileLog::feed(Stream stream, std::string_view bytes) {
    if (format_ == Format::raw) feed_raw(stream, bytes);
    else feed_lines(stream, bytes);
}

/// As much of a long line as a piece may have, without cutting a character.
std::string_view FileLog::piece_of(std::string_view line) const {
    std::size_t length = max_line_;
    constexpr std::size_t longest_character = 4;
    while (length + longest_character > max_line_ && (static_cast<unsigned char>(line[length]) & 0xc0) == 0x80) --length;
    return line.substr(0, length);
}

/// A line, in pieces if it is too long for one.
void FileLog::append_line(const LineFormat& format, std::string_view line, std::string& out) const {
    while (line.size() > max_line_) {
        const auto piece = piece_of(line);
        format.append(piece, LineEnd::partial, out);
        line.remove_prefix(piece.size());
    }
    format.append(line, LineEnd::full, out);
}

/// What is held of a line is no more than a piece of one.
void FileLog::cut_held(const LineFormat& format, std::string& held, std::string& out) const {
    std::string_view rest = held;
    while (rest.size() > max_line_) {
        const auto piece = piece_of(rest);
        format.append(piece, LineEnd::partial, out);
        rest.remove_prefix(piece.size());
    }
    held.erase(0, held.size() - rest.size());
}

void FileLog::feed_lines(Stream stream, std::string_view bytes) {
    auto& out = scratch();
    auto& begun = held(stream);
    const LineFormat format(format_, log_clock().now(), stream);
    while (!bytes.empty()) {
        const auto* newline = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
        if (newline == nullptr) break;
        const auto length = static_cast<std::size_t>(newline - bytes.data());
        if (begun.empty()) {
            append_line(format, bytes.substr(0, length), out);
        } else {
            begun.append(bytes.substr(0, length));
            append_line(format, begun, out);
            empty(begun);
        }
        bytes.remove_prefix(length + 1);
        if (out.size() < chunk) continue;
        put({}, out);
        out.clear();
        if (flow() == Flow::wait) return queue(stream, bytes);
    }
    begun.append(bytes);
    cut_held(format, begun, out);
    if (!out.empty()) put({}, out);
}

/// Raw lines go to the file as they are, from where they were read; only the last, unfinished one is held. One that is too long to
/// be held goes on as it comes, unless the other stream's lines could get into it: there is no mark for a piece, it is broken then.
void FileLog::feed_raw(Stream stream, std::string_view bytes) {
    auto& begun = held(stream);
    const auto* newline = static_cast<const char*>(::memrchr(bytes.data(), '\n', bytes.size()));
    auto end = newline == nullptr ? 0 : static_cast<std::size_t>(newline - bytes.data()) + 1;
    if (streams_ == config::Streams::joined) {
        const auto rest = bytes.size() - end + (end == 0 ? begun.size() : 0);
        if (rest > max_line_ || (end == 0 && file_.mid_line())) end = bytes.size();
    }
    if (end > 0) {
        put(begun, bytes.substr(0, end));
        empty(begun);
    }
    begun.append(bytes.substr(end));
    if (begun.size() <= max_line_) return;
    auto& out = scratch();
    cut_held(LineFormat(format_, {}, stream), begun, out);
    put({}, out);
}

// --- the file, and when it fails ----------------------------------------------------------------------------------

void FileLog::look_at_old() {
    if (const auto notice = file_.take_notice()) owner_.noticed(*notice);
    if (seen_generation_ == file_.generation()) return;
    seen_generation_ = file_.generation();
    for (auto& replaced : file_.take_replaced()) owner_.discarded(std::move(replaced));
    if (compress_ == config::LogSpec::Compress::zstd && keep_ > 0) owner_.old_logs(file_.location(), keep_);
}

Result<> FileLog::rotate() {
    if (trouble_) return refused("its log cannot be written: " + trouble_->told.text);
    const auto share = share_if_closed();
    auto rotated = file_.rotate_now();
    look_at_old();
    return rotated;
}

void FileLog::put(std::string_view head, std::string_view lines) {
    if (trouble_) {
        if (on_full_ == OnFull::block) return (void)trouble_->pending.append(head).append(lines);
        drop(head);
        return drop(lines);
    }
    std::size_t written = 0;
    const auto share = share_if_closed();
    const auto result = file_.write(head, lines, &written);
    look_at_old();
    if (result) return;
    const auto of_head = std::min(written, head.size());
    fail(result.error(), head.substr(of_head), lines.substr(written - of_head));
}

void FileLog::fail(const Failure& failure, std::string_view head, std::string_view lines) {
    trouble_ = std::make_unique<Trouble>();
    trouble_->told = {failure.message(), stamp_now().wall, on_full_ == OnFull::block};
    if (!retrying_) owner_.trouble_changed(*this);
    put(head, lines);
}

void FileLog::queue(Stream stream, std::string_view bytes) {
    constexpr std::size_t most = 1u << 20;
    if (bytes.empty()) return;
    if (trouble_->queued_bytes + bytes.size() > most) {
        return count_dropped(count_lines(Format::raw, bytes));
    }
    trouble_->queued.emplace_back(stream, bytes);
    trouble_->queued_bytes += bytes.size();
}

void FileLog::drop(std::string_view formatted) { count_dropped(count_lines(format_, formatted)); }

void FileLog::count_dropped(const LineCount& count) {
    if (trouble_->gap.bytes == 0) trouble_->dropping_since = stamp_now().wall;
    for (auto* sum : {&trouble_->gap, &dropped_}) {
        sum->lines += count.lines;
        sum->bytes += count.bytes;
    }
}

/// For what opens the file: talosd keeps some descriptors for itself.
std::unique_ptr<posix::DescriptorShare> FileLog::share_if_closed() const {
    return file_.is_open() ? nullptr : std::make_unique<posix::DescriptorShare>(posix::DescriptorShare::For::workers);
}

Result<> FileLog::write_pending(Trouble& trouble) {
    const auto share = share_if_closed();
    if (trouble.pending.empty()) return file_.open();
    std::size_t written = 0;
    const auto result = file_.write(trouble.pending, &written);
    trouble.pending.erase(0, written);
    return result;
}

/// The line that stands for what was dropped.
Result<> FileLog::mark_gap(Trouble& trouble) {
    if (trouble.gap.bytes == 0) return {};
    const auto seconds = [](WallTime time) {
        const std::time_t second = to_ms(time) / 1000;
        tm utc{};
        ::gmtime_r(&second, &utc);
        char text[24];
        return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
    };
    std::string text = "talos: ";
    text.append(std::to_string(trouble.gap.lines)).append(" lines, ").append(std::to_string(trouble.gap.bytes));
    text.append(" bytes dropped from ").append(seconds(trouble.dropping_since)).append(" to ").append(seconds(stamp_now().wall));
    std::string line = file_.mid_line() ? "\n" : "";   // the beginning of a line whose rest was dropped
    LineFormat(format_, log_clock().now(), Stream::out).append(text, LineEnd::full, line);
    const auto share = share_if_closed();
    return file_.write(line);
}

void FileLog::finish() {
    if (!trouble_ || retry() == Flow::on || !trouble_) return;
    drop(std::exchange(trouble_->pending, {}));
    for (const auto& [stream, bytes] : std::exchange(trouble_->queued, {})) count_dropped(count_lines(Format::raw, bytes));
    trouble_->queued_bytes = 0;
}

Flow FileLog::retry() {
    if (!trouble_) return Flow::on;
    retrying_ = true;
    const auto was = std::move(trouble_);   // from here on writing works as always, and may fail again
    if (const auto done = write_pending(*was); !done) fail(done.error(), was->pending, {});
    for (const auto& [stream, bytes] : was->queued) {
        if (trouble_) queue(stream, bytes);
        else feed(stream, bytes);
    }
    if (!trouble_) {
        if (const auto marked = mark_gap(*was); !marked) fail(marked.error(), {}, {});
    }
    retrying_ = false;
    look_at_old();
    if (trouble_) {
        trouble_->told.since = was->told.since;
        if (was->gap.bytes > 0) {
            trouble_->dropping_since = was->dropping_since;
            trouble_->gap.lines += was->gap.lines;
            trouble_->gap.bytes += was->gap.bytes;
        }
    } else {
        owner_.trouble_changed(*this);
    }
    return flow();
}

}   // namespace talos::logs
