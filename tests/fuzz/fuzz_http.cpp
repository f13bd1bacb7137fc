// Any bytes from a peer: read as the server reads them, cut where the first two bytes say, and routed. However they are cut, the same
// requests come out.
#include "http/server/request_reader.hpp"
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace talos::http;
using State = RequestReader::State;

constexpr std::size_t header_bytes = 16u << 10;
constexpr std::size_t body_bytes = 64u << 10;

void expect(bool holds) {
    if (!holds) std::abort();
}

/// What the peer would be answered, a line each.
std::string answers(std::string_view bytes, std::size_t piece) {
    std::string text;
    std::string input;
    auto reader = std::make_unique<RequestReader>(header_bytes, body_bytes);
    while (!bytes.empty() || !input.empty()) {
        const auto next = bytes.substr(0, piece);
        bytes.remove_prefix(next.size());
        input += next;
        for (;;) {
            const auto taken = reader->feed(input);
            expect(taken <= input.size());
            input.erase(0, taken);
            if (reader->state() != State::complete) break;
            const auto routed = route(reader->request());
            text +=
                std::holds_alternative<Problem>(routed) ? std::to_string(std::get<Problem>(routed).status) : std::string("ok");
            text += reader->keep_alive() ? " on\n" : " end\n";
            if (!reader->keep_alive()) return text;
            reader = std::make_unique<RequestReader>(header_bytes, body_bytes);
            if (input.empty()) break;
        }
        if (reader->state() == State::failed) {
            expect(reader->problem().status >= 400 && !reader->problem().detail.empty());
            return text;   // which failure it is may depend on how much was there to see
        }
        expect(input.size() <= header_bytes + piece);
        if (bytes.empty()) return text;
    }
    return text;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t piece = 1 + data[0] + 256u * (data[1] % 4);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto whole = answers(bytes, bytes.size() + 1);
    const auto cut = answers(bytes, piece);
    expect(whole == cut);
    return 0;
}
