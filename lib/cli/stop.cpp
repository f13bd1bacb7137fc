#include "cli/exit_code.hpp"
#include "cli/lifecycle.hpp"
#include "cli/verbs.hpp"
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace talos::cli {

int stop(Context& context, const StopOptions& options) {
    if (!options.workers.empty())
        return no_control_socket(context, "single workers cannot be stopped", "`talosctl stop` stops talosd with all of them");
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or name the data directory with --data-dir");
    const auto ended = end(context, *manager, options.timeout, options.force);
    if (ended.code != exit_code::ok) return ended.code;
    if (context.json())
        context.document(boost::json::object{
            {"wasRunning", ended.stopped.was_running}, {"killed", ended.stopped.killed}, {"survivors", ended.stopped.survivors}});
    else
        context.out.text += ended.text;
    return exit_code::ok;
}

}  // namespace talos::cli
