#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Helpers for the files that show configs.
namespace talos::config {

inline constexpr std::string_view no_key{};   // an empty key is a valid key, but its data pointer is not null

/// A JSON string.
[[nodiscard]] std::string text(std::string_view value);
[[nodiscard]] std::string list(const std::vector<std::string>& words);
/// For values in which variables are expanded: escapes each `${`.
[[nodiscard]] std::string plain(std::string_view value);
[[nodiscard]] std::string plain(const std::vector<std::string>& words);

/// Writes lines of `"key": value`, with commas in between and brackets around them.
class ShowWriter {
public:
    void open(std::string_view key, char bracket) {
        begin_line(key);
        out_ += bracket;
        ++depth_;
        first_ = true;
    }
    void close(char bracket) {
        --depth_;
        if (!first_) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
        out_ += bracket;
        first_ = false;
    }
    /// An object in one line; in it there is only put().
    void open_line(std::string_view key) {
        begin_line(key);
        out_ += '{';
        first_ = true;
        in_line_ = true;
    }
    void close_line() {
        out_ += first_ ? "}" : " }";
        first_ = false;
        in_line_ = false;
    }
    /// `json` is a value in JSON; an empty key is for elements of arrays.
    void put(std::string_view key, std::string_view json) {
        begin_line(key);
        out_ += json;
    }
    [[nodiscard]] std::string take() { return std::move(out_) + "\n"; }

private:
    void begin_line(std::string_view key) {
        if (!first_) out_ += ',';
        if (in_line_) {
            out_ += ' ';
        } else if (depth_ > 0) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
        first_ = false;
        if (key.data() != nullptr) out_ += text(key) + ": ";
    }

    std::string out_;
    std::size_t depth_ = 0;
    bool first_ = true;
    bool in_line_ = false;
};

}   // namespace talos::config
