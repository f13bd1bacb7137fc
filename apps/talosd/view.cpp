#include "view.hpp"

#include "supervisor/daemon_log.hpp"
#include <unistd.h>

namespace talosd {

using talos::supervisor::Level;
using talos::terminal::Interleaver;

namespace {

Interleaver::Tone tone_of(Level level) {
    switch (level) {
    case Level::trace:
    case Level::debug: return Interleaver::Tone::dim;
    case Level::info: return Interleaver::Tone::plain;
    case Level::warning: return Interleaver::Tone::warning;
    case Level::error:
    case Level::fatal: return Interleaver::Tone::bad;
    }
    __builtin_unreachable();
}

}  // namespace

View::View(const talos::aio::Executor& executor, Level level, bool color, Style style)
    : executor_(executor), level_(level), style_(style), lines_(color, Interleaver::Prefix::names), out_(executor, STDOUT_FILENO) {
    if (style_ == Style::passthrough) err_.emplace(executor, STDERR_FILENO);
}

void View::named(std::size_t index, std::string_view name) { lines_.name(index, std::string(name)); }

void View::transition(const talos::supervisor::Record& record) {
    const Level level = talos::supervisor::level_of(record);
    if (level < level_) return;
    scratch_.clear();
    const bool up = record.to == talos::worker::State::running && level == Level::info;
    lines_.about(record.index, up ? Interleaver::Tone::good : tone_of(level), talos::supervisor::describe(record), scratch_);
    (err_ ? *err_ : out_).write(scratch_);
}

void View::output(std::size_t index, std::string_view bytes) {
    if (style_ == Style::passthrough) return out_.write(bytes);
    scratch_.clear();
    lines_.output(index, bytes, scratch_);
    out_.write(scratch_);
}

void View::bare_output(talos::aio::Stream stream, std::string_view lines) {
    if (stream == talos::aio::Stream::out) return out_.write(lines);
    if (!worker_err_) worker_err_.emplace(executor_, STDERR_FILENO);
    worker_err_->write(lines);
}

void View::output_end(std::size_t index) {
    if (style_ == Style::passthrough) return;
    scratch_.clear();
    lines_.flush(index, scratch_);
    out_.write(scratch_);
}

void View::about(std::size_t index, Level level, std::string_view text) {
    if (level < level_) return;
    scratch_.clear();
    lines_.about(index, tone_of(level), text, scratch_);
    (err_ ? *err_ : out_).write(scratch_);
}

void View::message(Level level, std::string_view text) {
    if (level < level_) return;
    scratch_.clear();
    lines_.message(tone_of(level), text, scratch_);
    (err_ ? *err_ : out_).write(scratch_);
}

void View::finish() {
    constexpr std::chrono::milliseconds patience{200};
    out_.finish(patience);
    if (err_) err_->finish(patience);
    if (worker_err_) worker_err_->finish(patience);
}

}  // namespace talosd
