#include "logs/write/file_log.hpp"

#include "logs/process/log_writers.hpp"
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
    return {spec.rotate_size,
            spec.keep,
            spec.rotate_every,
            spec.daily,
            spec.compress == config::LogSpec::Compress::zstd,
            true,
            false};
}

}   // namespace

FileLog::FileLog(const config::LogSpec& spec, config::Streams streams, posix::Location path, LogOwner& owner, LogWriters* writers)
    : owner_(owner), writers_(writers), path_(std::move(path)), policy_(policy_of(spec)), format_(spec.format),
      on_full_(spec.on_full), compress_(spec.compress), streams_(streams), keep_(spec.keep), max_line_(spec.max_line),
      file_(make_file()) {}

void FileLog::configure(const config::LogSpec& spec) {
    on_full_ = spec.on_full;
    compress_ = spec.compress;
    keep_ = spec.keep;
    policy_ = policy_of(spec);
    policy_.own_only = writers_ != nullptr;
    file_->set_policy(policy_);
    if (!trouble_) return;
    trouble_->told.waits = on_full_ == OnFull::block;
    if (!failing() || on_full_ == OnFull::block || file_->ready()) return;
    drop(std::exchange(trouble_->pending, {}));   // without a further try
    feed_queue();
}

Flow FileLog::write(Stream stream, std::string_view bytes) {
    if (flow() == Flow::wait || !queued_.empty()) queue(stream, bytes);
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
    const auto last = std::find_if(queued_.rbegin(), queued_.rend(), [&](const auto& one) { return one.first == stream; });
    if (last != queued_.rend()) return last->second.back() != '\n';
    if (!held_[static_cast<std::size_t>(stream)].empty()) return true;
    if (stream == Stream::err) return false;
    return trouble_ && !trouble_->pending.empty() ? trouble_->pending.back() != '\n' : file_->mid_line();
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
        if (paused()) return queue(stream, bytes);
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
        if (rest > max_line_ || (end == 0 && file_->mid_line())) end = bytes.size();
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

// --- the file -----------------------------------------------------------------------------------------------------

std::unique_ptr<LogFile> FileLog::make_file() {
    policy_.own_only = writers_ != nullptr;
    if (auto remote = writers_ != nullptr ? writers_->open(path_, policy_, *this) : nullptr) return remote;
    return std::make_unique<LocalLogFile>(path_, policy_, static_cast<LogFileUser&>(*this));
}

/// After a failure: its directory has become another user's, or talosd's own.
bool FileLog::replace_misplaced() {
    if (!file_->misplaced() || !file_->settled()) return false;
    file_ = make_file();
    return true;
}

void FileLog::rotated() {
    if (compress_ == config::LogSpec::Compress::zstd && keep_ > 0) owner_.old_logs(path_, keep_);
}

Result<> FileLog::rotate() {
    if (trouble_) return refused("its log cannot be written: " + trouble_->told.text);
    return file_->rotate();
}

void FileLog::put(std::string_view head, std::string_view lines) {
    if (failing()) return keep(head, lines);
    std::size_t written = 0;
    auto result = file_->write(head, lines, written);
    const auto pass = [&] {
        const auto of_head = std::min(written, head.size());
        head.remove_prefix(of_head);
        lines.remove_prefix(written - of_head);
    };
    if (result) return;
    pass();
    if (replace_misplaced()) {
        written = 0;
        result = file_->write(head, lines, written);
        if (result) return;
        pass();
    }
    fail(result.error(), head, lines);
}

// --- when it fails ------------------------------------------------------------------------------------------------

Flow FileLog::flow() const {
    if (trouble_ && trouble_->trying) return Flow::wait;
    return paused() ? Flow::wait : Flow::on;
}

/// What comes is not formatted, but queued.
bool FileLog::paused() const { return failing() ? on_full_ == OnFull::block : !ending_ && !file_->has_room(); }

void FileLog::fail(const Failure& failure, std::string_view head, std::string_view lines) {
    const bool first = !trouble_;
    if (first) {
        trouble_ = std::make_unique<Trouble>();
        trouble_->told.since = stamp_now().wall;
    }
    trouble_->trying = false;
    trouble_->told.text = failure.message();
    trouble_->told.waits = on_full_ == OnFull::block;
    if (first) owner_.trouble_changed(*this);
    keep(head, lines);
    if (on_full_ == OnFull::drop) feed_queue();
}

/// What cannot be written now.
void FileLog::keep(std::string_view head, std::string_view lines) {
    if (on_full_ == OnFull::block) return (void)trouble_->pending.append(head).append(lines);
    drop(head);
    drop(lines);
}

/// So much that the end of a run, when a pipe is read to its end, does not exceed it while a process is no more than behind.
void FileLog::queue(Stream stream, std::string_view bytes) {
    constexpr std::size_t most_in_trouble = 1u << 20;
    constexpr std::size_t most_behind = 4u << 20;
    if (bytes.empty()) return;
    if (queued_bytes_ + bytes.size() > (trouble_ ? most_in_trouble : most_behind)) {
        if (!trouble_) fail(refused(path_.path + " is not written as fast as its worker writes"), {}, {});
        return count_dropped(count_lines(Format::raw, bytes));
    }
    queued_.emplace_back(stream, bytes);
    queued_bytes_ += bytes.size();
}

void FileLog::feed_queue() {
    auto queued = std::exchange(queued_, {});
    queued_bytes_ = 0;
    for (const auto& [stream, bytes] : queued) {
        if (paused() || !queued_.empty()) queue(stream, bytes);
        else feed(stream, bytes);
    }
}

void FileLog::drop(std::string_view formatted) { count_dropped(count_lines(format_, formatted)); }

void FileLog::count_dropped(const LineCount& count) {
    if (trouble_->gap.bytes == trouble_->marked.bytes) trouble_->dropping_since = stamp_now().wall;
    for (auto* sum : {&trouble_->gap, &dropped_}) {
        sum->lines += count.lines;
        sum->bytes += count.bytes;
    }
}

void FileLog::write_pending() {
    const auto pending = std::exchange(trouble_->pending, {});
    std::size_t written = 0;
    const auto result = pending.empty() ? file_->open() : file_->write({}, pending, written);
    if (!result) fail(result.error(), {}, std::string_view(pending).substr(written));
}

/// The line that stands for what was dropped.
void FileLog::mark_gap() {
    if (trouble_->gap.bytes == 0) return;
    const auto seconds = [](WallTime time) {
        const std::time_t second = to_ms(time) / 1000;
        tm utc{};
        ::gmtime_r(&second, &utc);
        char text[24];
        return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
    };
    std::string text = "talos: ";
    text.append(std::to_string(trouble_->gap.lines)).append(" lines, ").append(std::to_string(trouble_->gap.bytes));
    text.append(" bytes dropped from ")
        .append(seconds(trouble_->dropping_since))
        .append(" to ")
        .append(seconds(stamp_now().wall));
    std::string line = file_->mid_line() ? "\n" : "";   // the beginning of a line whose rest was dropped
    LineFormat(format_, log_clock().now(), Stream::out).append(text, LineEnd::full, line);
    std::size_t written = 0;
    if (const auto result = file_->write({}, line, written); !result) return fail(result.error(), {}, {});
    trouble_->marked = trouble_->gap;
    trouble_->mark_size = line.size();
}

/// The line for the gap, which was the last that the file had taken, is made anew at the next try.
void FileLog::forget_mark(std::string& lines) {
    lines.resize(lines.size() - std::min(lines.size(), std::exchange(trouble_->mark_size, 0)));
    trouble_->marked = {};
}

void FileLog::unwritten(const Failure& failure, std::string lines) {
    if (trouble_) {
        forget_mark(lines);
        lines.append(std::exchange(trouble_->pending, {}));
    }
    fail(failure, {}, lines);
    owner_.progressed(*this);
}

void FileLog::stalled(const Failure& failure) {
    fail(failure, {}, {});
    owner_.progressed(*this);
}

void FileLog::progressed() {
    if (trouble_ && file_->settled()) {
        if (trouble_->trying) healed();
        else (void)retry();   // it had stalled
    } else if (!trouble_ && file_->has_room()) {
        feed_queue();
    }
    owner_.progressed(*this);
}

void FileLog::healed() {
    trouble_.reset();
    owner_.trouble_changed(*this);
    feed_queue();
}

Flow FileLog::retry() {
    if (!trouble_ || trouble_->trying) return flow();
    (void)replace_misplaced();
    if (!file_->ready() || !file_->settled()) return flow();
    trouble_->gap.lines -= trouble_->marked.lines;   // those that a line stands for by now
    trouble_->gap.bytes -= trouble_->marked.bytes;
    trouble_->marked = {};
    trouble_->mark_size = 0;
    trouble_->trying = true;   // from here on writing works as always, and may fail again
    write_pending();
    feed_queue();
    if (!failing()) mark_gap();
    if (!failing() && file_->settled()) healed();
    return flow();
}

void FileLog::finish() {
    ending_ = true;
    if (trouble_) (void)retry();
    else feed_queue();
    if (auto lines = file_->give_up(); !lines.empty()) {
        if (trouble_) forget_mark(lines);
        fail(refused(path_.path + " was not written before talosd ended"), {}, lines);
    }
    if (!trouble_) return;
    drop(std::exchange(trouble_->pending, {}));
    for (const auto& [stream, bytes] : std::exchange(queued_, {})) count_dropped(count_lines(Format::raw, bytes));
    queued_bytes_ = 0;
}

}   // namespace talos::logs
