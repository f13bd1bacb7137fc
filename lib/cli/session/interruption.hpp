#pragma once

namespace talos::cli {

/// For the wait for talosd's end, once it was asked: SIGINT, SIGTERM and SIGHUP (unless ignored) still end talosctl, exit code 128 + N,
/// but not without saying what that means; with --json as a document too.
void tell_of_interruptions(bool json);

}   // namespace talos::cli
