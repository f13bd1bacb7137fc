#pragma once

namespace talos::cli {

/// For the wait after a stop request: SIGINT, SIGTERM and SIGHUP (unless ignored) still end talosctl with exit code 128 + N, but
/// only after a message that talosd continues to stop; with --json also as a document.
void report_interruptions(bool json);

}   // namespace talos::cli
