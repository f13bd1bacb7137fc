#include "http/client/client.hpp"
#include "http/client/client_socket.hpp"
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>
#include <cerrno>
#include <limits>
#include <sys/socket.h>
#include <unistd.h>

namespace talos::http {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = beast::error_code;

// The server may belong to another user. The status of 10,000 workers, the maximum of a config, takes a quarter of this.
constexpr std::uint64_t body_limit = 64ull << 20;

// Passes on status, type and body as they are parsed. (The ready-made parser collects fields and body in containers.)
class Reader final : public http::basic_parser<false> {
public:
    explicit Reader(Response& response) : response_(response) {
        eager(true);
        header_limit(64u << 10);
        this->body_limit(boost::optional<std::uint64_t>(std::numeric_limits<std::uint64_t>::max()));   // streams have no limit
    }

private:
    using View = beast::string_view;
    void on_request_impl(http::verb, View, View, int, ErrorCode&) override {}
    void on_response_impl(int code, View, int, ErrorCode&) override { response_.status = static_cast<unsigned>(code); }
    void on_field_impl(http::field field, View name, View value, ErrorCode&) override {
        constexpr std::size_t most = 1'000;
        const View left_out(api::left_out_field.data(), api::left_out_field.size());
        if (beast::iequals(name, left_out) && response_.left_out.size() < most)
            response_.left_out.emplace_back(value.data(), value.size());
        if (field == http::field::content_type) response_.type.assign(value.data(), value.size());
    }
    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(View bytes, ErrorCode& error) override { return add(bytes, error); }
    void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode& error) override { return add(bytes, error); }
    void on_finish_impl(ErrorCode&) override {}

    std::size_t add(View bytes, ErrorCode& error) {
        if (response_.body.size() + bytes.size() > talos::http::body_limit) {
            error = http::error::body_limit;
            return 0;
        }
        response_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }

    Response& response_;
};

// Passes on the complete lines at the front of `text`. Returns false when the sink wants no more.
bool give_lines(std::string& text, const LineSink& line) {
    std::size_t begin = 0;
    bool more = true;
    while (more) {
        const auto end = text.find('\n', begin);
        if (end == std::string::npos) break;
        more = line(std::string_view{text}.substr(begin, end - begin));
        begin = end + 1;
    }
    text.erase(0, begin);
    return more;
}

}   // namespace

struct Inquiry::State {
    State(Descriptor descriptor, std::string socket_path)
        : socket(std::move(descriptor)), path(std::move(socket_path)), reader(response) {}

    [[nodiscard]] Result<> parse(bool ended);

    Descriptor socket;
    std::string path;
    Response response;
    Reader reader;
    std::string unparsed;
    bool complete = false;
};

Result<> Inquiry::State::parse(bool ended) {
    const auto broken = [this](const ErrorCode& error) {
        return failure_of(EPROTO, "answer of " + path + " (" + error.message() + ")");
    };
    ErrorCode error;
    while (!unparsed.empty() && !reader.is_done()) {
        const auto used = reader.put(boost::asio::const_buffer(unparsed.data(), unparsed.size()), error);
        unparsed.erase(0, used);
        if (error == http::error::need_more) break;
        if (error) return broken(error);
    }
    error = {};
    if (ended && !reader.is_done()) {
        // Only a body without a length may end with the connection.
        if (reader.is_header_done()) reader.put_eof(error);
        if (error || !reader.is_done())
            return failure_of(ECONNRESET, path + " closed the connection before the answer was complete");
    }
    complete = reader.is_done();
    return {};
}

Inquiry::Inquiry(std::unique_ptr<State> state) : state_(std::move(state)) {}
Inquiry::Inquiry(Inquiry&&) noexcept = default;
Inquiry& Inquiry::operator=(Inquiry&&) noexcept = default;
Inquiry::~Inquiry() = default;

int Inquiry::fd() const { return state_->complete ? -1 : state_->socket.get(); }

