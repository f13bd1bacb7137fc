#include "core/endpoint.hpp"
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <optional>

namespace talos {

namespace {

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port > 0 ? std::optional{port} : std::nullopt;
}

bool is_address(int family, const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return text.find('\0') == std::string::npos && ::inet_pton(family, text.c_str(), ignored.data()) == 1;
}

constexpr std::size_t longest_label = 63;   // RFC 1035
constexpr std::size_t longest_host = 253;

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > longest_label || label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

/// A name whose last label is a number is rejected: it is a malformed address. One trailing dot is allowed; it marks a fully
/// qualified name.
bool is_host_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > longest_host) return false;
    for (;;) {
        const auto dot = name.find('.');
        const auto label = name.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos) return label.find_first_not_of("0123456789") != std::string_view::npos;
        name.remove_prefix(dot + 1);
    }
}

/// Returns an empty string if `host` is not a valid host.
std::string host_of(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        std::string inner(host.substr(1, host.size() - 2));
        return is_address(AF_INET6, inner) ? inner : std::string();
    }
    std::string address(host);
    return is_address(AF_INET, address) || is_host_name(host) ? address : std::string();
}

bool may_stand_in_target(char c) { return c > ' ' && c < 0x7f && c != '#'; }

}   // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto wrong = [] {
        return refused("an address or a host name, and a port, like \"127.0.0.1:80\", \"[::1]:80\" or \"db.internal:80\"");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong();
    const auto port = port_of(text.substr(colon + 1));
    auto host = host_of(text.substr(0, colon));
    if (!port || host.empty()) return wrong();
    return Endpoint{std::move(host), *port};
}

std::vector<std::string> own_addresses(const std::string& host) {
    if (host == "localhost") return {"127.0.0.1", "::1"};
    if (is_address(AF_INET, host) || is_address(AF_INET6, host)) return {host};
    return {};
}

Result<HttpUrl> parse_http_url(std::string_view text) {
    const auto wrong = [] { return refused("a URL like \"http://127.0.0.1:8080/health\" or \"http://app.internal/health\""); };
    if (text.starts_with("https://"))
        return refused("a URL with \"http://\": TLS is not supported; for a probe by https use \"exec\" with curl");
    constexpr std::string_view scheme = "http://";
    if (!text.starts_with(scheme)) return wrong();
    text.remove_prefix(scheme.size());
    const auto end = std::min(text.find_first_of("/?"), text.size());
    HttpUrl url;
    url.host = text.substr(0, end);
    url.target = text.substr(end);
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    if (!std::all_of(url.target.begin(), url.target.end(), may_stand_in_target)) return wrong();
    auto endpoint = parse_endpoint(url.host);
    if (!endpoint) endpoint = parse_endpoint(url.host + ":80");
    if (!endpoint) return wrong();
    url.endpoint = std::move(*endpoint);
    return url;
}

}   // namespace talos
