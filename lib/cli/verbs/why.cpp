#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/session/api.hpp"
#include "cli/session/config_changes.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/views/live_status.hpp"
#include "cli/views/why_chain.hpp"
#include "cli/views/why_history.hpp"
#include "config/load/parse.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace talos::cli {

using api::select;

namespace {

constexpr std::size_t most_causes = 10;   // maximum number of workers explained in full

boost::json::object as_json(const WhyFacts& facts) {
    boost::json::object out{{"worker", facts.worker}, {"text", why_text(facts)}};
    if (facts.now && facts.now->last_exit) out["lastExit"] = state::to_json(*facts.now->last_exit);
    if (!facts.tail.empty()) out["tail"] = boost::json::array(facts.tail.begin(), facts.tail.end());
    if (facts.command && facts.command->by) {
        const auto& by = *facts.command->by;
        boost::json::object who{{"uid", by.uid}};
        if (by.pid != 0) who["pid"] = by.pid;
        if (!by.program.empty()) who["program"] = by.program;
        out["lastCommand"] =
            boost::json::object{{"cause", facts.command->cause}, {"at", to_ms(facts.command->at)}, {"by", std::move(who)}};
    }
    if (facts.talosd_runs && facts.now) out["now"] = state::to_json(*facts.now);
    return out;
}

// The status of talosd, where it came from, and how to read histories.
struct Scene {
    Context& context;
    const DaemonLocation& location;
    const client::DaemonManager& manager;
    client::Probe probe;
    std::optional<http::Client> client;   // set if the files are not accessible
    WorkerNames names{};

    [[nodiscard]] bool runs() const { return probe.state == client::Probe::State::running; }
    [[nodiscard]] const state::StatusDocument* document() const { return probe.document ? &*probe.document : nullptr; }

    [[nodiscard]] WhyFacts facts_of(const std::string& name, const state::WorkerStatus* now, bool blocks) const {
        WhyFacts facts;
        facts.worker = name;
        facts.clock = wall_now();
        facts.talosd_runs = runs();
        if (runs() && document() != nullptr) facts.talosd_since = document()->head.started_at;
        facts.blocks = blocks;
        if (now != nullptr) facts.now = *now;
        return facts;
    }

