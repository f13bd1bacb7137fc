#include "cli/verbs/run.hpp"
#include "cli/verbs/verbs.hpp"

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
    int operator()(const SignalOptions& o) const { return signal(context, o); }
    int operator()(const ScaleOptions& o) const { return scale(context, o); }
    int operator()(const ImmediateOptions& o) const { return immediate(context, o); }
    int operator()(const DisableOptions& o) const { return disable(context, o); }
    int operator()(const ReloadOptions& o) const { return reload(context, o); }
    int operator()(const DiffOptions&) const {
        ReloadOptions dry;
        dry.dry_run = true;
        return reload(context, dry);
    }
};

}   // namespace

int run(CommandLine line) {
    Context context{std::move(line.global)};
    return context.finish(std::visit(Dispatch{context}, line.verb));
}

}   // namespace talos::cli
