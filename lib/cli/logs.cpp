#include "cli/api.hpp"
#include "cli/exit_code.hpp"
#include "cli/log_sources.hpp"
#include "cli/log_view.hpp"
#include "cli/remote_logs.hpp"
#include "cli/verbs.hpp"
#include "cli/watch.hpp"
#include "daemon/log_files.hpp"
#include "daemon/log_follower.hpp"
#include <algorithm>
#include <map>
#include <set>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::cli {

using daemon::BackwardReader;
using daemon::LogFollower;
using daemon::LineJoiner;
using daemon::read_tail;

namespace {

// Raw lines carry no time: they count as written when their file was last changed.
std::int64_t changed_at(const posix::UniqueFd& file) {
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) return 0;
    return static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

// One log on its way to the screen.
struct Followed {
    std::size_t source;
    LogFollower follower;
    LineJoiner joiner;
    unsigned watched_generation = 0;
    int watch = -1;
    bool told_lost = false;
};

class Logs {
public:
    Logs(Context& context, const LogsOptions& options, std::vector<LogSource> sources)
        : context_(context), options_(options), sources_(std::move(sources)), view_(make_view()) {}

    int run() {
        std::vector<Followed> followed;
        if (const int code = show_tails(followed); code != exit_code::ok) return code;
        return options_.follow ? follow(followed) : exit_code::ok;
    }

private:
    LogView make_view() const {
        LogView::Settings settings{context_.color(), context_.terminal(), context_.json(), options_.follow};
        std::vector<std::string> names;
        for (const auto& source : sources_) names.push_back(source.worker);
        return LogView{settings, names};
    }

    int show_tails(std::vector<Followed>& followed) {
        const auto unfinished = options_.follow ? BackwardReader::Unfinished::leave : BackwardReader::Unfinished::include;
        std::vector<ShownRecord> records;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            auto tail = read_tail(sources_[i].path, options_.lines, sources_[i].shape, unfinished);
            if (!tail) return context_.fail(exit_code::failed, tail.error());
            add_records(records, i, std::move(tail->records), changed_at(tail->file));
            if (options_.follow)
                followed.push_back({i, {sources_[i].path, std::move(tail->file), tail->end}, std::move(tail->joiner)});
        }
        keep_last(records, options_.lines);
        for (const auto& record : records) view_.show(record, context_.out.text);
        view_.end(context_.out.text);
        context_.out.flush();
        return exit_code::ok;
    }

    int follow(std::vector<Followed>& followed) {
        auto inotify = Inotify::create();
        if (!inotify) return context_.fail(exit_code::failed, inotify.error());
        std::map<std::string, DirectoryWatch> folders;
        for (const auto& log : followed) {
            const auto& path = log.follower.path();
            const auto folder = path.substr(0, path.rfind('/'));
            folders.try_emplace(folder, *inotify, folder, IN_CREATE | IN_MOVED_TO);
        }
        for (bool everything = true;;) {
            for (auto& [path, folder] : folders)
                if (const auto armed = folder.arm(); !armed) return context_.fail(exit_code::failed, armed.error());
            for (auto& log : followed)
                if (everything || touched_.contains(log.watch))
                    if (const auto read = read_on(log, *inotify); !read) return context_.fail(exit_code::failed, read.error());
            if (!context_.out.flush()) return exit_code::ok;
            if (wait_for({inotify->fd()}, std::nullopt, STDOUT_FILENO).reader_gone) return exit_code::ok;
            everything = false;
            touched_.clear();
            for (const auto& change : inotify->read()) {
                // A change of a folder, a queue that ran over, a watch that ended: look at all of them.
                if ((change.mask & IN_MODIFY) != 0)
                    touched_.insert(change.watch);
                else
                    everything = true;
            }
        }
    }

    // Reads what is new and watches the file that is the newest now; what came between the two is read as well.
    Result<> read_on(Followed& log, Inotify& inotify) {
        for (;;) {
            const auto read = log.follower.read([&](std::string_view line) {
                if (auto record = log.joiner.feed(line)) view_.show({log.source, std::move(*record)}, context_.out.text);
            });
            if (!read) return read;
            if (log.follower.lost_some() && !log.told_lost) {
                context_.note(sources_[log.source].worker + ": lines may have been rotated away before they could be read");
                log.told_lost = true;
            }
            if (log.follower.fd() < 0 || log.watched_generation == log.follower.generation()) return {};
            inotify.remove(log.watch);
            // Through the descriptor: the name may have come to mean another file.
            const auto watch = inotify.add("/proc/self/fd/" + std::to_string(log.follower.fd()), IN_MODIFY);
            if (!watch) return watch.error();
            log.watch = *watch;
            log.watched_generation = log.follower.generation();
        }
    }

    Context& context_;
    const LogsOptions& options_;
    std::vector<LogSource> sources_;
    LogView view_;
    std::set<int> touched_;
};

}  // namespace

int logs(Context& context, const LogsOptions& options) {
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or name the data directory with --data-dir");
    if (const auto socket = socket_instead(context, *manager)) return remote_logs(context, options, *socket);
    auto sources = log_sources(context, *manager, options.workers);
    if (!sources) {
        const bool permission = sources.error().errno_value() != 0;
        return context.fail(permission ? exit_code::failed : exit_code::no_such_worker, sources.error());
    }
    const bool asked_for_one = sources->size() == 1 && options.workers.size() == 1;
    if (asked_for_one && !sources->front().no_log.empty()) return context.fail(exit_code::failed, sources->front().no_log);
    std::erase_if(*sources, [](const LogSource& source) { return source.path.empty(); });
    return Logs{context, options, std::move(*sources)}.run();
}

}  // namespace talos::cli
