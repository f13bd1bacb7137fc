#include "config/json/read_document.hpp"

#include "config/document/encoding.hpp"
#include "config/document/scanner.hpp"
#include "config/json/syntax.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>

namespace talos::config {
namespace {

using boost::json::error_code;
using Piece = boost::json::string_view;

/// Builds the tree. The parser reports no positions, so a scanner runs in parallel: the k-th value or key that the parser reports
/// is the k-th token that is neither a closing bracket nor a separator (the text that the parser has accepted is well-formed).
class Builder {
public:
    static constexpr std::size_t max_object_size = largest_text;
    static constexpr std::size_t max_array_size = largest_text;
    static constexpr std::size_t max_key_size = largest_text;
    static constexpr std::size_t max_string_size = largest_text;

    explicit Builder(std::string_view text) : scanner_(text) {}
    [[nodiscard]] Node take() { return std::move(root_); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(Node::Object{}); }
    bool on_object_end(std::size_t, error_code&) { return close(); }
    bool on_array_begin(error_code&) { return open(Node::Array{}); }
    bool on_array_end(std::size_t, error_code&) { return close(); }
    bool on_key_part(Piece piece, std::size_t, error_code&) { return collect(piece); }
    bool on_key(Piece piece, std::size_t, error_code&) {
        collect(piece);
        std::get<Node::Object>(open_.back()->value).push_back({std::move(text_), position(), {}});
        text_.clear();
        return true;
    }
    bool on_string_part(Piece piece, std::size_t, error_code&) { return collect(piece); }
    bool on_string(Piece piece, std::size_t, error_code&) {
        collect(piece);
        place(std::move(text_));
        text_.clear();
        return true;
    }
    bool on_number_part(Piece, error_code&) { return true; }
    bool on_int64(std::int64_t number, Piece, error_code&) { return put(number); }
    bool on_uint64(std::uint64_t number, Piece, error_code&) { return put(static_cast<double>(number)); }
    bool on_double(double number, Piece, error_code& error) {
        if (std::isfinite(number)) return put(number);
        error = boost::json::error::exponent_overflow;   // newer versions of Boost accept what older versions reject
        return false;
    }
    bool on_bool(bool value, error_code&) { return put(value); }
    bool on_null(error_code&) { return put(nullptr); }
    bool on_comment_part(Piece, error_code&) { return true; }
    bool on_comment(Piece, error_code&) { return true; }

private:
    [[nodiscard]] std::size_t position() {
        for (;;) {
            const Token token = scanner_.next_significant();
            switch (token.kind) {
            case Token::Kind::close_object:
            case Token::Kind::close_array:
            case Token::Kind::colon:
            case Token::Kind::comma:
            case Token::Kind::comment: continue;
            case Token::Kind::open_object:
            case Token::Kind::open_array:
            case Token::Kind::string:
            case Token::Kind::open_string:
            case Token::Kind::scalar:
            case Token::Kind::open_comment:
            case Token::Kind::end: return token.begin;
            }
        }
    }

    template <class Value>
    Node& place(Value&& value) {
        Node& node = slot();
        node.value = std::forward<Value>(value);
        node.offset = position();
        return node;
    }

    Node& slot() {
        if (open_.empty()) return root_;
        if (auto* array = std::get_if<Node::Array>(&open_.back()->value)) return array->emplace_back();
        return std::get<Node::Object>(open_.back()->value).back().value;
    }

    template <class Value>
    bool put(Value value) {
        place(value);
        return true;
    }

    template <class Container>
    bool open(Container container) {
        // The pointer stays valid: the parent is not extended before this child is closed.
        open_.push_back(&place(std::move(container)));
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    bool collect(Piece piece) {
        text_.append(piece.data(), piece.size());
        return true;
    }

    Scanner scanner_;
    Node root_;
    std::vector<Node*> open_;
    std::string text_;
};

/// Replaces comments with blanks and keeps all offsets. Boost 1.81 does not find the end of a comment that ends in `**/`.
std::string without_comments(std::string_view text, bool& all_closed) {
    std::string bare(text);
    Scanner scanner(text);
    all_closed = true;
    for (Token token = scanner.next(); token.kind != Token::Kind::end; token = scanner.next()) {
        const bool open = token.kind == Token::Kind::open_comment;
        if (token.kind != Token::Kind::comment && !open) continue;
        std::fill(bare.begin() + static_cast<std::ptrdiff_t>(token.begin), bare.begin() + static_cast<std::ptrdiff_t>(token.end),
                  ' ');
        all_closed = all_closed && !open;
    }
    return bare;
}

}   // namespace

Document read_document(std::string_view text) {
    Document document;
    if (text.size() > largest_text) {
        document.error = SyntaxError{0, "the file has " + std::to_string(text.size()) + " bytes; at most 16 MiB are read"};
        return document;
    }
    if (auto complaint = encoding_complaint(text); !complaint.empty()) {
        document.error = SyntaxError{0, std::move(complaint)};
        return document;
    }
    boost::json::parse_options options;
    options.max_depth = deepest_level;
    options.allow_trailing_commas = true;
    boost::json::basic_parser<Builder> parser(options, text);   // freed at the end of this function

    bool comments_closed = true;
    const std::string bare = without_comments(text, comments_closed);
    error_code error;
    auto stopped_at = parser.write_some(false, bare.data(), bare.size(), error);
    if (!error && stopped_at < bare.size()) error = boost::json::error::extra_data;   // a second value
    if (error || !comments_closed) {
        stopped_at = std::min(stopped_at, bare.size());
        document.error = explain_syntax(text, stopped_at, error);
    } else {
        document.root = parser.handler().take();
    }
    return document;
}

}   // namespace talos::config
