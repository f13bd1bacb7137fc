#include "cli/command_line/exit_code.hpp"
#include "cli/session/api.hpp"
#include "cli/verbs/lifecycle.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/files/config_file.hpp"
#include "config/load/parse.hpp"
#include "config/model/dependency_graph.hpp"
#include "config/model/dependency_words.hpp"
#include "config/model/graph_text.hpp"
#include "config/use/show.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <unistd.h>

namespace talos::cli {

namespace {

// The remark of --paths about a file: missing, or nothing if it exists.
std::string remark(const std::string& path) { return ::access(path.c_str(), F_OK) == 0 ? "" : "  (missing)"; }

int show_paths(Context& context, const DaemonLocation& location) {
    const state::DataDirectory files{location.data_dir};
    if (context.json()) {
        boost::json::array candidates;
        for (const auto& path : location.candidates.paths) candidates.emplace_back(path);
        boost::json::object out{{"candidates", std::move(candidates)}, {"dataDir", files.path()},
                                {"pidFile", files.pid_file()},         {"statusFile", files.status_file()},
                                {"logFile", files.log_file()},         {"eventFile", files.event_file()},
                                {"logs", files.path() + "/logs"}};
        if (const auto former = former_data_sentence(location)) context.note(*former);
        if (!location.config_path.empty()) out["config"] = location.config_path;
        context.document(std::move(out));
        return exit_code::ok;
    }
    std::string out;
    out += "config          " +
           (location.config_path.empty() ? "none of the following" : location.config_path + remark(location.config_path)) + "\n";
    if (!location.candidates.named)
        for (const auto& path : location.candidates.paths) out += "  candidate     " + path + remark(path) + "\n";
    out += "data directory  " + files.path() + remark(files.path()) + "\n";
    out += "PID file        " + files.pid_file() + remark(files.pid_file()) + "\n";
    out += "status          " + files.status_file() + remark(files.status_file()) + "\n";
    out += "talosd's log    " + files.log_file() + remark(files.log_file()) + "\n";
    out += "history         " + files.event_file() + remark(files.event_file()) + "\n";
    out += "workers' logs   " + files.path() + "/logs/NAME.log\n";
    context.say(out);
    if (const auto former = former_data_sentence(location)) context.note(*former);
    return exit_code::ok;
}

boost::json::array document_of(const std::vector<config::Error>& findings, const DaemonLocation& location) {
    boost::json::array list;
    for (const auto& finding : findings)
        list.emplace_back(boost::json::object{{"file", config::shown_file(finding, location.config_path)},
                                              {"line", finding.line},
                                              {"column", finding.column},
                                              {"pointer", finding.pointer},
                                              {"message", finding.message}});
    return list;
}

void print_findings(Context& context, const DaemonLocation& location, const config::Parsed& parsed) {
    std::string text;
    const auto shown = display_path(location.config_path);
    for (const auto& warning : parsed.warnings) text += config::warning_text(warning, shown) + "\n";
    for (const auto& error : parsed.errors) text += config::to_text(error, shown) + "\n";
    context.raw_error(text);
}

int print_errors(Context& context, const DaemonLocation& location, const config::Parsed& parsed) {
    if (context.json())
        context.document(boost::json::object{{"valid", false},
                                             {"config", location.config_path},
                                             {"errors", document_of(parsed.errors, location)},
                                             {"warnings", document_of(parsed.warnings, location)}});
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
    if (!answer) return report_failure(context, client, answer.error());
    if (!answer->good()) return report_problem(context, *answer);
    context.out.text += answer->body;
    return exit_code::ok;
}

int print_valid(Context& context, const DaemonLocation& location, const config::Parsed& parsed) {
    const auto count = parsed.config.workers.size();
    if (context.json())
        context.document(boost::json::object{{"valid", true},
                                             {"config", parsed.config.path},
                                             {"workers", count},
                                             {"warnings", document_of(parsed.warnings, location)}});
    else context.out.text += "OK: " + std::to_string(count) + (count == 1 ? " worker" : " workers") + "\n";
    return exit_code::ok;
}

}   // namespace

int config(Context& context, const ConfigOptions& options) {
    if (options.running) return show_running(context);
    const DaemonLocation location = locate(context.options(), Need::config);
    if (options.paths) return show_paths(context, location);
    if (location.config_failure)
        return context.fail(exit_code::failed, *location.config_failure, config_advice(*location.config_failure));
    if (location.config_path.empty()) return context.fail(exit_code::failed, no_config_sentence(location));
    auto around = location.files.surroundings_of(location.config_path);
    around.data_dir = [&](const std::string&) { return location.data_dir; };
    const auto parsed = config::parse(location.config_text, location.config_path, around);
    if (options.validate || !parsed.errors.empty()) print_findings(context, location, parsed);
    if (!parsed.errors.empty()) return print_errors(context, location, parsed);
    if (options.validate) return print_valid(context, location, parsed);
    if (options.graph) return show_graph(context, parsed.config, *options.graph);
    context.out.text += config::show(parsed.config, config::Values::masked);
    if (!context.out.text.empty() && context.out.text.back() != '\n') context.out.text += '\n';
    return exit_code::ok;
}

}   // namespace talos::cli
