#pragma once

namespace talos::logs {

/// Gives up all capabilities of this process, which uses open descriptors only.
void drop_capabilities();
/// The least priority, for a process that compresses: all that serves a user goes first.
void be_modest();

}   // namespace talos::logs
