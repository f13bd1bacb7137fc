#include "cli/command_line/verb_words.hpp"
#include "cli/command_line/help.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <iterator>

namespace talos::cli {

namespace {

struct Alias {
    std::string_view word;
    const char* verb;
    const char* option = nullptr;
};
constexpr Alias aliases[] = {{"ps", "status"}, {"ls", "status"}, {"tail", "logs", "-f"}, {"up", "start"}, {"down", "stop"}};

struct Meaning {
    std::string_view word;
    std::string_view command;
};
/// Verbs of other supervisors, and synonyms.
constexpr Meaning meanings[] = {
    {"list", "status"},
    {"show", "status"},
    {"state", "status"},
    {"info", "status"},
    {"stat", "status"},
    {"top", "status --wide -w"},
    {"watch", "status -w"},
    {"stats", "status --wide"},
    {"tree", "status --tree"},
    {"is-active", "status W"},
    {"kill", "stop W\" or \"signal KILL W"},
    {"send", "signal SIGNAL W"},
    {"hup", "signal HUP W"},
    {"term", "stop W"},
    {"log", "logs"},
    {"cat", "logs"},
    {"journal", "logs"},
    {"output", "logs"},
    {"follow", "logs -f"},
    {"describe", "why W"},
    {"explain", "why W"},
    {"inspect", "why W"},
    {"diagnose", "why W"},
    {"reason", "why W"},
    {"update", "reload"},
    {"reread", "reload"},
    {"apply", "reload"},
    {"refresh", "reload"},
    {"daemon-reload", "reload"},
    {"plan", "diff"},
    {"changes", "diff"},
    {"history", "events"},
    {"audit", "events"},
    {"run", "start"},
    {"launch", "start"},
    {"begin", "start"},
    {"boot", "start"},
    {"startup", "start"},
    {"shutdown", "stop"},
    {"halt", "stop"},
    {"quit", "stop"},
    {"exit", "stop"},
    {"end", "stop"},
    {"terminate", "stop"},
    {"bounce", "restart"},
    {"reboot", "restart"},
    {"cycle", "restart"},
    {"check", "config --validate"},
    {"validate", "config --validate"},
    {"test", "config --validate"},
    {"graph", "config --graph"},
    {"suspend", "pause W"},
    {"freeze", "pause W"},
    {"unpause", "resume W"},
    {"unfreeze", "resume W"},
    {"thaw", "resume W"},
    {"continue", "resume W"},
    {"cont", "resume W"},
    {"mask", "disable W"},
    {"unmask", "enable W"},
    {"logrotate", "rotate"},
    {"reset-failed", "reset W"},
    {"clear", "reset W"},
    {"await", "wait W"},
    {"instances", "scale W=N"},
    {"replicas", "scale W=N"},
};

/// Verbs of other supervisors that add or remove workers, which here requires a config change.
constexpr std::string_view config_words[] = {"add", "remove", "rm", "delete", "del", "create", "new", "edit", "set"};

bool takes_value(std::string_view option) {
    return option == "--config" || option == "--data-dir" || option == "--trust-owner" || option == "--color";
}

}   // namespace

std::size_t find_verb(const std::vector<const char*>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (takes_value(word)) ++i;
        else if (!word.starts_with('-')) return i;
    }
    return words.size();
}

std::vector<const char*> without_aliases(std::vector<const char*> words) {
    const auto verb_index = find_verb(words);
    if (verb_index >= words.size()) return words;
    const std::string_view word = words[verb_index];
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(verb_index);
    if (word == "version") {
        *at = "--version";
    } else if (word == "help") {
        words.erase(at);
        words.push_back("--help");
        return without_aliases(std::move(words));   // of an alias
    }
    for (const auto& alias : aliases) {
        if (alias.word != word) continue;
        *at = alias.verb;
        if (alias.option != nullptr) words.insert(at + 1, alias.option);
        break;
    }
    return words;
}

namespace {

std::string meant_by(std::string_view word) {
    for (const auto& meaning : meanings)
        if (meaning.word == word) return std::string{meaning.command};
    std::vector<std::string_view> names;
    for (const auto& verb : help::verbs) names.emplace_back(verb.name);
    for (const auto& alias : aliases) names.emplace_back(alias.word);
    return std::string{nearest(word, names)};
}

}   // namespace

std::string instead_of(std::string_view word) {
    if (std::find(std::begin(config_words), std::end(config_words), word) != std::end(config_words))
        return "; to add, change or remove workers, edit the config, then run: talosctl reload";
    const auto meant = meant_by(word);
    return meant.empty() ? "; see talosctl --help" : "; did you mean \"" + meant + "\"?";
}

}   // namespace talos::cli
