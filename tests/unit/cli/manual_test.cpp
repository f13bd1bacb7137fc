// talosctl(1), `--help` and the completions against the command line, and `talosctl help PAGE`.
#include "cli/command_line/help.hpp"
#include "cli/command_line/manual.hpp"
#include "cli/command_line/parse_command_line.hpp"
#include "support/manual.hpp"
#include <algorithm>
#include <map>
#include <regex>
#include <set>

using namespace talos::cli;
using namespace talos::test;

namespace {

using Names = std::set<std::string>;

EarlyEnd end_of(std::vector<const char*> words) {
    words.insert(words.begin(), "talosctl");
    auto parsed = parse_command_line(static_cast<int>(words.size()), words.data());
    REQUIRE(std::holds_alternative<EarlyEnd>(parsed));
    return std::get<EarlyEnd>(std::move(parsed));
}

Names options_in(const std::string& text) {
    static const std::regex option("(^|[^-a-zA-Z])(--?[a-z][-a-z]*)");
    Names found;
    for (std::sregex_iterator at(text.begin(), text.end(), option), end; at != end; ++at) found.insert((*at)[2]);
    return found;
}

/// The options that the help lists, which CLI11 makes of those that are parsed; without `--help`.
Names options_of(std::vector<const char*> words) {
    words.push_back("--help");
    Names found;
    for (const auto& line : lines_of(end_of(words).out)) {
        if (!line.starts_with("  -")) continue;
        const auto names = options_in(line.substr(0, line.find_first_of(' ', 2)));
        found.insert(names.begin(), names.end());
    }
    found.erase("-h");
    found.erase("--help");
    return found;
}

Names verbs() {
    Names names;
    for (const auto& verb : help::verbs) names.insert(verb.name);
    return names;
}

std::string talosctl_page() { return repository_file("config/man/talosctl.1.md"); }

Names long_ones(Names names) {
    std::erase_if(names, [](const auto& name) { return !name.starts_with("--"); });
    return names;
}

Names words_of(const std::string& text) {
    std::istringstream stream(text);
    Names words;
    for (std::string word; stream >> word;) words.insert(word);
    return words;
}

std::string first_match(const std::string& text, const std::string& pattern) {
    std::smatch match;
    CAPTURE(pattern);
    return std::regex_search(text, match, std::regex(pattern)) ? std::string(match[1]) : std::string();
}

}   // namespace

TEST_CASE("manual: talosctl(1) has every verb with all of its options, and no others") {
    std::map<std::string, Names> described;
    for (const auto& row : table_between(talosctl_page(), "<!-- verbs -->", "<!-- end verbs -->")) {
        REQUIRE(row.size() == 3);
        const auto synopsis = code_in(row[0]);
        REQUIRE(synopsis.size() == 1);
        const auto verb = synopsis[0].substr(0, synopsis[0].find(' '));
        const auto options = options_in(row[1]);
        described[verb].insert(options.begin(), options.end());
    }
    Names found;
    for (const auto& [verb, options] : described) {
        CAPTURE(verb);
        found.insert(verb);
        CHECK(options == options_of({verb.c_str()}));
    }
    CHECK(found == verbs());
}

TEST_CASE("manual: talosctl(1) has the global options") {
    const auto rows = table_between(talosctl_page(), "## Global options", "## Verbs");
    Names described;
    for (const auto& row : rows) {
        const auto options = options_in(row[0]);
        described.insert(options.begin(), options.end());
    }
    described.erase("-h");
    described.erase("--help");
    CHECK(described == options_of({}));
}

TEST_CASE("completion: bash offers the verbs and their long options") {
    const auto script = repository_file("config/completion/talosctl.bash");
    auto expected = verbs();
    expected.insert({"help", "version"});
    CHECK(words_of(first_match(script, "verbs=\"([^\"]*)\"")) == expected);
    for (const auto& verb : verbs()) {
        CAPTURE(verb);
        CHECK(words_of(first_match(script, "\\n +" + verb + "\\) options=\"([^\"]*)\"")) ==
              long_ones(options_of({verb.c_str()})));
    }
    auto globals = words_of(first_match(script, "globals=\"([^\"]*)\""));
    globals.erase("--help");
    CHECK(globals == options_of({}));
}

TEST_CASE("completion: zsh and fish offer the verbs and their long options") {
    const auto zsh = repository_file("config/completion/_talosctl");
    const auto fish = lines_of(repository_file("config/completion/talosctl.fish"));
    const auto fish_offers = [&](const std::string& verb, const std::string& option) {
        return std::any_of(fish.begin(), fish.end(), [&](const std::string& line) {
            const auto seen = first_match(line, "__fish_seen_subcommand_from ([^';]*)");
            return words_of(seen).contains(verb) && line.find(" -l " + option.substr(2) + " ") != std::string::npos;
        });
    };
    for (const auto& verb : verbs()) {
        CAPTURE(verb);
        CHECK(zsh.find("\n        '" + verb + ":") != zsh.find("\n        \"" + verb + ":"));
        const auto offered = options_in(first_match(zsh, "\\n +(?:[a-z]+ \\| )*" + verb + "(?: \\| [a-z]+)*\\)([^;]*);;"));
        for (const auto& option : long_ones(options_of({verb.c_str()}))) {
            CAPTURE(option);
            CHECK(offered.contains(option));
            CHECK(fish_offers(verb, option));
        }
    }
}

TEST_CASE("help: a page is found by its name, with and without its section and family") {
    for (const auto* name : {"talosd", "talosd(8)", "talosd.8", "talosctl", "talos.json", "talos.json(5)", "json", "talos-api",
                             "api", "talos-logs"}) {
        CAPTURE(name);
        const auto end = end_of({"help", name});
        CHECK(end.paged);
        CHECK(end.code == 0);
        CHECK(end.out.starts_with("NAME\n       talos"));
    }
    CHECK(find_page("talosd(8") == nullptr);
    CHECK(find_page("talos") == nullptr);
    CHECK(find_page("") == nullptr);
    CHECK(find_page(")") == nullptr);
    CHECK(end_of({"--color", "never", "help", "talosd"}).out == end_of({"help", "talosd"}).out);
}

TEST_CASE("help: a verb comes before a page of the same name") {
    CHECK_FALSE(end_of({"help", "logs"}).paged);
    CHECK(end_of({"help", "logs"}).out == end_of({"logs", "--help"}).out);
    CHECK_FALSE(end_of({"help", "config"}).paged);
}

TEST_CASE("help: pages are plain text for 80 columns") {
    CHECK(manual_pages().size() == 5);
    for (const auto& page : manual_pages()) {
        CAPTURE(page.name);
        CHECK(page.text.size() > 5000);
        for (const auto* mark : {"\n|", "\n#", "<!--", "](", "\n```"}) {
            CAPTURE(mark);
            CHECK(page.text.find(mark) == std::string_view::npos);
        }
        constexpr std::size_t example = 11;   // the columns before an example, which is not wrapped, and before a definition
        constexpr std::size_t definition = 14;
        for (const auto& line : lines_of(std::string(page.text))) {
            const auto indent = line.find_first_not_of(' ');
            const bool verbatim = indent != std::string::npos && indent >= example && indent != definition;
            const bool one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;
            CAPTURE(line);
            CHECK((line.size() <= 80 || verbatim || one_word));
        }
    }
}
