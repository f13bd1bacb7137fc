#include "config/document/scanner.hpp"

#include <algorithm>

namespace talos::config {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view ends_scalar = " \t\r\n{}[]:,\"/";

Token::Kind structural(char c) {
    switch (c) {
    case '{': return Token::Kind::open_object;
    case '}': return Token::Kind::close_object;
    case '[': return Token::Kind::open_array;
    case ']': return Token::Kind::close_array;
    case ':': return Token::Kind::colon;
    case ',': return Token::Kind::comma;
    default: return Token::Kind::scalar;
    }
}

}   // namespace

Token Scanner::next() {
    at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
    Token token{Token::Kind::end, at_, at_};
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '"') {
        bool closed = false;
        token.end = string_end(at_, closed);
        token.kind = closed ? Token::Kind::string : Token::Kind::open_string;
    } else if (c == '/' && (text_.substr(at_, 2) == "//" || text_.substr(at_, 2) == "/*")) {
        token = comment(at_);
    } else {
        token.kind = structural(c);
        token.end = at_ + 1;
        if (token.kind == Token::Kind::scalar) token.end = std::min(text_.find_first_of(ends_scalar, token.end), text_.size());
    }
    at_ = token.end;
    return token;
}

Token Scanner::next_significant() {
    Token token = next();
    while (token.kind == Token::Kind::comment) token = next();
    return token;
}

std::size_t Scanner::string_end(std::size_t begin, bool& closed) const {
    for (std::size_t i = begin + 1; i < text_.size(); ++i) {
        const char c = text_[i];
        closed = c == '"';
        if (closed) return i + 1;
        if (c == '\n' || c == '\r') return i;
        if (c == '\\' && i + 1 < text_.size() && text_[i + 1] != '\n' && text_[i + 1] != '\r') ++i;
    }
    return text_.size();
}

Token Scanner::comment(std::size_t begin) const {
    if (text_[begin + 1] == '/') return {Token::Kind::comment, begin, std::min(text_.find('\n', begin), text_.size())};
    const auto close = text_.find("*/", begin + 2);
    if (close == std::string_view::npos) return {Token::Kind::open_comment, begin, text_.size()};
    return {Token::Kind::comment, begin, close + 2};
}

std::string_view without_bom(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
}

}   // namespace talos::config
