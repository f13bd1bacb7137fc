#include "cli/run.hpp"
#include "cli/exit_code.hpp"
#include "cli/verbs.hpp"

namespace talos::cli {

namespace {

struct Dispatch {
    Context& context;

    int operator()(const StartOptions& o) const { return start(context, o); }
    int operator()(const StopOptions& o) const { return stop(context, o); }
    int operator()(const RestartOptions& o) const { return restart(context, o); }
    int operator()(const StatusOptions& o) const { return status(context, o); }
    int operator()(const LogsOptions& o) const { return logs(context, o); }
    int operator()(const EventsOptions& o) const { return events(context, o); }
    int operator()(const WhyOptions& o) const { return why(context, o); }
    int operator()(const ConfigOptions& o) const { return config(context, o); }
    int operator()(const WaitOptions& o) const { return wait(context, o); }
    int operator()(const SignalOptions&) const {
        return no_control_socket(context, "workers cannot be signalled", "`talosctl status` shows their PIDs for kill(1)");
    }
    int operator()(const ReloadOptions&) const {
        return no_control_socket(context, "the config cannot be reloaded", "`talosctl restart` applies it");
    }
};

}  // namespace

int no_control_socket(Context& context, std::string_view what, std::string_view instead) {
    std::string sentence{what};
    sentence.append(" yet: talosd has no control socket; ").append(instead);
    return context.fail(exit_code::not_running, sentence);
}

int run(CommandLine line) {
    Context context{std::move(line.global)};
    return context.finish(std::visit(Dispatch{context}, line.verb));
}

}  // namespace talos::cli
