#include "client/former_data.hpp"
#include "config/document/locate.hpp"
#include "config/files/config_file.hpp"
#include "config/files/root_risks.hpp"
#include "config/load/parse.hpp"
#include "config/model/worker_name.hpp"
#include "config/use/show.hpp"
#include "daemon/daemon.hpp"
#include "logs/process/log_writer_messages.hpp"
#include "logs/process/log_writer_process.hpp"
#include "logs/write/compressor.hpp"
#include "options.hpp"
#include "posix/descent/cgroup.hpp"
#include "posix/files/working_directory.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/spawn/inherited.hpp"
#include "state/status_document.hpp"
#include "terminal/width.hpp"
#include "view.hpp"
#include <boost/system/system_error.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <string_view>
#include <unistd.h>

namespace {

using namespace talos;

std::optional<std::string> environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

/// Reports why talosd did not start: on stderr, and to the process that started it detached.
int fail(const talosd::Options& options, const std::string& text) {
    std::cerr << terminal::harmless_lines(text, false) << '\n';
    daemon::ReadyPipe(options.ready_fd).error(text);
    return 1;
}

/// The config file's text and path. The failure names every path that was tried.
Result<std::pair<std::string, std::string>> find_config(const talosd::Options& options, const config::ConfigFiles& files,
                                                        const Result<std::string>& cwd,
                                                        std::shared_ptr<config::ConfigRecord>& record) {
    const auto candidates = config::config_candidates(options.config, environment, cwd ? *cwd : std::string());
    if (candidates.paths.empty()) return refused("talosd: " + cwd.error().message());
    for (const auto& path : candidates.paths) {
        record = std::make_shared<config::ConfigRecord>();
        auto text = files.noting_in(record).read(path);
        if (text) return std::pair{path, std::move(*text)};
        if (candidates.named || text.error().errno_value() != ENOENT) return refused("talosd: " + text.error().message());
    }
    std::string tried;
    for (const auto& path : candidates.paths) tried += "\n  " + path;
    return refused("talosd: no config found; tried" + tried +
                   "\nName a config with --config, or run a program with: talosd -- COMMAND");
}

Result<config::Config> load(const talosd::Options& options, const config::ConfigFiles& files, const Result<std::string>& cwd,
                            daemon::DaemonSetup& setup) {
    auto found = find_config(options, files, cwd, setup.config_read);
    if (!found) return found.error();
    const auto noting = files.noting_in(setup.config_read);
    auto host = config::surroundings_with(noting, options.accounts);
    host.data_dir = [&](const std::string& from_config) {
        return config::data_directory(options.data_dir, environment, from_config, found->first, cwd ? *cwd : std::string());
    };
    auto parsed = config::parse(found->second, found->first, host);
    const auto shown = options.config.empty() ? found->first : options.config;
    if (!parsed.errors.empty()) {
        std::string report;
        for (const auto& error : parsed.errors) {
            report += config::to_text(error, shown);
            report += '\n';
        }
        report += "talosd: " + shown + " is invalid; nothing was started";
        return refused(std::move(report));
    }
    for (const auto& warning : parsed.warnings) setup.warnings.push_back(config::warning_text(warning, shown));
    return std::move(parsed.config);
}

/// How talosd would track processes if it were started here.
std::string proof(const config::Config& config) {
    if (!config.cgroup) return state::proof_text({}, "the config says \"cgroup\": \"off\"");
    const auto tree = posix::CgroupTree::create();
    if (!tree) return state::proof_text({}, tree.error().message());
    const auto path = tree->identity().path;
    (void)tree->remove();
    return state::proof_text(path.substr(0, path.find('-', path.rfind('/')) + 1) + "…", {});
}

Result<config::Config> ad_hoc(const talosd::Options& options, const Result<std::string>& cwd) {
    if (!cwd) return refused("talosd: " + cwd.error().message());
    config::Config config;
    auto spec = config::ad_hoc_worker(options.command, *cwd);
    if (options.restart) spec.restart.policy = *options.restart;
    config.workers.push_back(std::move(spec));
    return config;
}

std::optional<client::FormerData> former_data(const talosd::Options& options, const config::Config& config,
                                              const Result<std::string>& cwd) {
    const std::string here = cwd ? *cwd : std::string();
    const auto path = config::former_data_directory(options.data_dir, environment, config.data_dir, config.path, here);
    return client::find_former_data(path, config.path,
                                    config::data_directory(options.data_dir, environment, config.data_dir, config.path, here));
}

int supervise(const talosd::Options& options, daemon::DaemonSetup setup, posix::Spawner& spawner) {
    aio::asio::io_context io{1};
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const bool one_program = setup.mode == daemon::Mode::ad_hoc;
    setup.show_output = options.ready_fd < 0 && (terminal || one_program);
    // detached, stdout is daemon.log, which already contains every line
    const auto level = options.ready_fd >= 0 ? turn::Level::fatal : setup.log_level;
    talosd::View view(io.get_executor(), level, terminal::use_color(options.color, STDOUT_FILENO),
                      one_program && !terminal ? talosd::View::Style::passthrough : talosd::View::Style::lines);
    daemon::Daemon daemon(std::move(setup), io, spawner, view);
    if (const auto prepared = daemon.prepare(); !prepared) {
        view.finish();
        std::cerr << "talosd: " << terminal::harmless_lines(prepared.error().message(), false) << '\n';
        return 1;
    }
    const int code = daemon.run();
    view.finish();
    return code;
}

int start(int argc, char** argv) {
    const auto inherited = posix::take_over_process();
    if (const auto filled = posix::fill_standard_descriptors(); !filled) return 1;
    // It may be killed at any time and must not have a child then: LeakSanitizer's exit check would be one.
    if (argc == 2 && std::string_view(argv[1]) == logs::compress_argument) ::_exit(logs::run_compress_helper());
    if (argc == 3 && std::string_view(argv[1]) == logs::write_logs_argument) ::_exit(logs::run_log_writer());
    int exit_code = 2;
    const auto options = talosd::parse_options(argc, argv, exit_code);
    if (!options) return exit_code;
    posix::mark_inherited_cloexec();
    auto spawner = posix::Spawner::create();   // early, while low descriptors are free
    if (!spawner) return fail(*options, "talosd: " + spawner.error().message());

    spawner->give_back(inherited);

    const auto cwd = posix::working_directory();
    const config::ConfigFiles files{options->trust_owners};
    daemon::DaemonSetup setup;
    auto config = options->command.empty() ? load(*options, files, cwd, setup) : ad_hoc(*options, cwd);
    if (!config) return fail(*options, config.error().message());
    for (const auto& warning : setup.warnings) std::cerr << warning << '\n';
    if (options->check) {
        for (const auto& warning : files.take_warnings()) std::cerr << "talosd: warning: " << warning << '\n';
        for (const auto& risk : config::root_risks(*config, files.owners())) std::cerr << "talosd: warning: " << risk << '\n';
        const auto count = config->workers.size();
        std::cout << (config->path.empty() ? std::string("command") : config->path) << ": OK, " << count
                  << (count == 1 ? " worker\n" : " workers\n");
        std::cout << "processes: " << proof(*config) << '\n';
        return 0;
    }
    setup.data_dir =
        config::data_directory(options->data_dir, environment, config->data_dir, config->path, cwd ? *cwd : std::string());
    if (setup.data_dir.empty()) return fail(*options, "talosd: " + cwd.error().message());
    const auto former = former_data(*options, *config, cwd);
    if (former && client::prevents_start(*former)) return fail(*options, "talosd: " + client::to_text(*former, setup.data_dir));
    if (former && former->what == client::FormerData::What::files) {
        setup.warnings.push_back(client::to_text(*former, setup.data_dir));
        std::cerr << "talosd: warning: " << setup.warnings.back() << '\n';
    }
    setup.config_files = files;
    setup.mode = options->command.empty() ? daemon::Mode::configured : daemon::Mode::ad_hoc;
    setup.config = std::move(*config);
    setup.accounts = options->accounts;
    setup.version = TALOS_VERSION;
    setup.log_level = options->log_level;
    setup.ready_fd = options->ready_fd;
    setup.descriptor_limit = posix::raise_descriptor_limit();
    posix::keep_descriptors_apart();
    return supervise(*options, std::move(setup), *spawner);
}

}   // namespace

int main(int argc, char** argv) {
    try {
        return start(argc, argv);
    } catch (const boost::system::system_error& error) {   // from Asio, if there are too few descriptors for its loop
        std::cerr << "talosd: " << error.code().message() << "; the limit on open files is " << ::sysconf(_SC_OPEN_MAX)
                  << " (RLIMIT_NOFILE)\n";
        return 1;
    } catch (const std::bad_alloc&) {
        constexpr std::string_view text = "talosd: out of memory (check RLIMIT_AS and the memory limit of its control group)\n";
        (void)!::write(STDERR_FILENO, text.data(), text.size());
        return 1;
    }
}
