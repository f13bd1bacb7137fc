#include "cli/api.hpp"
#include "cli/exit_code.hpp"
#include "cli/lifecycle.hpp"
#include "cli/verbs.hpp"
#include "config/dependency_graph.hpp"
#include "config/dependency_words.hpp"
#include "config/graph_text.hpp"
#include "config/parse.hpp"
#include "daemon/config_file.hpp"
#include "config/show.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <unistd.h>

namespace talos::cli {

namespace {

// What --paths says of a file: `missing`, or nothing when it is there.
std::string remark(const std::string& path) { return ::access(path.c_str(), F_OK) == 0 ? "" : "  (not there)"; }

int show_paths(Context& context, const Place& place) {
    const daemon::DataDirectory files{place.data_dir};
    if (context.json()) {
        boost::json::array candidates;
        for (const auto& path : place.candidates.paths) candidates.emplace_back(path);
        boost::json::object out{{"candidates", std::move(candidates)}, {"dataDir", files.path()},
                                {"pidFile", files.pid_file()},         {"statusFile", files.status_file()},
                                {"logFile", files.log_file()},         {"eventFile", files.event_file()},
                                {"logs", files.path() + "/logs"}};
        if (const auto former = former_data_sentence(place)) context.note(*former);
        if (!place.config_path.empty()) out["config"] = place.config_path;
        context.document(std::move(out));
        return exit_code::ok;
    }
    std::string out;
    out += "config          " +
           (place.config_path.empty() ? "none of those below" : place.config_path + remark(place.config_path)) + "\n";
    if (!place.candidates.named)
        for (const auto& path : place.candidates.paths) out += "  looked for    " + path + remark(path) + "\n";
    out += "data directory  " + files.path() + remark(files.path()) + "\n";
    out += "PID file        " + files.pid_file() + remark(files.pid_file()) + "\n";
    out += "status          " + files.status_file() + remark(files.status_file()) + "\n";
    out += "talosd's log    " + files.log_file() + remark(files.log_file()) + "\n";
    out += "history         " + files.event_file() + remark(files.event_file()) + "\n";
    out += "workers' logs   " + files.path() + "/logs/NAME.log\n";
    context.say(out);
    if (const auto former = former_data_sentence(place)) context.note(*former);
    return exit_code::ok;
}

boost::json::array document_of(const std::vector<config::Error>& findings, const Place& place) {
    boost::json::array list;
    for (const auto& finding : findings)
        list.emplace_back(boost::json::object{{"file", config::shown_file(finding, place.config_path)},
                                              {"line", finding.line},
                                              {"column", finding.column},
                                              {"pointer", finding.pointer},
                                              {"message", finding.message}});
    return list;
}

void print_findings(Context& context, const Place& place, const config::Parsed& parsed) {
    std::string text;
    const auto shown = display_path(place.config_path);
    for (const auto& warning : parsed.warnings) text += config::warning_text(warning, shown) + "\n";
    for (const auto& error : parsed.errors) text += config::to_text(error, shown) + "\n";
    context.raw_error(text);
}

int tell_errors(Context& context, const Place& place, const config::Parsed& parsed) {
    if (context.json())
        context.document(boost::json::object{{"valid", false},
                                             {"config", place.config_path},
                                             {"errors", document_of(parsed.errors, place)},
                                             {"warnings", document_of(parsed.warnings, place)}});
    return exit_code::failed;
}

int show_graph(Context& context, const config::Config& config, GraphFormat format) {
    if (context.json()) {
        boost::json::array edges;
        const config::DependencyGraph graph(config::pointers_to(config.workers));
        for (const auto& edge : graph.edges())
            edges.emplace_back(boost::json::object{{"dependent", config.workers[edge.dependent].name},
                                                   {"dependency", config.workers[edge.dependency].name},
                                                   {"condition", config::to_text(edge.how->condition)},
                                                   {"onFailure", config::to_text(edge.how->on_failure)}});
        context.document(boost::json::object{{"dependencies", std::move(edges)}});
        return exit_code::ok;
    }
    switch (format) {
    case GraphFormat::dot: context.out.text += config::dot_graph(config); break;
    case GraphFormat::mermaid: context.out.text += config::mermaid_graph(config); break;
    }
    return exit_code::ok;
}

int show_running(Context& context) {
    auto reached = reach(context);
    if (const auto* none = std::get_if<NoApi>(&reached)) return context.fail(none->code, none->sentence);
    auto& client = std::get<Api>(reached).client;
    const auto answer = client.request("GET", "/v1/config", answer_patience);
    if (!answer) return tell_failure(context, client, answer.error());
    if (!answer->good()) return tell_problem(context, *answer);
    context.out.text += answer->body;
    return exit_code::ok;
}

int tell_valid(Context& context, const Place& place, const config::Parsed& parsed) {
    const auto count = parsed.config.workers.size();
    if (context.json())
        context.document(boost::json::object{{"valid", true},
                                             {"config", parsed.config.path},
                                             {"workers", count},
                                             {"warnings", document_of(parsed.warnings, place)}});
    else
        context.out.text += "OK: " + std::to_string(count) + (count == 1 ? " worker" : " workers") + "\n";
    return exit_code::ok;
}

}  // namespace

int config(Context& context, const ConfigOptions& options) {
    if (options.running) return show_running(context);
    const Place place = locate(context.options(), Need::config);
    if (options.paths) return show_paths(context, place);
    if (place.config_failure)
        return context.fail(exit_code::failed, *place.config_failure, config_advice(*place.config_failure));
    if (place.config_path.empty()) return context.fail(exit_code::failed, no_config_sentence(place));
    auto around = place.files.surroundings_of(place.config_path);
    around.data_dir = [&](const std::string&) { return place.data_dir; };
    const auto parsed = config::parse(place.config_text, place.config_path, around);
    if (options.validate || !parsed.errors.empty()) print_findings(context, place, parsed);
    if (!parsed.errors.empty()) return tell_errors(context, place, parsed);
    if (options.validate) return tell_valid(context, place, parsed);
    if (options.graph) return show_graph(context, parsed.config, *options.graph);
    context.out.text += config::show(parsed.config, config::Values::masked);
    if (!context.out.text.empty() && context.out.text.back() != '\n') context.out.text += '\n';
    return exit_code::ok;
}

}  // namespace talos::cli
