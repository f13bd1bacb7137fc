#pragma once

namespace talos::logs {

/// Gives up all capabilities of this process, which uses open descriptors only.
void drop_capabilities();

}   // namespace talos::logs
