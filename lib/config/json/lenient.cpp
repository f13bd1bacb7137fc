#include "config/json/lenient.hpp"
#include "config/document/document.hpp"
#include "config/document/locate.hpp"
#include "config/document/scanner.hpp"
#include "config/json/read_document.hpp"

#include <optional>
#include <vector>

namespace talos::config {
namespace {

/// The content of a string token; nullopt if its escapes or bytes are invalid.
std::optional<std::string> content_of(std::string_view text, const Token& token) {
    if (token.end - token.begin > largest_text) return std::nullopt;
    const Document document = read_document(text.substr(token.begin, token.end - token.begin));
    const auto* content = std::get_if<std::string>(&document.root.value);
    if (document.error || content == nullptr) return std::nullopt;
    return *content;
}

bool is_key(std::string_view text, const Token& token, std::string_view key) {
    const auto spelled = text.substr(token.begin, token.end - token.begin);
    if (spelled.size() == key.size() + 2 && spelled.substr(1, key.size()) == key) return true;
    return spelled.find('\\') != std::string_view::npos && spelled.size() < 128 && content_of(text, token) == key;
}

/// The first string after the key and a colon. Searches the top-level keys, or, if the brackets of the text are unreliable,
/// everything except `env`, where the name could be a variable.
std::optional<std::string> find_text(std::string_view text, std::string_view key, bool anywhere) {
    Scanner scanner(text);
    std::vector<bool> in_env;   // one entry for each open bracket
    bool env_follows = false;
    for (Token token = scanner.next_significant(); token.kind != Token::Kind::end;) {
        const bool opens = token.kind == Token::Kind::open_object || token.kind == Token::Kind::open_array;
        const bool closes = token.kind == Token::Kind::close_object || token.kind == Token::Kind::close_array;
        if (opens) in_env.push_back(env_follows);
        if (closes && !in_env.empty()) in_env.pop_back();
        const bool place_fits = anywhere ? in_env.empty() || !in_env.back() : in_env.size() == 1;
        const bool key_fits = token.kind == Token::Kind::string && place_fits && is_key(text, token, key);
        const bool env = text.substr(token.begin, token.end - token.begin) == "\"env\"";
        token = scanner.next_significant();
        env_follows = token.kind == Token::Kind::colon && env;
        if (token.kind != Token::Kind::colon || !(key_fits || env)) continue;
        token = scanner.next_significant();
        if (!key_fits || token.kind != Token::Kind::string) continue;
        if (auto content = content_of(text, token)) return content;
    }
    return std::nullopt;
}

/// The path at a top-level key.
std::string lenient_path(std::string_view text, const std::string& path, std::string_view key) {
    text = without_bom(text);
    auto found = find_text(text, key, false);
    // In a valid text, a nested key of that name is something else, for example a variable in a worker's environment.
    if (!found && read_document(text).error) found = find_text(text, key, true);
    if (!found || found->empty() || found->find('\0') != std::string::npos) return {};
    return absolute_path(*found, absolute_path("..", path));
}

}   // namespace

std::string lenient_data_dir(std::string_view text, const std::string& path) { return lenient_path(text, path, "dataDir"); }

std::string lenient_control_socket(std::string_view text, const std::string& path) {
    return lenient_path(text, path, "controlSocket");
}

}   // namespace talos::config
