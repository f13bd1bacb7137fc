#pragma once
#include "cli/command_line/options.hpp"
#include "cli/session/context.hpp"

/// One function and one file per verb; each returns the exit code (see exit_code.hpp and the verb's --help).
namespace talos::cli {

[[nodiscard]] int start(Context& context, const StartOptions& options);
[[nodiscard]] int stop(Context& context, const StopOptions& options);
[[nodiscard]] int restart(Context& context, const RestartOptions& options);
[[nodiscard]] int status(Context& context, const StatusOptions& options);
[[nodiscard]] int logs(Context& context, const LogsOptions& options);
[[nodiscard]] int events(Context& context, const EventsOptions& options);
[[nodiscard]] int why(Context& context, const WhyOptions& options);
[[nodiscard]] int config(Context& context, const ConfigOptions& options);
[[nodiscard]] int wait(Context& context, const WaitOptions& options);
[[nodiscard]] int signal(Context& context, const SignalOptions& options);
[[nodiscard]] int scale(Context& context, const ScaleOptions& options);
/// Commands that complete immediately.
[[nodiscard]] int immediate(Context& context, const ImmediateOptions& options);
[[nodiscard]] int disable(Context& context, const DisableOptions& options);
[[nodiscard]] int reload(Context& context, const ReloadOptions& options);

}   // namespace talos::cli
