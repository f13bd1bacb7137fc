#pragma once
#include "api/requests.hpp"
#include "http/routes/problem.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Turns a request into a command. Pure, so every route is tested without a socket. config/control-api.openapi.json describes
/// paths, parameters and documents.
namespace talos::http {

/// The parts of an HTTP request that routing needs. No route uses a body.
struct Request {
    std::string method;          ///< as sent: GET, HEAD, POST, …
    std::string target;          ///< origin form: path and query, percent-encoded
    std::string accept;          ///< the header's value; empty if absent
    std::string last_event_id;   ///< the header's value; empty if absent
};

/// One of the routes; a segment `*` of the path stands for names of workers.
struct RouteName {
    std::string_view method;
    std::string_view path;
};
[[nodiscard]] std::vector<RouteName> all_routes();

/// HEAD is routed like GET.
[[nodiscard]] std::variant<api::Command, Problem> route(const Request& request);

}   // namespace talos::http
