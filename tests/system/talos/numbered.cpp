#include "system/talos/numbered.hpp"

#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include <charconv>
#include <cstring>

namespace talos::test {

namespace {

constexpr std::size_t line_length = 99;

std::uint64_t number_at(std::string_view text, std::size_t at) {
    std::uint64_t value = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), value);
    return value;
}

bool is_whole(std::string_view text, std::uint64_t number) {
    char expected[line_length];
    auto rest = number;
    for (int at = 9; at >= 0; --at, rest /= 10) expected[at] = static_cast<char>('0' + rest % 10);
    expected[10] = ' ';
    std::memset(expected + 11, static_cast<int>('a' + number % 26), line_length - 11);
    return text == std::string_view(expected, line_length);
}

}   // namespace

std::vector<std::string> number_lines(std::uint64_t count, const std::string& mode, const std::vector<std::string>& more) {
    std::vector<std::string> words{bin_dir() + "/programs/number_lines", std::to_string(count), mode};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

void Numbered::gap(std::string_view text) {
    const auto lines = number_at(text, std::strlen("talos: "));
    if (text.find(" bytes dropped from 20") == std::string_view::npos) fault_ = "a strange gap line: " + std::string(text);
    if (text.find(" " + std::to_string(lines * (line_length + 1)) + " bytes ") == std::string_view::npos)
        fault_ = "bytes do not fit the lines: " + std::string(text);
    next_ += lines;
    dropped_ += lines;
    ++gaps_;
}

void Numbered::line(std::string_view text) {
    if (!fault_.empty()) return;
    if (text.starts_with("talos: ")) return gap(text);
    if (is_whole(text, next_)) {
        ++next_;
        return;
    }
    fault_ = "line " + std::to_string(next_) + " was expected, found: " + std::string(text.substr(0, 200));
}

void Numbered::text(std::string_view raw_lines) {
    for_each_line(raw_lines, [this](std::string_view one) { line(one); });
}

bool parse_cri(std::string_view line, CriLine& parsed) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddddddddZ ";
    if (line.size() < shape.size() + 9) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool digit = line[i] >= '0' && line[i] <= '9';
        if (shape[i] == 'd' ? !digit : line[i] != shape[i]) return false;
    }
    parsed.stream = line.substr(shape.size(), 6);
    if (parsed.stream != "stdout" && parsed.stream != "stderr") return false;
    const auto tag = line.substr(shape.size() + 6, 3);
    if (tag != " F " && tag != " P ") return false;
    parsed.partial = tag == " P ";
    parsed.text = line.substr(shape.size() + 9);
    return true;
}

void for_each_file(const std::string& path, const std::function<void(const std::string&)>& take) {
    const auto old = [&](unsigned number) { return path + "." + std::to_string(number); };
    unsigned oldest = 0;
    while (exists(old(oldest + 1)) || exists(old(oldest + 2))) ++oldest;   // who dies in a rotation leaves one number out
    for (; oldest > 0; --oldest)
        if (exists(old(oldest))) take(read_text(old(oldest)));
    take(read_text(path));
}

void for_each_line(std::string_view text, const std::function<void(std::string_view)>& take) {
    while (!text.empty()) {
        const auto newline = text.find('\n');
        take(text.substr(0, newline));
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    }
}

}   // namespace talos::test
