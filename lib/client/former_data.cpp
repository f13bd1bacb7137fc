#include "client/former_data.hpp"

#include "client/daemon_manager.hpp"
#include "config/document/locate.hpp"
#include <unistd.h>

namespace talos::client {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string named(const FormerData& data) { return "`talosctl --data-dir " + data.path; }

}   // namespace

std::optional<FormerData> find_former_data(const std::string& path, const std::string& config_path, const std::string& data_dir) {
    using What = FormerData::What;
    if (path.empty()) return std::nullopt;
    const DaemonManager manager{path};
    const auto probe = manager.probe();
    const auto* document = probe.document ? &*probe.document : nullptr;
    const bool same = document != nullptr && document->head.config_path == config_path;
    switch (probe.state) {
    case Probe::State::running: return FormerData{same ? What::runs : What::other_runs, path, document->head.identity.pid};
    case Probe::State::dead: return same ? std::optional(FormerData{What::died, path, 0}) : std::nullopt;
    case Probe::State::starting:
    case Probe::State::unknown: return std::nullopt;
    case Probe::State::not_running: break;
    }
    const auto folder = config::absolute_path("..", path);
    const bool known = exists(folder + "/talos.json") || folder == config::absolute_path("..", config_path) ||
                       exists(state::DataDirectory{data_dir}.event_file());
    if (known || manager.objection()) return std::nullopt;
    return exists(manager.files().event_file()) ? std::optional(FormerData{What::files, path, 0}) : std::nullopt;
}

std::string to_text(const FormerData& data, const std::string& data_dir) {
    switch (data.what) {
    case FormerData::What::runs:
        return "a talosd with this config is running (pid " + std::to_string(data.pid) + ") in " + data.path + "; " +
               named(data) + " stop` stops it; to keep using it, give --data-dir with each command";
    case FormerData::What::died:
        return "a talosd with this config was killed in " + data.path + ", and its workers may still be running; " + named(data) +
               " stop` ends them";
    case FormerData::What::other_runs:
        return "another talosd is running (pid " + std::to_string(data.pid) + ") in " + data.path + "; " + named(data) +
               " status` shows it";
    case FormerData::What::files:
        return data.path +
               " contains history and logs of a talosd: earlier versions kept them there. They are not used; move them to " +
               data_dir + ", or select the directory with --data-dir";
    }
    __builtin_unreachable();
}

}   // namespace talos::client
