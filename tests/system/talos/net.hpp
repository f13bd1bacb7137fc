#pragma once
#include <cstdint>
#include <string>

namespace talos::test {

/// A TCP port of 127.0.0.1 that nobody had a moment ago.
[[nodiscard]] std::uint16_t free_port();

/// Sends `request` to 127.0.0.1 and returns what comes back until the other side closes or `until` has come; empty when nobody
/// answers within a second.
[[nodiscard]] std::string ask(std::uint16_t port, const std::string& request, const std::string& until = {});

/// The whole answer to GET, with its head.
[[nodiscard]] inline std::string http_get(std::uint16_t port, const std::string& path) {
    return ask(port, "GET " + path + " HTTP/1.0\r\n\r\n");
}

}   // namespace talos::test
