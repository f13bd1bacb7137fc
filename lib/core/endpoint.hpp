#pragma once
#include "core/result.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace talos {

/// Where something listens. Names but `localhost`, which is 127.0.0.1, are refused: looking one up may take long.
struct Endpoint {
    std::string address;         ///< numeric: of IPv4, or of IPv6 without brackets
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// `127.0.0.1:80`, `[::1]:80`, `localhost:80`. Fails with what is expected instead, in words.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

struct HttpUrl {
    Endpoint endpoint;
    std::string host;            ///< for the header, as written
    std::string target;          ///< path and query
    friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

/// `http://127.0.0.1:8080/health?x=y`; port 80 and `/` may be left out. Fails with what is expected instead, in words.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace talos
