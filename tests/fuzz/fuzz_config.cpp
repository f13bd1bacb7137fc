// Any bytes as a config, and as every file that it names: no crash, errors have a place and can be printed; what has none is shown as a
// config that is the same.
#include "config/json/lenient.hpp"
#include "config/load/parse.hpp"
#include "config/use/show.hpp"
#include "core/text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace talos;

/// A few files, then no more: a text that includes itself by ever new names would take its time.
config::HostSystem around(const std::string& text) {
    config::HostSystem around;
    around.getenv = [](const char* name) { return *name == 'N' ? std::nullopt : std::optional<std::string>("$${A ${"); };
    around.glob = [](const std::string& pattern) { return Result<std::vector<std::string>>({pattern, "/srv/app/b.json"}); };
    around.read_file = [&text, left = 8](const std::string& path) mutable -> Result<std::string> {
        if (left-- <= 0) return failure_of(ENOENT, "open " + path);
        return text;
    };
    around.read_env_file = [&text](const std::string&) { return Result<std::string>(valid_utf8(text)); };
    return around;
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace talos::config;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::string path = "/srv/app/talos.json";
    const auto parsed = parse(text, path, around(text));
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