    /// Reads the facts about the workers. Returns the exit code if that fails, after printing the error.
    [[nodiscard]] std::optional<int> complete(std::vector<WhyFacts>& stories) {
        if (client) {
            for (auto& story : stories) {
                const auto response = ask_history(*client, story, names);
                if (!response) return report_failure(context, *client, response.error());
                if (!response->good()) return report_problem(context, *response);
            }
        } else if (const auto read = read_history(manager.files().event_file(), stories, names); !read) {
            return context.fail(exit_code::failed, read.error());
        }
        for (auto& story : stories) add_last_lines(context, client ? nullptr : &manager, story);
        return std::nullopt;
    }
};

std::string more_text(std::size_t all) {
    return all <= most_causes ? std::string()
                              : "\nand " + std::to_string(all - most_causes) + " more; `talosctl status` shows them\n";
}

// The explained causes, as stories that stand for the workers that wait for them.
std::vector<WhyFacts> stories_of(const Scene& scene, const Workers& causes) {
    std::vector<WhyFacts> stories;
    for (std::size_t i = 0; i < std::min(causes.size(), most_causes); ++i)
        stories.push_back(scene.facts_of(causes[i]->name, causes[i], true));
    return stories;
}

boost::json::array as_json(const std::vector<WhyFacts>& stories) {
    boost::json::array list;
    for (const auto& story : stories) list.push_back(as_json(story));
    return list;
}

int explain_one(Scene& scene, const std::string& name) {
    auto& context = scene.context;
    const state::WorkerStatus* now = nullptr;
    if (const auto* document = scene.document())
        for (const auto& worker : document->workers)
            if (worker.name == name) now = &worker;
    const auto chain = now != nullptr && scene.runs() ? chain_of(*scene.document(), *now) : Chain{};
    auto stories = stories_of(scene, chain.roots);
    stories.insert(stories.begin(), scene.facts_of(name, now, false));
    if (const auto code = scene.complete(stories)) return *code;
    auto& names = scene.names;
    // it may be in the changed config
    if (!names.contains(name) && scene.runs()) note_changed_config(context, scene.document()->head);
    if (!names.contains(name) && !scene.location.config_text.empty())
        for (auto& [known, group] : api::names_of(names_and_places(scene.location).config)) names[known] = group;
    if (!names.contains(name)) {
        std::vector<api::Named> known;
        for (const auto& [each, group] : names) known.push_back({each, group});
        const auto* document = scene.document();
        const auto empty =
            document != nullptr && std::find(document->head.empty_groups.begin(), document->head.empty_groups.end(), name) !=
                                       document->head.empty_groups.end();
        if (empty) {
            if (context.json()) context.document(boost::json::object{{"worker", name}, {"text", name + ": 0 instances\n"}});
            else context.say(name + ": 0 instances\n");
            return exit_code::ok;
        }
        const auto nobody = select(known, {name});
        if (nobody)
            return context.fail(
                exit_code::usage,
                "`talosctl why` explains one worker; without a name, all workers that are not in their wanted state");
        return context.fail(exit_code::no_such_worker, nobody.error());
    }
    if (context.json()) {
        auto document = as_json(stories.front());
        stories.erase(stories.begin());
        if (!stories.empty()) document["blockedBy"] = as_json(stories);
        context.document(document);
        return exit_code::ok;
    }
    std::string text = why_text(stories.front());
    const auto clock = wall_now();
    if (!chain.between.empty()) text += "\n";
    for (const auto* between : chain.between) text += waiting_text(*between, clock);
    for (std::size_t i = 1; i < stories.size(); ++i) text += "\n" + why_text(stories[i]);
    context.say(text + more_text(chain.roots.size()));
    return exit_code::ok;
}

int explain_all(Scene& scene) {
    auto& context = scene.context;
    if (!scene.runs() || scene.document() == nullptr)
        return context.fail(exit_code::not_running, not_running_sentence(scene.location));
    const auto& document = *scene.document();
    const auto findings = findings_in(document);
    auto stories = stories_of(scene, findings.causes);
    if (!stories.empty())
        if (const auto code = scene.complete(stories)) return *code;
    const auto clock = wall_now();
    if (context.json()) {
        auto list = as_json(stories);
        for (const auto* waiting : findings.waiting)
            list.push_back(boost::json::object{
                {"worker", waiting->name}, {"text", waiting_text(*waiting, clock)}, {"now", state::to_json(*waiting)}});
        context.document(boost::json::object{{"workers", std::move(list)}});
        return exit_code::ok;
    }
    const auto all = std::to_string(document.workers.size());
    if (findings.unwanted == 0) {
        context.say(document.workers.empty() ? "there are no workers\n"
                                             : "all workers are in their wanted state (" + all + ")\n");
        return exit_code::ok;
    }
    std::string text = std::to_string(findings.unwanted) + " of " + all + (all == "1" ? " worker is" : " workers are") +
                       " not in the wanted state\n";
    for (const auto& story : stories) text += "\n" + why_text(story);
    text += more_text(findings.causes.size());
    if (!findings.waiting.empty()) text += "\n";
    for (const auto* waiting : findings.waiting) text += waiting_text(*waiting, clock);
    context.say(text);
    return exit_code::ok;
}

}   // namespace

int why(Context& context, const WhyOptions& options) {
    const DaemonLocation location = locate(context.options(), Need::config);
    if (location.config_failure && !location.data_dir_named)
        return context.fail(exit_code::failed, *location.config_failure, "or name the data directory with --data-dir");
    const client::DaemonManager manager{location.data_dir};
    Scene scene{context, location, manager, with_answer(location, manager.probe()), std::nullopt};
    auto& probe = scene.probe;
    if (probe.state == client::Probe::State::running && !probe.reason.empty()) context.note(probe.reason);
    if (const auto refused = closed_directory(manager); refused && probe.state == client::Probe::State::not_running)
        return context.fail(exit_code::unknown, *refused);
    if (probe.state == client::Probe::State::unknown && probe.no_permission) {
        const auto socket = socket_instead(context, manager);
        if (!socket) return context.fail(exit_code::unknown, unknown_sentence(probe));
        scene.client.emplace(*socket);
        auto document = ask_status(*scene.client);
        if (!document) return report_failure(context, *scene.client, document.error());
        probe = {client::Probe::State::running, std::move(*document), {}, false};
    }
    if (probe.state == client::Probe::State::unknown) return context.fail(exit_code::unknown, unknown_sentence(probe));
    if (probe.document)
        for (const auto& worker : probe.document->workers) scene.names.emplace(worker.name, worker.group);
    if (options.worker.empty()) return explain_all(scene);
    if (probe.state == client::Probe::State::not_running) note_former_data(context);
    return explain_one(scene, options.worker);
}

}   // namespace talos::cli
