#pragma once

namespace talos::aio {

/// Gives up all capabilities of this process, which uses open descriptors only.
void drop_capabilities();

}  // namespace talos::aio
