#include "cli/logs/log_sources.hpp"
#include "api/select.hpp"
#include "cli/command_line/moment.hpp"
#include "config/document/locate.hpp"
#include "config/load/parse.hpp"
#include <algorithm>
#include <dirent.h>
#include <memory>
#include <unistd.h>

namespace talos::cli {

using api::names_of;
using api::select;

namespace {

// Names of the files NAME.log in the directory, sorted.
std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(folder.c_str()), ::closedir};
    if (!directory) return names;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name.size() > 4 && name.ends_with(".log")) names.emplace_back(name.substr(0, name.size() - 4));
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::optional<config::Config> config_of(const Context& context, const std::optional<state::StatusDocument>& document) {
    GlobalOptions options = context.options();
    if (options.config.empty() && document) options.config = document->head.config_path;
    const DaemonLocation location = locate(options, Need::config);
    if (location.config_path.empty() || location.config_failure) return std::nullopt;
    auto parsed = names_and_places(location);
    if (!parsed.errors.empty()) return std::nullopt;
    return std::move(parsed.config);
}

bool is_called(const api::Named& worker, const std::string& word) { return worker.name == word || worker.group == word; }

LogSource source_of(const std::string& name, const std::optional<config::Config>& config, const state::DataDirectory& files) {
    LogSource source{name, files.log_of(name), LineShape::stamped, {}};
    if (!config) return source;
    const auto spec = std::find_if(config->workers.begin(), config->workers.end(), [&](const auto& w) { return w.name == name; });
    if (spec == config->workers.end()) return source;
    const auto* log = config::log_file(*spec);
    if (log == nullptr && spec->log.empty())
        return {name, {}, LineShape::raw, name + " has no log: its config has \"log\": \"none\""};
    if (log == nullptr) return {name, {}, LineShape::raw, name + " has no log of its own: its config has \"log\": \"inherit\""};
    if (!log->file.empty()) source.path = config::absolute_path(log->file, files.path());
    if (log->format == config::LogSpec::Format::raw) source.shape = LineShape::raw;
    return source;
}

}   // namespace

Result<std::vector<LogSource>> log_sources(const Context& context, const client::DaemonManager& manager, const Words& words) {
    const auto probe = manager.probe();
    if (const auto refused = closed_directory(manager)) return failure_of(EPERM, *refused);
    if (probe.state == client::Probe::State::unknown && probe.no_permission) return failure_of(EACCES, probe.reason);
    const auto config = config_of(context, probe.document);
    std::vector<api::Named> names;
    if (probe.document) names = names_of(*probe.document);
    else if (config) names = names_of(*config);
    else
        for (auto& name : names_in(manager.files().path() + "/logs")) names.push_back({std::move(name)});

    for (const auto& word : words) {   // a worker that is no longer in the config
        const bool known = std::any_of(names.begin(), names.end(), [&](const auto& worker) { return is_called(worker, word); });
        if (!known && word.find('/') == std::string::npos && ::access(manager.files().log_of(word).c_str(), F_OK) == 0)
            names.push_back({word});
    }

    const auto chosen = select(names, words);
    if (!chosen) return chosen.error();
    std::vector<LogSource> sources;
    for (const auto index : *chosen) sources.push_back(source_of(names[index].name, config, manager.files()));
    return sources;
}

bool needs_stamps(const LogsOptions& options) {
    return options.since.value_or(0) != 0 || options.until || !options.stream.empty();
}

std::string unstamped_sentence(const std::string& worker) {
    return worker + " has a raw log, whose lines have no timestamp and no stream: --since, --until and --stream exclude it";
}

std::optional<std::string> untimed_sentence(const std::string& worker, const LogsOptions& options) {
    if (!options.timestamps && !options.runs) return std::nullopt;
    const std::string for_what = options.timestamps && options.runs ? "--timestamps and --runs"
                                 : options.timestamps               ? "--timestamps"
                                                                    : "--runs";
    const std::string arrival = options.follow ? "; new lines get their time of arrival" : "";
    return worker + " has a raw log, whose lines have no timestamps for " + for_what +
           R"(; with "format": "cri" (the default) or "json" in its "log", talosd stores them)" + arrival;
}

std::string cut_sentence(const std::string& worker) {
    return worker + ": the first line is longer than 1 MiB, so its beginning is omitted; `-n all` shows it";
}

LogView::Settings view_settings(const Context& context, const LogsOptions& options) {
    return {context.color(), context.columns(), context.json(), options.follow, options.timestamps, options.utc, wall_now_ns()};
}

void stamp_arrival(ShownRecord& record, const LogsOptions& options) {
    if (!record.record.time && (options.timestamps || options.runs)) record.record.time = wall_now_ns();
}

}   // namespace talos::cli
