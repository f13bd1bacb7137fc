#include "cli/event.hpp"
#include "cli/exit_code.hpp"
#include "cli/moment.hpp"
#include "cli/verbs.hpp"
#include "cli/watch.hpp"
#include "core/text.hpp"
#include "daemon/log_files.hpp"
#include "daemon/log_follower.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <sys/inotify.h>
#include <unistd.h>

namespace talos::cli {

using daemon::BackwardReader;
using daemon::LogFollower;

namespace {

struct Line {
    std::string json;
    Event event;
};

class History {
public:
    History(Context& context, const EventsOptions& options, std::string path)
        : context_(context), options_(options), path_(std::move(path)) {}

    int run() {
        const auto unfinished = options_.follow ? BackwardReader::Unfinished::leave : BackwardReader::Unfinished::include;
        auto reader = BackwardReader::open(path_, unfinished);
        if (!reader) return context_.fail(exit_code::failed, reader.error());
        if (const auto read = collect(*reader); !read) return context_.fail(exit_code::failed, read.error());
        for (const auto& line : lines_) name_width_ = std::max(name_width_, terminal::display_width(subject_of(line.event)));
        if (!options_.follow) {
            show_all();
            return exit_code::ok;
        }
        for (const auto& line : lines_) show(line);
        lines_.clear();
        return follow(LogFollower{path_, reader->release_newest(), reader->end()});
    }

private:
    [[nodiscard]] bool wanted(const Event& event) const {
        return options_.worker.empty() || (!event.worker.empty() && glob_match(options_.worker, event.worker));
    }

    // From the newest back to where it was asked for; `lines_` is then the oldest first.
    Result<> collect(BackwardReader& reader) {
        const auto since = options_.since ? wall_now() - *options_.since : WallTime::min();
        std::string line;
        while (!options_.lines || lines_.size() < *options_.lines) {
            const auto got = reader.previous(line);
            if (!got) return got.error();
            if (!*got) break;
            auto event = parse_event(line);
            if (!event) continue;
            if (event->at < since) break;
            if (wanted(*event)) lines_.push_back({line, std::move(*event)});
        }
        std::reverse(lines_.begin(), lines_.end());
        return {};
    }

    void show(const Line& line) {
        if (context_.json())
            context_.out.text.append(line.json).append("\n");
        else
            context_.out.text += event_text(line.event, name_width_, context_.color());
    }

    void show_all() {
        if (!context_.json()) {
            for (const auto& line : lines_) show(line);
            return;
        }
        context_.out.text += "[";
        for (std::size_t i = 0; i < lines_.size(); ++i) context_.out.text.append(i == 0 ? "\n" : ",\n").append(lines_[i].json);
        context_.out.text += lines_.empty() ? "]\n" : "\n]\n";
    }

    int follow(LogFollower follower) {
        auto inotify = Inotify::create();
        if (!inotify) return context_.fail(exit_code::failed, inotify.error());
        const auto slash = path_.rfind('/');
        DirectoryWatch directory{*inotify, path_.substr(0, slash), IN_CREATE | IN_MOVED_TO | IN_MODIFY};
        for (;;) {
            if (const auto armed = directory.arm(); !armed) return context_.fail(exit_code::failed, armed.error());
            const auto read = follower.read([this](std::string_view text) {
                auto event = parse_event(text);
                if (!event || !wanted(*event)) return;
                name_width_ = std::max(name_width_, terminal::display_width(subject_of(*event)));
                show({std::string{text}, std::move(*event)});
            });
            if (!context_.out.flush()) return exit_code::ok;
            if (!read) return context_.fail(exit_code::failed, read.error());
            if (wait_for({inotify->fd()}, std::nullopt, STDOUT_FILENO).reader_gone) return exit_code::ok;
            (void)inotify->read();  // whatever it was, the next read looks at the files themselves
        }
    }

    Context& context_;
    const EventsOptions& options_;
    std::string path_;
    std::vector<Line> lines_;
    std::size_t name_width_ = 0;
};

}  // namespace

int events(Context& context, const EventsOptions& options) {
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or name the data directory with --data-dir");
    return History{context, options, manager->files().event_file()}.run();
}

}  // namespace talos::cli
