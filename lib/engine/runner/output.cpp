#include "engine/runner/output.hpp"

#include "engine/runner/view_destination.hpp"
#include "turn/recorder.hpp"
#include <algorithm>

namespace talos::engine {

namespace {

constexpr auto retry_interval = std::chrono::seconds{1};

std::string words(const logs::LineCount& count) {
    return std::to_string(count.lines) + " lines, " + std::to_string(count.bytes) + " bytes";
}

}   // namespace

struct Output::Retry {
    aio::Timer timer;
    logs::LineCount before;   // dropped when the trouble began
    std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);
};

posix::Location log_path(const turn::Services& services, const std::string& worker, const config::LogSpec& log) {
    return log.file.empty() ? services.files.own(services.files.log_of(worker)) : services.files.located(log.file);
}

Output::Output(turn::Services& services, std::size_t index, const config::WorkerSpec& spec)
    : services_(services), index_(index), name_(spec.name) {
    build(spec);
}

Output::~Output() = default;

void Output::build(const config::WorkerSpec& spec) {
    streams_ = spec.streams;
    bool shown = spec.log.empty();
    for (const auto& log : spec.log) {
        switch (log.target) {
        case config::LogSpec::Target::file:
            destinations_.push_back(std::make_unique<logs::FileLog>(log, streams_, log_path(services_, spec.name, log),
                                                                    static_cast<logs::LogOwner&>(*this),
                                                                    services_.log_writers()));
            break;
        case config::LogSpec::Target::inherit:
            destinations_.push_back(std::make_unique<ViewDestination>(services_.observer, index_, log.inherit));
            shown = true;
            break;
        }
    }
    if (!shown && services_.show_output)
        destinations_.push_back(
            std::make_unique<ViewDestination>(services_.observer, index_, config::LogSpec::Inherit::prefixed));
}

void Output::rebuild(const config::WorkerSpec& spec) {
    finish();
    dropped_before_ = dropped();
    for (auto& pump : pumps_) pump.reset();
    destinations_.clear();
    retry_.reset();
    flow_ = logs::Flow::on;
    build(spec);
}

void Output::configure(const config::WorkerSpec& spec) {
    for (std::size_t i = 0; i < std::min(spec.log.size(), destinations_.size()); ++i) destinations_[i]->configure(spec.log[i]);
    if (retry_) retry();   // whoever waited may be allowed to drop now
}

void Output::reopen() {
    for (const auto& destination : destinations_) destination->reopen();
}

void Output::end() {
    run_ended();
    for (const auto& destination : destinations_)
        if (destination->trouble() != nullptr) (void)destination->retry();
}

void Output::finish() {
    run_ended();   // what others than the main process wrote since
    for (const auto& destination : destinations_) {
        const auto before = destination->dropped_lines();
        destination->finish();
        if (const auto* trouble = destination->trouble()) {
            std::string text = "its log could not be written to the end: " + trouble->text;
            if (const auto lost = destination->dropped_lines() - before; lost > 0)
                text.append("; ").append(std::to_string(lost)).append(" lines that waited are lost");
            services_.observer.about(index_, turn::Level::error, text);
        }
    }
}

// --- a run --------------------------------------------------------------------------------------------------------

Result<logs::ChildEnd> Output::open_pipe(logs::Stream stream, const posix::SpawnRequest& request) {
    auto pipe = services_.child_pipe(request);
    if (!pipe) return pipe.error();
    auto sink = [this, stream](std::string_view bytes) { return write(stream, bytes); };
    pumps_[static_cast<std::size_t>(stream)] = std::make_unique<logs::OutputPump>(
        services_.executor, std::move(pipe->read), std::move(sink), flow_, std::move(pipe->relayed));
    return std::move(pipe->write);
}

Result<Output::Ends> Output::open(const posix::SpawnRequest& request) {
    drain();   // what a child of the last run wrote since
    for (auto& pump : pumps_) pump.reset();
    tail_.clear();
    Ends ends;
    if (destinations_.empty()) return ends;
    auto out = open_pipe(logs::Stream::out, request);
    if (!out) return out.error();
    ends.out = std::move(*out);
    if (streams_ == config::Streams::joined) return ends;
    auto err = open_pipe(logs::Stream::err, request);
    if (!err) return err.error();
    ends.err = std::move(*err);
    return ends;
}

void Output::no_run() {
    for (auto& pump : pumps_) pump.reset();
}

