#include "aio/http_probe.hpp"

#include "core/text.hpp"
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace talos::aio {

namespace http = boost::beast::http;

/// What of it came so far.
class HttpProbe::Answer {
public:
    enum class State { incomplete, head, broken };

    Answer() { parser_.header_limit(8 * 1024); }

    State take(std::string_view bytes) {
        const auto space = buffer_.prepare(bytes.size());
        asio::buffer_copy(space, asio::buffer(bytes));
        buffer_.commit(bytes.size());
        boost::system::error_code error;
        const auto used = parser_.put(buffer_.data(), error);
        buffer_.consume(used);
        if (parser_.is_header_done()) return State::head;
        return error && error != http::error::need_more ? State::broken : State::incomplete;
    }
    [[nodiscard]] unsigned status() const { return parser_.get().result_int(); }

private:
    boost::beast::flat_buffer buffer_;
    http::response_parser<http::empty_body> parser_;
};

namespace {

using Headers = HttpProbe::Headers;

std::string request_for(const HttpUrl& url, const Headers& headers) {
    const std::array<std::pair<std::string_view, std::string_view>, 4> ours{
        {{"Host", url.host}, {"User-Agent", "talosd"}, {"Accept", "*/*"}, {"Connection", "close"}}};
    std::string text = "GET " + url.target + " HTTP/1.1\r\n";
    const auto add = [&](std::string_view name, std::string_view value) { text.append(name).append(": ").append(value).append("\r\n"); };
    for (const auto& [name, value] : ours) {
        const auto given = [name = name](const auto& header) { return same_ignoring_case(header.first, name); };
        if (std::none_of(headers.begin(), headers.end(), given)) add(name, value);
    }
    for (const auto& [name, value] : headers) add(name, value);
    return text + "\r\n";
}

}  // namespace

HttpProbe::HttpProbe(const Executor& executor, const HttpUrl& url, unsigned status, const Headers& headers)
    : TcpProbe(executor, url.endpoint), request_(request_for(url, headers)), status_(status) {}

HttpProbe::~HttpProbe() = default;

void HttpProbe::connected() {
    const ssize_t sent = ::send(fd(), request_.data(), request_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return finish(last_error("send a request"));
    // The buffer of a new connection takes more than a config's URL has.
    if (static_cast<std::size_t>(sent) != request_.size()) return finish(refused("the request does not fit into the socket's buffer"));
    answer_ = std::make_unique<Answer>();
    await_answer();
}

void HttpProbe::await_answer() {
    when(Descriptor::wait_read, [this] { read_answer(); });
}

void HttpProbe::read_answer() {
    std::array<char, 4096> bytes;
    const ssize_t size = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return await_answer();
    if (size < 0) return finish(last_error("receive an answer"));
    if (size == 0) return finish(refused("the connection was closed without an answer"));
    switch (answer_->take({bytes.data(), static_cast<std::size_t>(size)})) {
    case Answer::State::incomplete: return await_answer();
    case Answer::State::broken: return finish(refused("its answer is no HTTP"));
    case Answer::State::head: break;
    }
    if (answer_->status() == status_) return finish({});
    finish(refused("it answers " + std::to_string(answer_->status()) + " instead of " + std::to_string(status_)));
}

}  // namespace talos::aio
