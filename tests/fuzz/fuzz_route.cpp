// Any bytes as a request: no crash, an answer that makes sense, a problem that is a document. The first line is method and target, the
// second one Accept, the third one Last-Event-ID.
#include "http/routes/access.hpp"
#include "http/routes/route.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace talos;
using namespace talos::http;

std::string take(std::string_view& rest, char separator) {
    const auto length = rest.find(separator);
    const std::string part(rest.substr(0, length));
    rest.remove_prefix(length == std::string_view::npos ? rest.size() : length + 1);
    return part;
}

void expect(bool holds) {
    if (!holds) std::abort();
}

void check_wait(const std::optional<talos::Millis>& wait, bool stream) {
    expect(!wait || (wait->count() >= 0 && *wait <= std::chrono::hours{24}));
    expect(!stream || wait);
}

void check_words(const std::vector<std::string>& words) {
    expect(!words.empty() && words.size() <= 1000);
    for (const auto& word : words) expect(!word.empty());
}

struct Check {
    void operator()(const api::command::Status&) const {}
    void operator()(const api::command::Workers& command) const {
        if (!command.words.empty()) check_words(command.words);
        expect(!command.one || command.words.size() == 1);
    }
    void operator()(const api::command::Ask& command) const {
        check_words(command.words);
        check_wait(command.wait, command.stream);
    }
    void operator()(const api::command::Act& command) const { check_words(command.words); }
    void operator()(const api::command::Signal& command) const {
        check_words(command.words);
        expect(command.number > 0 && command.number <= 64);
    }
    void operator()(const api::command::Logs& command) const {
        check_words(command.words);
        expect(!command.one || command.words.size() == 1);
        expect(command.ranges.size() == 1 || command.ranges.size() == command.words.size());
        for (const auto& range : command.ranges) expect(!range.lines || *range.lines <= 100'000);
    }
    void operator()(const api::command::Config&) const {}
    void operator()(const api::command::Events&) const {}
    void operator()(const api::command::Scale& command) const {
        expect(!command.requests.empty());
        for (const auto& request : command.requests)
            expect(!request.group.empty() && request.count.value_or(0) <= 1000 && !(request.save && !request.count));
        check_wait(command.wait, command.stream);
    }
    void operator()(const api::command::Reload& command) const { check_wait(command.wait, command.stream); }
    void operator()(const api::command::Shutdown&) const {}
    void operator()(const api::command::Live&) const {}
    void operator()(const api::command::Ready&) const {}
    void operator()(const api::command::Metrics&) const {}
};

void check(const Problem& problem) {
    expect(problem.status >= 400 && problem.status < 500);
    expect(!problem.code.empty() && !problem.detail.empty());
    expect(problem.allow.empty() == (problem.status != 405));
    const auto document = boost::json::parse(to_json(problem));
    expect(std::string_view(document.at("code").as_string()) == problem.code);
    expect(document.at("title").as_string().size() > 0);
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    Request request;
    request.method = take(rest, ' ');
    request.target = take(rest, '\n');
    request.accept = take(rest, '\n');
    request.last_event_id = take(rest, '\n');
    const auto answer = route(request);
    if (const auto* problem = std::get_if<Problem>(&answer)) {
        check(*problem);
        return 0;
    }
    const auto& command = std::get<api::Command>(answer);
    std::visit(Check{}, command);
    static_cast<void>(needed(command));
    // Whatever can be asked with GET can be asked with HEAD.
    if (request.method == "GET") {
        request.method = "HEAD";
        expect(std::holds_alternative<api::Command>(route(request)));
    }
    return 0;
}