void Output::remove(const logs::LogDestination& listener) {
    std::erase_if(destinations_, [&](const auto& destination) { return destination.get() == &listener; });
}

void Output::drain() {
    for (const auto& pump : pumps_)
        if (pump && pump->open()) pump->drain();
}

void Output::run_ended() {
    drain();
    if (!pumps_[0]) return;
    for (const auto& destination : destinations_) destination->end_of_run();
}

bool Output::reads_one_of(const std::vector<std::uint64_t>& pipes) const {
    return std::any_of(std::begin(pumps_), std::end(pumps_), [&](const auto& pump) {
        const auto inode = pump ? pump->pipe() : 0;
        return inode != 0 && std::find(pipes.begin(), pipes.end(), inode) != pipes.end();
    });
}

logs::Flow Output::write(logs::Stream stream, std::string_view bytes) {
    tail_.write(bytes);
    read_bytes_ += bytes.size();
    flow_ = logs::Flow::on;
    for (const auto& destination : destinations_)
        if (destination->write(stream, bytes) == logs::Flow::wait) flow_ = logs::Flow::wait;
    services_.event_bus.output(name_);
    return flow_;
}

// --- trouble ------------------------------------------------------------------------------------------------------

void Output::trouble_changed(const logs::LogDestination& log) {
    if (const auto* trouble = log.trouble()) {
        const std::string_view then = trouble->waits ? "it has to wait" : "it runs on";
        services_.observer.about(index_, turn::Level::error,
                                 "its log cannot be written, " + std::string(then) + ": " + trouble->text);
        retry_later();
    } else {
        std::string text = "its log can be written again";
        const auto now = dropped();
        if (retry_ && now.bytes > retry_->before.bytes)
            text.append(", without ").append(words({now.lines - retry_->before.lines, now.bytes - retry_->before.bytes}));
        services_.observer.about(index_, turn::Level::info, text);
        services_.event_bus.output(name_);
    }
    services_.recorder.changed();
    services_.touch();
}

void Output::old_logs(const posix::Location& path, unsigned keep) { services_.compress(path, keep); }
void Output::noticed(const std::string& text) { services_.observer.about(index_, turn::Level::warning, "its log: " + text); }
void Output::discarded(posix::UniqueFd file) { services_.discard(std::move(file)); }

Result<> Output::rotate() {
    Result<> result;
    for (const auto& destination : destinations_)
        if (auto rotated = destination->rotate(); !rotated && result) result = rotated;
    return result;
}

void Output::retry_later() {
    if (!retry_) retry_ = std::make_unique<Retry>(Retry{aio::Timer(services_.executor), dropped()});
    retry_->timer.expires_after(retry_interval);
    retry_->timer.async_wait([this, alive = std::weak_ptr(retry_->alive)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) retry();
    });
}

void Output::retry() {
    for (const auto& destination : destinations_) (void)destination->retry();
    read_on();
    if (trouble() != nullptr) retry_later();
    else retry_.reset();
}

void Output::read_on() {
    flow_ = logs::Flow::on;
    for (const auto& destination : destinations_)
        if (destination->flow() == logs::Flow::wait) flow_ = logs::Flow::wait;
    if (flow_ == logs::Flow::wait) return;
    for (const auto& pump : pumps_)
        if (pump) pump->resume();
}

void Output::progressed(const logs::LogDestination&) {
    services_.event_bus.output(name_);   // readers find it in the file only now
    read_on();
}

const logs::LogTrouble* Output::trouble() const {
    for (const auto& destination : destinations_)
        if (const auto* trouble = destination->trouble()) return trouble;
    return nullptr;
}

logs::LineCount Output::dropped() const {
    auto sum = dropped_before_;
    for (const auto& destination : destinations_) {
        sum.lines += destination->dropped_lines();
        sum.bytes += destination->dropped_bytes();
    }
    return sum;
}

std::optional<state::LogStatus> Output::status() const {
    const auto count = dropped();
    const auto* trouble = retry_ ? this->trouble() : nullptr;
    if (trouble == nullptr && count.bytes == 0) return std::nullopt;
    state::LogStatus status;
    if (trouble != nullptr) {
        status.trouble = trouble->text;
        status.since = trouble->since;
    }
    status.dropped_lines = count.lines;
    status.dropped_bytes = count.bytes;
    return status;
}

}   // namespace talos::engine
