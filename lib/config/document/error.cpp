#include "config/document/error.hpp"

#include "config/document/locate.hpp"
#include "config/document/quotes.hpp"

namespace talos::config {

std::string shown_file(const Error& error, std::string_view config) {
    if (error.file.empty()) return std::string(config);
    if (error.file.starts_with('/')) return error.file;
    return std::string(config.substr(0, config.rfind('/') + 1)) + error.file;
}

std::string to_text(const Error& error, std::string_view config) {
    const auto file = printable(shown_file(error, config));
    std::string text = file + ":" + std::to_string(error.line) + ":" + std::to_string(error.column) + ": ";
    if (!error.pointer.empty()) text += printable(error.pointer) + ": ";
    return text + printable(error.message);
}

std::string warning_text(const Error& warning, std::string_view config) {
    auto marked = warning;
    marked.message = "warning: " + warning.message;
    return to_text(marked, config);
}

}   // namespace talos::config
