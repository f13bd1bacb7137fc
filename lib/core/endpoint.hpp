#pragma once
#include "core/result.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace talos {

/// The address of a listening socket.
struct Endpoint {
    std::string host;   ///< a numeric address (IPv6 without brackets), `localhost`, or a name to resolve
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Parses `127.0.0.1:80`, `[::1]:80`, `localhost:80`, `db.internal:5432`. A failure says what was expected.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// The addresses that need no name lookup: a numeric address itself, or those of `localhost`. Empty for any other name.
[[nodiscard]] std::vector<std::string> own_addresses(const std::string& host);

struct HttpUrl {
    Endpoint endpoint;
    std::string host;     ///< for the Host header, as written in the URL
    std::string target;   ///< path and query
    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// Parses `http://127.0.0.1:8080/health?x=y`. The port defaults to 80 and the path to `/`. A failure says what was expected.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}   // namespace talos
