#include "cli/command_line/exit_code.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/logs/log_filter.hpp"
#include "cli/logs/log_sources.hpp"
#include "cli/logs/log_view.hpp"
#include "cli/logs/record_stream.hpp"
#include "cli/logs/remote_logs.hpp"
#include "cli/logs/run_marks.hpp"
#include "cli/session/api.hpp"
#include "cli/session/watch.hpp"
#include "cli/verbs/verbs.hpp"
#include "logs/read/log_tail.hpp"
#include "posix/files/folder.hpp"
#include "state/data_directory.hpp"
#include "state/status_document.hpp"
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace talos::cli {

using logs::BackwardLines;

namespace {

// Raw lines have no timestamp: they count as written when their file was last changed.
std::int64_t changed_at(const std::string& path) {
    const auto folder = posix::Folder::open(path, posix::Folder::Use::read);
    const auto info = folder ? folder->stat(folder->name()) : std::nullopt;
    return info ? static_cast<std::int64_t>(info->st_mtim.tv_sec) * 1'000'000'000 + info->st_mtim.tv_nsec : 0;
}

// One log that is being shown.
struct Followed {
    RecordStream stream;
    unsigned watched_generation = 0;
    int watch = -1;
    bool told_lost = false;
};

class Logs {
public:
    // `data_dir` of the talosd that owns the workers.
    Logs(Context& context, const LogsOptions& options, LogFilter filter, std::vector<LogSource> sources, std::string data_dir)
        : context_(context), options_(options), filter_(std::move(filter)), sources_(std::move(sources)), view_(make_view()),
          data_dir_(std::move(data_dir)), history_(logs::LogReader{state::DataDirectory{data_dir_}.event_file()}),
          runs_(
              names(), [this](RunMarks& runs) { note_starts(runs); }, wall_now_ns()) {}

    int run() {
        if (options_.runs) {
            note_starts(runs_);
            view_.mark_runs(runs_);
        }
        if (options_.follow)
            if (const auto document = state::read_status(state::DataDirectory{data_dir_}.status_file()))
                for (const auto& worker : document->workers) supervised_.insert(worker.name);
        std::vector<RecordStream> streams;
        const auto shown = options_.since && !options_.lines ? show_since(streams) : show_tails(streams);
        if (!shown) return context_.fail(exit_code::failed, shown.error());
        view_.end(context_.out.text);
        for (const auto& stream : streams)
            for (const auto& text : stream.reader().skipped()) context_.note(text + "; skipped");
        const int code = failed_ ? exit_code::failed : exit_code::ok;
        if (!context_.out.flush() || !options_.follow || streams.empty()) return code;
        std::vector<Followed> followed;
        for (auto& stream : streams) {
            stream.go_on();
            followed.push_back({std::move(stream)});
        }
        return follow(followed);
    }

private:
    LogView make_view() const { return LogView{view_settings(context_, options_), names()}; }

    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& source : sources_) names.push_back(source.worker);
        return names;
    }

    // Reads the current history. If it cannot be read, there are no runs.
    void note_starts(RunMarks& runs) {
        (void)history_.read([&](std::string_view line) { runs.note(line); });
    }

    // With several logs, one that cannot be read does not prevent showing the others.
    bool left_out(const LogSource& source, const Failure& failure) {
        if (sources_.size() == 1) return false;
        failed_ = true;
        context_.note(source.worker + ": " + failure.message());
        return true;
    }

    // The last lines, each log read from its end.
    Result<> show_tails(std::vector<RecordStream>& streams) {
        logs::TailQuery query;
        query.records = options_.lines.value_or(default_lines);
        query.unfinished = options_.follow ? BackwardLines::Unfinished::leave : BackwardLines::Unfinished::include;
        query.wanted = filter_;
        query.since = options_.since;
        query.until = options_.until;
        query.bytes /= std::max<std::size_t>(1, sources_.size());
        std::vector<ShownRecord> records;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            query.shape = sources_[i].shape;
            auto tail = logs::read_tail(sources_[i].path, query);
            if (!tail && left_out(sources_[i], tail.error())) continue;
            if (!tail) return tail.error();
            if (tail->shortened)
                context_.note(sources_[i].worker + ": showing only the last " + std::to_string(tail->records.size()) +
                              " lines (" + std::to_string(query.bytes >> 20) + " MiB); `talosctl logs " + sources_[i].worker +
                              " -n all` shows everything");
            if (tail->cut) context_.note(cut_sentence(sources_[i].worker));
            add_records(records, i, std::move(tail->records), changed_at(sources_[i].path));
            streams.emplace_back(i, logs::ForwardLines{std::move(tail->end)}, std::move(tail->joiner), filter_);
        }
        keep_last(records, query.records);
        for (const auto& record : records) view_.show(record, context_.out.text);
        return {};
    }

    // All lines since a time, which may exceed the available memory.
    Result<> show_since(std::vector<RecordStream>& streams) {
        constexpr std::size_t much = 64u << 10;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            auto stream = RecordStream::since(i, sources_[i].path, sources_[i].shape, {*options_.since, options_.until}, filter_);
            if (!stream && left_out(sources_[i], stream.error())) continue;
            if (!stream) return stream.error();
            streams.push_back(std::move(*stream));
        }
        LogMerge merge{streams};
        for (ShownRecord record;;) {
            const auto got = merge.next(record, !options_.follow);
            if (!got) return got.error();
            if (!*got) return {};
            view_.show(record, context_.out.text);
            if (context_.out.text.size() > much && !context_.out.flush()) return {};
        }
    }

    int follow(std::vector<Followed>& followed) {
        auto inotify = Inotify::create();
        if (!inotify) return context_.fail(exit_code::failed, inotify.error());
        std::map<std::string, DirectoryWatch> folders;
        for (const auto& log : followed) {
            const auto& path = log.stream.reader().path();
            const auto folder = path.substr(0, path.rfind('/'));
            folders.try_emplace(folder, *inotify, folder, IN_CREATE | IN_MOVED_TO);
        }
        const bool holds_logs = !folders.try_emplace(data_dir_, *inotify, data_dir_, IN_MOVED_TO).second;
        const auto& data = folders.at(data_dir_);
        bool status_changed = true;   // a worker may have been removed before the watch began
        for (bool everything = true;;) {
            for (auto& [path, folder] : folders)
                if (const auto armed = folder.arm(); !armed) return context_.fail(exit_code::failed, armed.error());
            for (auto& log : followed)
                if (everything || touched_.contains(log.watch))
                    if (const auto read = read_on(log, *inotify); !read) return context_.fail(exit_code::failed, read.error());
            if (std::exchange(status_changed, false))
                if (const auto code = drop_removed(followed, *inotify)) return *code;
            if (!context_.out.flush()) return exit_code::ok;
            if (wait_for({inotify->fd()}, std::nullopt, STDOUT_FILENO).reader_gone) return exit_code::ok;
            everything = false;
            touched_.clear();
            for (const auto& change : inotify->read()) {
                if ((change.mask & IN_MODIFY) != 0) {
                    touched_.insert(change.watch);
                    continue;
                }
                const bool of_data = data.concerns(change) && data.exact();
                if (!of_data || change.name == "status.json") status_changed = true;
                // A directory changed, the event queue overflowed, or a watch ended: check every file.
                if (!of_data || holds_logs) everything = true;
            }
        }
    }

    // Drops logs of workers that talosd has removed: they end after their last line. Returns the exit code if no log is left.
    std::optional<int> drop_removed(std::vector<Followed>& followed, Inotify& inotify) {
        const auto document = state::read_status(state::DataDirectory{data_dir_}.status_file());
        if (!document) return std::nullopt;
        std::set<std::string> present;
        for (const auto& worker : document->workers) present.insert(worker.name);
        std::optional<std::string> last;
        for (auto log = followed.begin(); log != followed.end();) {
            const auto& worker = sources_[log->stream.source()].worker;
            const bool removed = supervised_.contains(worker) && !present.contains(worker);
            if (!removed) {
                ++log;
                continue;
            }
            if (const auto read = read_on(*log, inotify); !read) return context_.fail(exit_code::failed, read.error());
            inotify.remove(log->watch);
            log = followed.erase(log);
            if (last) context_.note(*last);
            last = worker + " was removed from the config";
        }
        supervised_ = std::move(present);
        if (!last) return std::nullopt;
        if (followed.empty()) return context_.out.flush() ? context_.fail(exit_code::no_such_worker, *last) : exit_code::ok;
        context_.note(*last);
        return std::nullopt;
    }

    // Reads new lines and watches the newest file. Lines written between the two steps are read as well.
    Result<> read_on(Followed& log, Inotify& inotify) {
        const auto& reader = log.stream.reader();
        for (;;) {
            for (ShownRecord record;;) {
                const auto got = log.stream.next(record);
                if (!got) return got.error();
                if (!*got) break;
                stamp_arrival(record, options_);
                view_.show(record, context_.out.text);
            }
            if (reader.lost_some() && !std::exchange(log.told_lost, true))
                context_.note(sources_[log.stream.source()].worker +
                              ": some lines may have been rotated away before they were read");
            if (reader.fd() < 0 || log.watched_generation == reader.generation()) return {};
            inotify.remove(log.watch);
            // Through the descriptor: the name may refer to another file by now.
            const auto watch = inotify.add("/proc/self/fd/" + std::to_string(reader.fd()), IN_MODIFY);
            if (!watch) return watch.error();
            log.watch = *watch;
            log.watched_generation = reader.generation();
        }
    }

    Context& context_;
    const LogsOptions& options_;
    LogFilter filter_;
    std::vector<LogSource> sources_;
    LogView view_;
    std::string data_dir_;
    logs::ForwardLines history_;
    RunMarks runs_;
    std::set<int> touched_;
    bool failed_ = false;                // one of several logs was skipped
    std::set<std::string> supervised_;   // the workers in the latest status of talosd
};

}   // namespace

