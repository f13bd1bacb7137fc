#include "view.hpp"

#include "daemon/daemon_log.hpp"
#include "terminal/style.hpp"
#include "terminal/width.hpp"
#include <chrono>
#include <unistd.h>

namespace talosd {

using talos::logs::Stream;
using talos::terminal::Interleaver;
using talos::turn::Level;

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

}   // namespace

View::View(const talos::aio::Executor& executor, Level level, bool color, Style style)
    : executor_(executor), level_(level), style_(style), lines_(color, Interleaver::Prefix::names), out_(executor, STDOUT_FILENO),
      terminal_(style == Style::lines && talos::terminal::is_screen(STDOUT_FILENO)), pause_(executor) {
    if (style_ == Style::passthrough) err_.emplace(executor, STDERR_FILENO);
}

void View::update_screen() {
    scratch_.clear();
    if (terminal_) lines_.columns(talos::terminal::terminal_columns(STDOUT_FILENO));
}

void View::named(std::size_t index, std::string_view name) { lines_.name(index, std::string(name)); }

void View::transition(const talos::turn::Record& record) {
    const Level level = talos::daemon::level_of(record);
    if (level < level_) return;
    update_screen();
    const bool up = record.to == talos::worker::State::running && level == Level::info;
    lines_.about(record.index, up ? Interleaver::Tone::good : tone_of(level), talos::daemon::describe(record), scratch_);
    words().write(scratch_);
}

void View::output(std::size_t index, Stream stream, std::string_view bytes) {
    if (style_ == Style::passthrough) return out_.write(bytes);
    update_screen();
    lines_.output(index, bytes, scratch_, stream == Stream::out ? Interleaver::Stream::out : Interleaver::Stream::err);
    out_.write(scratch_);
    wait_for_pause();
}

// Shows an unfinished line if nothing was added to it during a whole pause.
void View::wait_for_pause() {
    constexpr std::chrono::milliseconds pause{100};
    if (!terminal_ || pausing_ || !lines_.has_fresh()) return;
    pausing_ = true;
    pause_.expires_after(pause);
    pause_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        pausing_ = false;
        update_screen();
        lines_.pause(scratch_);
        out_.write(scratch_);
        wait_for_pause();
    });
}

void View::bare_output(Stream stream, std::string_view lines) {
    update_screen();
    lines_.lift(scratch_);
    if (stream == Stream::out) {
        scratch_.append(terminal_ ? talos::terminal::harmless_lines(lines, true) : std::string(lines));
    } else {
        out_.write(scratch_);
        scratch_.clear();
        if (!worker_err_) worker_err_.emplace(executor_, STDERR_FILENO);
        worker_err_->write(::isatty(STDERR_FILENO) == 1 ? talos::terminal::harmless_lines(lines, true) : std::string(lines));
    }
    lines_.lower(scratch_);
    out_.write(scratch_);
}

void View::output_end(std::size_t index) {
    if (style_ == Style::passthrough) return;
    update_screen();
    lines_.end(index, scratch_);
    out_.write(scratch_);
}

void View::about(std::size_t index, Level level, std::string_view text) {
    if (level < level_) return;
    update_screen();
    lines_.about(index, tone_of(level), text, scratch_);
    words().write(scratch_);
}

void View::message(Level level, std::string_view text) {
    if (level < level_) return;
    update_screen();
    lines_.message(tone_of(level), text, scratch_);
    words().write(scratch_);
}

void View::finish() {
    constexpr std::chrono::milliseconds patience{200};
    out_.finish(patience);
    if (err_) err_->finish(patience);
    if (worker_err_) worker_err_->finish(patience);
}

}   // namespace talosd
