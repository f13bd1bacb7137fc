#include "config/locate.hpp"
#include "config/document.hpp"
#include "config/parse.hpp"
#include "config/scanner.hpp"

#include <optional>
#include <vector>

namespace talos::config {
namespace {

/// What a string token says; nothing when its escapes or bytes are broken.
std::optional<std::string> content_of(std::string_view text, const Token& token) {
    if (token.end - token.begin > largest_text) return std::nullopt;
    const Document document = read_document(text.substr(token.begin, token.end - token.begin));
    const auto* content = std::get_if<std::string>(&document.root.value);
    if (document.error || content == nullptr) return std::nullopt;
    return *content;
}

bool is_data_dir(std::string_view text, const Token& token) {
    const auto spelled = text.substr(token.begin, token.end - token.begin);
    if (spelled == "\"dataDir\"") return true;
    return spelled.find('\\') != std::string_view::npos && spelled.size() < 64 && content_of(text, token) == "dataDir";
}

/// The first string that stands behind the key `dataDir` and a colon: among the top-level keys, or, for texts whose brackets
/// cannot be trusted, anywhere but in an `env`, where that name may be a variable's.
std::optional<std::string> find_data_dir(std::string_view text, bool anywhere) {
    Scanner scanner(text);
    std::vector<bool> in_env;   // one for each open bracket
    bool env_follows = false;
    for (Token token = scanner.next_significant(); token.kind != Token::Kind::end;) {
        const bool opens = token.kind == Token::Kind::open_object || token.kind == Token::Kind::open_array;
        const bool closes = token.kind == Token::Kind::close_object || token.kind == Token::Kind::close_array;
        if (opens) in_env.push_back(env_follows);
        if (closes && !in_env.empty()) in_env.pop_back();
        const bool place_fits = anywhere ? in_env.empty() || !in_env.back() : in_env.size() == 1;
        const bool key_fits = token.kind == Token::Kind::string && place_fits && is_data_dir(text, token);
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

}  // namespace

std::string lenient_data_dir(std::string_view text, const std::string& path) {
    text = without_bom(text);
    auto found = find_data_dir(text, false);
    // In a sound text a deeper "dataDir" is something else, a variable of some worker's environment.
    if (!found && read_document(text).error) found = find_data_dir(text, true);
    if (!found || found->empty() || found->find('\0') != std::string::npos) return {};
    return absolute_path(*found, absolute_path("..", path));
}

}  // namespace talos::config
