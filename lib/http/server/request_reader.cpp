#include "http/server/request_reader.hpp"
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace talos::http {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

/// Keeps only the few fields that are needed; a container would parse and store all of them.
class RequestReader::Parser final : public http::basic_parser<true> {
public:
    Request request;
    unsigned hosts = 0;
    bool http_1_0 = false;
    bool expects_continue = false;
    bool strange_expectation = false;
    bool strange_coding = false;

private:
    static void append(std::string& list, Text value) {
        if (!list.empty()) list += ", ";
        list.append(value.data(), value.size());
    }

    void on_request_impl(http::verb, Text method, Text target, int version, error_code&) override {
        request.method.assign(method.data(), method.size());
        request.target.assign(target.data(), target.size());
        http_1_0 = version == 10;
    }
    void on_field_impl(http::field name, Text name_text, Text value, error_code&) override {
        if (in_body_) return;   // a trailer after the body
        if (name == http::field::unknown && boost::beast::iequals(name_text, "Last-Event-ID"))
            request.last_event_id.assign(value.data(), value.size());
        if (name == http::field::host) ++hosts;
        if (name == http::field::accept) append(request.accept, value);
        if (name == http::field::transfer_encoding && !boost::beast::iequals(value, "chunked")) strange_coding = true;
        if (name == http::field::expect) {
            expects_continue = boost::beast::iequals(value, "100-continue");
            strange_expectation = !expects_continue;
        }
    }
    void on_response_impl(int, Text, int, error_code&) override {}
    /// No request needs a body. Chunked bodies are refused, since Beast 1.81 asserts on some malformed chunk headers.
    void on_header_impl(error_code& error) override {
        in_body_ = true;
        if (chunked()) error = http::error::bad_transfer_encoding;
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(Text body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, error_code&) override { return body.size(); }
    void on_finish_impl(error_code&) override {}

    bool in_body_ = false;
};

namespace {

// The absolute form of the target, which proxies send and every server must accept.
void to_origin_form(std::string& target) {
    if (!boost::beast::iequals(Text(target).substr(0, 7), "http://")) return;
    const auto path = target.find_first_of("/?", 7);
    target.erase(0, path);
    if (!target.starts_with('/')) target.insert(0, "/");
}

}   // namespace

RequestReader::RequestReader(std::size_t header_bytes, std::size_t body_bytes)
    : parser_(std::make_unique<Parser>()), header_bytes_(header_bytes) {
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(header_bytes));
    parser_->body_limit(body_bytes);
}

RequestReader::~RequestReader() = default;

void RequestReader::fail(unsigned status, std::string code, std::string detail) {
    problem_.status = status;
    problem_.code = std::move(code);
    problem_.detail = std::move(detail);
    state_ = State::failed;
}

void RequestReader::time_out() { fail(408, "timeout", "the request did not arrive completely in time"); }

std::size_t RequestReader::feed(std::string_view bytes) {
    if (state_ != State::more || bytes.empty()) return 0;
    std::size_t skipped = 0;
    if (!begun_) {   // empty lines before a request are ignored
        while (skipped < bytes.size() && (bytes[skipped] == '\r' || bytes[skipped] == '\n')) ++skipped;
        if (skipped == bytes.size()) return skipped;
    }
    begun_ = true;
    error_code error;
    const auto remaining = bytes.substr(skipped);
    const auto taken = parser_->put(boost::asio::buffer(remaining.data(), remaining.size()), error);
    taken_ += taken;
    if (error == http::error::need_more) error = {};
    if (error == http::error::header_limit || (!error && !parser_->is_done() && remaining.size() - taken >= header_bytes_) ||
        (!error && !parser_->is_header_done() && taken_ >= header_bytes_)) {
        fail(431, "header-too-large", "the request's header is larger than " + std::to_string(header_bytes_) + " bytes");
    } else if (error == http::error::body_limit) {
        fail(413, "too-large", "the request's body is too large; no request needs one");
    } else if (error == http::error::bad_version) {
        fail(505, "bad-version", "the server speaks HTTP/1.1");
    } else if (error) {
        fail(400, "bad-request", "this is not an HTTP request: " + error.message());
    } else if (parser_->is_header_done()) {
        check();
    }
    return skipped + taken;
}

void RequestReader::check() {
    if (parser_->strange_coding) {
        fail(501, "bad-coding", "the only supported transfer coding is chunked");
    } else if (!parser_->http_1_0 && parser_->hosts != 1) {
        fail(400, "bad-request", "an HTTP/1.1 request needs exactly one Host header");
    } else if (parser_->strange_expectation && !parser_->http_1_0) {
        fail(417, "bad-expectation", "the only supported expectation is 100-continue");
    } else if (parser_->is_done()) {
        to_origin_form(parser_->request.target);
        state_ = State::complete;
    }
}

bool RequestReader::wants_continue() const {
    return state_ == State::more && parser_->is_header_done() && parser_->expects_continue && !parser_->http_1_0;
}

const Request& RequestReader::request() const { return parser_->request; }
bool RequestReader::is_http_1_0() const { return parser_->http_1_0; }
bool RequestReader::keep_alive() const { return parser_->keep_alive(); }

}   // namespace talos::http