const Response& Inquiry::response() const { return state_->response; }

Result<bool> Inquiry::take(const LineSink& line) {
    auto& state = *state_;
    std::array<char, 32u << 10> block;
    while (!state.complete) {
        const auto got = ::recv(state.socket.get(), block.data(), block.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return false;
        if (got < 0) return last_error("read from " + state.path);
        state.unparsed.append(block.data(), static_cast<std::size_t>(got));
        const auto parsed = state.parse(got == 0);
        // Lines that arrived before the end are passed on even if the answer ended too early.
        if (line && state.response.good() && !give_lines(state.response.body, line)) state.complete = true;
        if (!parsed) return parsed.error();
    }
    return true;
}

Client::Client(Client&& other) noexcept
    : endpoint_(std::move(other.endpoint_)), connected_(std::exchange(other.connected_, -1)),
      interrupted_by_(other.interrupted_by_) {}

Client::~Client() {
    if (connected_ >= 0) ::close(connected_);
}

Result<Listener> Client::connect() {
    auto socket = connect_to(endpoint_.path);
    if (!socket) return socket.error();
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket->get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return last_error("SO_PEERCRED of " + endpoint_.path);
    if (endpoint_.server && peer.uid != *endpoint_.server)
        return refused("the process that listens on " + endpoint_.path + " belongs to uid " + std::to_string(peer.uid) +
                       ", the data directory to uid " + std::to_string(*endpoint_.server) + ": talosctl sends no request to it");
    if (connected_ >= 0) ::close(connected_);
    connected_ = socket->release();
    return Listener{peer.pid, peer.uid};
}

int Client::open_listener() const {
    constexpr int so_peerpidfd = 77;   // SO_PEERPIDFD of <asm-generic/socket.h>, Linux 6.5
    int pidfd = -1;
    socklen_t size = sizeof pidfd;
    return connected_ >= 0 && ::getsockopt(connected_, SOL_SOCKET, so_peerpidfd, &pidfd, &size) == 0 ? pidfd : -1;
}

Result<Inquiry> Client::send(std::string_view method, std::string_view target, std::string_view accept) {
    if (interrupted_by_ != 0) return failure_of(EINTR, "request to " + endpoint_.path);
    if (connected_ < 0)
        if (const auto connected = connect(); !connected) return connected.error();
    auto state = std::make_unique<Inquiry::State>(Descriptor{std::exchange(connected_, -1)}, endpoint_.path);
    std::string text{method};
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: talos\r\nUser-Agent: talosctl/" TALOS_VERSION
                                           "\r\nConnection: close\r\n");
    if (!accept.empty()) text.append("Accept: ").append(accept).append("\r\n");
    if (method == "POST") text += "Content-Length: 0\r\n";
    text += "\r\n";
    if (const auto sent = send_all(state->socket.get(), text, endpoint_.path); !sent) return sent.error();
    return Inquiry{std::move(state)};
}

Result<Response> Client::request(std::string_view method, std::string_view target, Millis timeout) {
    return stream(method, target, {}, {}, timeout);
}

Result<Response> Client::stream(std::string_view method, std::string_view target, std::string_view accept, const LineSink& line,
                                std::optional<Millis> timeout) {
    const auto deadline = timeout ? std::optional{std::chrono::steady_clock::now() + *timeout} : std::nullopt;
    Interruptible signals;
    auto exchange = send(method, target, accept);
    if (!exchange) return exchange.error();
    for (;;) {
        switch (signals.sleep(exchange->fd(), deadline)) {
        case Interruptible::What::readable: break;
        case Interruptible::What::time: return failure_of(ETIMEDOUT, "answer of " + endpoint_.path);
        case Interruptible::What::interrupted:
            interrupted_by_ = signals.signal();
            return failure_of(EINTR, "answer of " + endpoint_.path);
        }
        const auto complete = exchange->take(line);
        if (!complete) return complete.error();
        if (*complete) return exchange->response();
    }
}

}   // namespace talos::http