int logs(Context& context, const LogsOptions& options) {
    if (options.utc && !options.timestamps && !options.runs)
        return context.fail(exit_code::usage, "--utc requires --timestamps or --runs");
    if (options.until && options.since.value_or(0) >= *options.until && options.since)
        return context.fail(exit_code::usage, "--until must be later than --since");
    auto filter = LogFilter::make(options);
    if (!filter) return context.fail(exit_code::usage, filter.error());
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or give the data directory with --data-dir");
    if (const auto socket = socket_instead(context, *manager)) return remote_logs(context, options, std::move(*filter), *socket);
    if (manager->probe().state == client::Probe::State::not_running) note_former_data(context);
    auto sources = log_sources(context, *manager, options.workers);
    if (!sources) {
        const bool permission = sources.error().errno_value() != 0;
        return context.fail(permission ? exit_code::failed : exit_code::no_such_worker, sources.error());
    }
    const bool asked_for_one = sources->size() == 1 && options.workers.size() == 1;
    for (auto& source : *sources) {
        if (source.path.empty() || source.shape == LineShape::stamped || !needs_stamps(options)) continue;
        source.path.clear();
        source.no_log = unstamped_sentence(source.worker);
        if (!asked_for_one) context.note(source.no_log);
    }
    if (asked_for_one && sources->front().path.empty()) return context.fail(exit_code::failed, sources->front().no_log);
    std::erase_if(*sources, [](const LogSource& source) { return source.path.empty(); });
    for (const auto& source : *sources)
        if (const auto note = source.shape == LineShape::raw ? untimed_sentence(source.worker, options) : std::nullopt)
            context.note(*note);
    return Logs{context, options, std::move(*filter), std::move(*sources), manager->files().path()}.run();
}

}   // namespace talos::cli
