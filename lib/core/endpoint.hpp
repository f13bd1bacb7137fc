#pragma once
#include "core/result.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace talos {

/// Where something listens.
struct Endpoint {
    std::string host;   ///< a numeric address, of IPv6 without brackets; `localhost`; or a name that is to be looked up
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// `127.0.0.1:80`, `[::1]:80`, `localhost:80`, `db.internal:5432`. Fails with what is expected instead, in words.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// The addresses that need no lookup: a numeric one itself, and those of `localhost`. None for other names.
[[nodiscard]] std::vector<std::string> own_addresses(const std::string& host);

struct HttpUrl {
    Endpoint endpoint;
    std::string host;     ///< for the header, as written
    std::string target;   ///< path and query
    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// `http://127.0.0.1:8080/health?x=y`; port 80 and `/` may be left out. Fails with what is expected instead, in words.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}   // namespace talos
