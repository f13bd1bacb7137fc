#include "aio/worker_log.hpp"

#include <algorithm>
#include <cstring>

namespace talos::aio {

namespace {

/// Shared by all logs: one thread, and nothing is kept in them between calls.
std::string& scratch() {
    static std::string buffer;
    buffer.clear();
    return buffer;
}

LogClock& log_clock() {
    static LogClock clock;
    return clock;
}

/// One burst of long lines must not be paid for with memory for ever.
void trim(std::string& buffer) {
    constexpr std::size_t keep = 256 * 1024;
    if (buffer.capacity() > keep) std::string().swap(buffer);
}

}  // namespace

WorkerLog::WorkerLog(const config::LogSpec& spec, std::string path, OnTrouble on_trouble)
    : format_(spec.format), file_(std::move(path), {spec.rotate_size, spec.keep}), on_trouble_(std::move(on_trouble)) {}

void WorkerLog::write(std::string_view bytes) {
    if (format_ == config::LogSpec::Format::raw) take_raw(bytes);
    else take_lines(bytes);
}

/// Raw lines go to the file as they are in one piece; only the last, unfinished one is held.
void WorkerLog::take_raw(std::string_view bytes) {
    const auto last = bytes.rfind('\n');
    if (last == std::string_view::npos) {
        held_.append(bytes);
    } else {
        const auto lines = bytes.substr(0, last + 1);
        if (held_.empty()) {
            put(lines);
        } else {
            held_.append(lines);
            put(held_);
            held_.clear();
        }
        held_.append(bytes.substr(last + 1));
    }
    while (held_.size() > max_line) {   // no mark for a piece exists in this format: the line is broken
        auto& out = scratch();
        append_line(format_, {}, std::string_view(held_).substr(0, max_line), LineEnd::partial, out);
        put(out);
        held_.erase(0, max_line);
    }
}

void WorkerLog::take_lines(std::string_view bytes) {
    auto& out = scratch();
    const auto stamp = log_clock().now();
    const auto emit = [&](std::string_view line, LineEnd end) {
        while (line.size() > max_line) {
            append_line(format_, stamp, line.substr(0, max_line), LineEnd::partial, out);
            line.remove_prefix(max_line);
        }
        append_line(format_, stamp, line, end, out);
    };
    while (!bytes.empty()) {
        const auto newline = bytes.find('\n');
        if (newline == std::string_view::npos) {
            held_.append(bytes);
            break;
        }
        if (held_.empty()) {
            emit(bytes.substr(0, newline), LineEnd::full);
        } else {
            held_.append(bytes.substr(0, newline));
            emit(held_, LineEnd::full);
            held_.clear();
        }
        bytes.remove_prefix(newline + 1);
    }
    if (held_.size() >= max_line) {
        const auto whole = held_.size() / max_line * max_line;
        for (std::size_t at = 0; at < whole; at += max_line)
            append_line(format_, stamp, std::string_view(held_).substr(at, max_line), LineEnd::partial, out);
        held_.erase(0, whole);
    }
    if (!out.empty()) put(out);
    trim(out);
}

void WorkerLog::end_of_run() {
    if (!held_.empty()) {
        auto& out = scratch();
        append_line(format_, log_clock().now(), held_, LineEnd::full, out);
        put(out);
    }
    std::string().swap(held_);
}

void WorkerLog::put(std::string_view lines) {
    if (gap_.lines > 0 && !mark_gap()) {
        drop(lines);
        return;
    }
    std::size_t written = 0;
    const auto result = file_.write(lines, &written);
    if (result) return;
    if (gap_.lines == 0) on_trouble_(result.error().message());
    drop(lines.substr(written));
}

void WorkerLog::drop(std::string_view lines) {
    if (gap_.lines == 0) gap_.from = stamp_now().wall;
    gap_.lines += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    gap_.bytes += lines.size();
    dropped_bytes_ += lines.size();
}

/// Tries to write the line that stands for what was dropped; true when the file takes lines again.
bool WorkerLog::mark_gap() {
    const auto seconds = [](WallTime time) {
        const std::time_t second = to_ms(time) / 1000;
        tm utc{};
        ::gmtime_r(&second, &utc);
        char text[24];
        return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
    };
    const std::string text = "talos: " + std::to_string(gap_.lines) + " lines, " + std::to_string(gap_.bytes) +
                             " bytes dropped from " + seconds(gap_.from) + " to " + seconds(stamp_now().wall);
    std::string line;
    append_line(format_, log_clock().now(), text, LineEnd::full, line);
    if (!file_.write(line)) return false;
    gap_ = {};
    on_trouble_({});
    return true;
}

}  // namespace talos::aio
