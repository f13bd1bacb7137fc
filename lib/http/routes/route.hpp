#pragma once
#include "api/requests.hpp"
#include "http/routes/problem.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// From a request to a command: pure, so that every route is tested without a socket. The paths, parameters and documents are described in
/// config/control-api.openapi.json.
namespace talos::http {

/// What routing needs of an HTTP request. Bodies mean nothing to any route.
struct Request {
    std::string method;          ///< as sent: GET, HEAD, POST, …
    std::string target;          ///< origin form: path and query, percent-encoded
    std::string accept;          ///< the header's value, empty when absent
    std::string last_event_id;   ///< likewise
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
