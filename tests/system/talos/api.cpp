#include "system/talos/api.hpp"
#include "support/catch.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace talos::test {

namespace {

std::string of_result(const Answer& answer, const char* key) {
    const auto* results = answer.json.if_contains("results");
    if (results == nullptr || results->as_array().size() != 1) return "not one result: " + answer.body;
    const auto* value = results->as_array().front().as_object().if_contains(key);
    return value != nullptr ? std::string(value->as_string()) : std::string();
}

}   // namespace

std::string Answer::outcome() const { return of_result(*this, "outcome"); }
std::string Answer::reason() const { return of_result(*this, "reason"); }

Call::Call(const Daemon& daemon, const std::string& method, const std::string& target)
    : curl_(Command{.argv = {"curl", "-sN", "--unix-socket", daemon.data("control.sock"), "-X", method, "-w", "\n%{http_code}",
                             "http://talos" + target}}) {}

Answer Call::answer() {
    (void)curl_.wait();
    Answer answer;
    const auto text = curl_.out();
    const auto last = text.rfind('\n');
    REQUIRE(last != std::string::npos);
    answer.status = std::stoi(text.substr(last + 1));
    answer.body = text.substr(0, last);
    boost::system::error_code error;
    const auto value = boost::json::parse(answer.body, error);
    if (!error && value.is_object()) answer.json = value.get_object();
    return answer;
}

Answer call(const Daemon& daemon, const std::string& method, const std::string& target) {
    return Call(daemon, method, target).answer();
}

}   // namespace talos::test
