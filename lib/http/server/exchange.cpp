#include "http/server/exchange.hpp"
#include "api/left_out.hpp"
#include "core/text.hpp"
#include "state/json_text.hpp"
#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <ctime>
#include <utility>

namespace talos::http {

namespace {

// The date format of RFC 9110. It is always English: talosd sets no locale.
void append_date(std::string& head) {
    const auto now = std::time(nullptr);
    std::tm parts{};
    std::array<char, 64> text;
    if (::gmtime_r(&now, &parts) == nullptr) return;
    head.append(text.data(), std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts));
}

}   // namespace

Answer answer_of(const Problem& problem) {
    Answer answer;
    answer.status = problem.status;
    answer.type = "application/problem+json";
    answer.body = to_json(problem);
    answer.allow = problem.allow;
    return answer;
}

std::string Exchange::head(unsigned status, std::string_view type) const {
    namespace http = boost::beast::http;
    const auto reason = http::obsolete_reason(http::int_to_status(status));
    std::string head = "HTTP/1.1 ";
    state::append_number(head, status);
    head.append(" ").append(reason.data(), reason.size()).append("\r\nServer: talosd\r\n");
    append_date(head);
    head.append("Content-Type: ").append(type).append("\r\n");
    if (!keep_alive()) {
        head += "Connection: close\r\n";
    } else if (http_1_0_) {
        head += "Connection: keep-alive\r\n";
    }
    return head;
}

void Exchange::charge() {
    if (const auto since = std::exchange(working_since_, std::nullopt))
        host_.charge(peer_.peer(), std::chrono::steady_clock::now() - *since);
}

Task Exchange::send(Answer answer) {
    charge();
    auto text = head(answer.status, answer.type);
    if (!answer.allow.empty()) text.append("Allow: ").append(answer.allow).append("\r\n");
    text += "Content-Length: ";
    state::append_number(text, answer.body.size());
    text += "\r\n\r\n";
    if (!is_head()) text += answer.body;
    answer = {};   // avoids a second copy for a slow peer
    co_return co_await peer_.send(text);
}

Task Exchange::begin(std::string_view type) {
    charge();
    if (http_1_0_) keep_alive_ = false;   // without chunks the close marks the end
    auto text = head(200, type);
    text += http_1_0_ ? "Cache-Control: no-store\r\n\r\n" : "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
    co_return co_await peer_.send(text);
}

std::string Exchange::opening(std::size_t bytes) const {
    if (http_1_0_) return {};
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes, 16).ptr;
    return std::string(digits.data(), end).append("\r\n");
}

Task Exchange::put(std::string_view piece) {
    if (piece.empty()) co_return true;   // an empty chunk would end the stream
    auto text = opening(piece.size());
    text.append(piece).append(closing());
    co_return co_await peer_.send(text);
}

Task Exchange::end() { co_return co_await peer_.send(ending()); }

Task Exchange::end_without(std::vector<std::string> left_out) {
    std::string text;
    if (!http_1_0_) {
        text = "0\r\n";
        for (const auto& sentence : left_out)
            text.append(api::left_out_field).append(": ").append(in_one_line(sentence)).append("\r\n");
        text += "\r\n";
    }
    co_return co_await peer_.send(text);
}

}   // namespace talos::http
