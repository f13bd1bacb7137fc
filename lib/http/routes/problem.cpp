#include "http/routes/problem.hpp"

#include "core/text.hpp"
#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <utility>

namespace json = boost::json;

namespace talos::http {

std::string to_json(const Problem& problem) {
    json::object document;
    document.emplace("type", "about:blank");
    document.emplace("title",
                     std::string_view(boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(problem.status))));
    document.emplace("status", problem.status);
    document.emplace("detail", valid_utf8(problem.detail));
    document.emplace("code", problem.code);
    if (!problem.errors.empty()) {
        json::array errors;
        for (const auto& error : problem.errors) errors.emplace_back(valid_utf8(error));
        document.emplace("errors", std::move(errors));
    }
    return escaped_json(json::serialize(document)) + "\n";
}

}   // namespace talos::http
