#include "checks/probes/http_probe.hpp"

#include "config/model/probe_text.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace talos::checks {

namespace {

using Headers = HttpProbe::Headers;

std::string request_for(const HttpUrl& url, const Headers& headers) {
    const std::array<std::pair<std::string_view, std::string_view>, 4> ours{
        {{"Host", url.host}, {"User-Agent", "talosd"}, {"Accept", "*/*"}, {"Connection", "close"}}};
    std::string text = "GET " + url.target + " HTTP/1.1\r\n";
    const auto add = [&](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    for (const auto& [name, value] : ours) {
        const auto given = [name = name](const auto& header) { return same_ignoring_case(header.first, name); };
        if (std::none_of(headers.begin(), headers.end(), given)) add(name, value);
    }
    for (const auto& [name, value] : headers) add(name, value);
    return text + "\r\n";
}

}   // namespace

HttpProbe::HttpProbe(const aio::Executor& executor, const HttpUrl& url, aio::NameLookups& names, Statuses statuses,
                     const Headers& headers)
    : TcpProbe(executor, url.endpoint, names), request_(request_for(url, headers)), statuses_(std::move(statuses)) {
    if (statuses_.empty()) statuses_.emplace_back();
}

void HttpProbe::connected() {
    const ssize_t sent = ::send(fd(), request_.data(), request_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return finish(last_error("send a request"));
    // The buffer of a new connection takes more than a config's URL has.
    if (static_cast<std::size_t>(sent) != request_.size())
        return finish(refused("the request does not fit into the socket's buffer"));
    await_answer();
}

void HttpProbe::await_answer() {
    when(aio::Descriptor::wait_read, [this] { read_answer(); });
}

void HttpProbe::read_answer() {
    std::array<char, 4096> bytes;
    const ssize_t size = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return await_answer();
    if (size < 0) return finish(last_error("receive an answer"));
    if (size == 0) return finish(refused("the connection was closed without an answer"));
    switch (head_.take({bytes.data(), static_cast<std::size_t>(size)})) {
    case HttpHead::State::incomplete: return await_answer();
    case HttpHead::State::no_http: return finish(refused("its answer is no HTTP"));
    case HttpHead::State::too_long: return finish(refused("the head of its answer is longer than 64 KiB"));
    case HttpHead::State::complete: break;
    }
    const unsigned status = head_.status();
    const auto counts = [&](const config::StatusRange& range) { return range.first <= status && status <= range.last; };
    if (std::any_of(statuses_.begin(), statuses_.end(), counts)) return finish({});
    config::ProbeSpec wanted;
    wanted.status = statuses_;
    finish(refused("it answers " + std::to_string(status) + " instead of " + config::status_text(wanted)));
}

}   // namespace talos::checks
