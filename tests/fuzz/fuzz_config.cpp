// Any bytes as a config: no crash, errors have a place and can be printed; what has none is shown as a config that is the same.
#include "config/parse.hpp"
#include "config/show.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace talos::config;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string path = "/srv/app/talos.json";
    const auto parsed = parse(text, path);
    const auto data_dir = lenient_data_dir(text, path);
    const auto socket = lenient_control_socket(text, path);
    for (const auto& error : parsed.errors) {
        if (error.line == 0 || error.column == 0 || error.message.empty()) std::abort();
        for (const char c : to_text(error, "talos.json")) {
            if (static_cast<unsigned char>(c) < 0x20) std::abort();
        }
    }
    if (!parsed.errors.empty()) return 0;
    if (data_dir != parsed.config.data_dir) std::abort();
    if (socket != parsed.config.control_socket) std::abort();
    const auto again = parse(show(parsed.config, Values::shown), path);
    if (!again.errors.empty() || !(again.config == parsed.config)) std::abort();
    if (!parse(show(parsed.config, Values::masked), path).errors.empty()) std::abort();
    return 0;
}
