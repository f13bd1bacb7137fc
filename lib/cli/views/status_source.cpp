#include "cli/views/status_source.hpp"
#include "cli/session/event_stream.hpp"
#include "cli/views/live_status.hpp"
#include "logs/read/log_lines.hpp"

namespace talos::cli {

namespace {

class FileStatus final : public StatusSource {
public:
    FileStatus(client::DaemonManager manager, DaemonWatch watch) : manager_(std::move(manager)), watch_(std::move(watch)) {
        if (auto end = logs::LogReader::at_end(manager_.files().event_file())) history_.emplace(std::move(*end));
    }

    Result<client::Probe> probe() override { return watch_.probe(manager_); }
    What wait(std::optional<SteadyTime> deadline, int other, int output) override { return watch_.wait(deadline, other, output); }
    // Without read permission the files are not watched here; status.json still is.
    void history(const LineSink& line) override {
        if (history_) (void)history_->read(line);
    }

private:
    client::DaemonManager manager_;
    DaemonWatch watch_;
    std::optional<logs::ForwardLines> history_;
};

class SocketStatus final : public StatusSource {
public:
    SocketStatus(const http::Endpoint& socket, Usage usage) : client_(socket), events_(socket), usage_(usage) {}

    Result<client::Probe> probe() override {
        client::Probe probe;
        // Events first, then the status: a change in between arrives as an event.
        if (const auto opened = events_.open(); !opened) return nobody_or(opened.error());
        auto document = ask_status(client_, answer_patience, usage_);
        if (!document) return nobody_or(document.error());
        probe.state = client::Probe::State::running;
        probe.document = std::move(*document);
        return probe;
    }

    What wait(std::optional<SteadyTime> deadline, int other, int output) override {
        switch (events_.wait(deadline, other, output)) {
        case EventStream::What::event:
        case EventStream::What::ended: return What::changed;
        case EventStream::What::time: return What::time;
        case EventStream::What::other: return What::other;
        case EventStream::What::reader_gone: return What::reader_gone;
        }
        __builtin_unreachable();
    }

    void history(const LineSink& line) override { events_.take(line); }

private:
    static Result<client::Probe> nobody_or(const Failure& failure) {
        switch (failure.errno_value()) {
        case ENOENT:
        case ECONNREFUSED:
        case ECONNRESET: return client::Probe{};
        }
        return failure;
    }

    http::Client client_;
    EventStream events_;
    Usage usage_;
};

// The files identify the running talosd and show its exit. Its status comes from itself if it answers.
class LiveStatus final : public StatusSource {
public:
    LiveStatus(DaemonLocation location, client::DaemonManager manager, DaemonWatch watch, Usage usage)
        : place_(std::move(location)), files_(std::move(manager), std::move(watch)), usage_(usage) {}

    Result<client::Probe> probe() override {
        auto probe = files_.probe();
        if (!probe || probe->state != client::Probe::State::running) {
            socket_.reset();
            return probe;
        }
        if (!socket_)
            if (const auto endpoint = socket_of(place_, *probe)) socket_.emplace(*endpoint, usage_);
        if (!socket_) return probe;
        auto answered = socket_->probe();
        if (answered && answered->state == client::Probe::State::running) return answered;
        socket_.reset();
        return probe;
    }

    What wait(std::optional<SteadyTime> deadline, int other, int output) override {
        return socket_ ? socket_->wait(deadline, other, output) : files_.wait(deadline, other, output);
    }

    void history(const LineSink& line) override {
        if (socket_) socket_->history(line);
        files_.history(line);
    }

private:
    DaemonLocation place_;
    FileStatus files_;
    std::optional<SocketStatus> socket_;
    Usage usage_;
};

}   // namespace

Result<std::unique_ptr<StatusSource>> open_status_source(const Context& context, Usage usage) {
    DaemonLocation location = locate(context.options(), Need::config);
    if (location.config_failure && !location.data_dir_named)
        return Failure{location.config_failure->code, location.config_failure->what};   // its message names the file
    client::DaemonManager manager{location.data_dir};
    if (const auto socket = socket_instead(context, manager))
        return std::unique_ptr<StatusSource>{new SocketStatus{*socket, usage}};
    if (const auto refused = closed_directory(manager)) return talos::refused(*refused);
    auto watch = DaemonWatch::create(manager.files());
    if (!watch) return watch.error();
    return std::unique_ptr<StatusSource>{new LiveStatus{std::move(location), std::move(manager), std::move(*watch), usage}};
}

}   // namespace talos::cli
