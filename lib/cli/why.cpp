#include "cli/exit_code.hpp"
#include "cli/moment.hpp"
#include "cli/verbs.hpp"
#include "cli/why_text.hpp"
#include "config/parse.hpp"
#include "daemon/log_files.hpp"
#include "daemon/select.hpp"
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <set>

namespace talos::cli {

using daemon::BackwardReader;
using daemon::select;

namespace {

bool is_command(const Event& event) {
    return event.cause == "start" || event.cause == "stop" || event.cause == "restart" || event.cause == "kill";
}

// An exit, or a start that failed; the failure that reached the limit has that for its cause.
bool is_end(const Event& event) { return event.exit || event.cause == "spawn-error" || event.cause == "limit"; }

// The worker's facts from the history, newest first until the last end and the last command are known.
Result<> read_history(const std::string& path, WhyFacts& facts, std::set<std::string>& names) {
    auto reader = BackwardReader::open(path, BackwardReader::Unfinished::include);
    if (!reader) return reader.error();
    std::string line;
    while (!facts.end || !facts.command) {
        const auto got = reader->previous(line);
        if (!got) return got.error();
        if (!*got) break;
        auto event = parse_event(line);
        if (!event || event->worker.empty()) continue;
        names.insert(event->worker);
        if (event->worker != facts.worker) continue;
        if (!facts.command && is_command(*event)) facts.command = *event;
        if (facts.end) continue;
        if (is_end(*event))
            facts.end = std::move(*event);
        else
            facts.after.push_back(std::move(*event));
    }
    std::reverse(facts.after.begin(), facts.after.end());
    return {};
}

boost::json::object as_json(const WhyFacts& facts, const std::string& text) {
    boost::json::object out{{"worker", facts.worker}, {"text", text}};
    if (facts.now && facts.now->last_exit) out["lastExit"] = daemon::to_json(*facts.now->last_exit);
    if (facts.talosd_runs && facts.now) out["now"] = daemon::to_json(*facts.now);
    return out;
}

}  // namespace

int why(Context& context, const WhyOptions& options) {
    const Place place = locate(context.options(), Need::config);
    if (place.config_failure && !place.data_dir_named)
        return context.fail(exit_code::failed, *place.config_failure, "or name the data directory with --data-dir");
    const daemon::DaemonManager manager{place.data_dir};
    const auto probe = manager.probe();
    if (probe.state == daemon::Probe::State::unknown && probe.no_permission)
        return context.fail(exit_code::unknown, unknown_sentence(probe));

    WhyFacts facts;
    facts.worker = options.worker;
    facts.clock = wall_now();
    facts.talosd_runs = probe.state == daemon::Probe::State::running;
    std::set<std::string> names;
    if (probe.document) {
        for (const auto& worker : probe.document->workers) {
            names.insert(worker.name);
            if (worker.name == options.worker) facts.now = worker;
        }
    }
    if (const auto read = read_history(manager.files().event_file(), facts, names); !read)
        return context.fail(exit_code::failed, read.error());
    if (!names.contains(options.worker) && !place.config_text.empty())
        for (const auto& worker : config::parse(place.config_text, place.config_path).config.workers) names.insert(worker.name);
    if (!names.contains(options.worker)) {
        const std::vector<std::string> known(names.begin(), names.end());
        const auto nobody = select(known, {options.worker});
        return context.fail(exit_code::no_such_worker, nobody ? "give one worker's name" : nobody.error().message());
    }
    const auto text = why_text(facts);
    if (context.json())
        context.document(as_json(facts, text));
    else
        context.out.text += text;
    return exit_code::ok;
}

}  // namespace talos::cli
