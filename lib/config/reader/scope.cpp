#include "config/reader/scope.hpp"

#include "config/document/expand.hpp"
#include "config/document/quotes.hpp"
#include "config/model/instances.hpp"

#include <algorithm>
#include <array>

namespace talos::config {

std::string Scope::fill(const Node& node, const std::string& text) const {
    if (text.find("${") == std::string::npos) return text;
    auto expanded = expand(text, [this](std::string_view name) { return value(name); });
    const auto for_shell = [](const std::string& what) { return "; where a shell is to see it, write $" + what; };
    if (!expanded.malformed.empty()) {
        reader_.findings().add(node.offset,
                               "expected ${NAME} or ${NAME:-default}, found " + in_quotes(expanded.malformed) + for_shell("${"));
        return text;
    }
    if (expanded.unset.empty()) return std::move(expanded.text);
    const auto reference = "${" + expanded.unset + "}";
    const std::string reason = is_of_user(expanded.unset)
                                   ? " is the one of \"user\", which is known only when the worker starts"
                                   : " is not set, and has no default as in ${" + expanded.unset + ":-default}";
    reader_.findings().add(node.offset, "the variable " + in_quotes(expanded.unset) + reason + for_shell(reference));
    return text;
}

std::string Scope::fill_path(const Node& node, const std::string& path) const {
    auto filled = fill(node, path);
    if (!path.starts_with('~')) reader_.check_tilde(node, filled);   // else reported already
    if (filled.empty()) reader_.findings().add(node.offset, "the path is empty once its variables are filled in");
    return filled;
}

std::vector<std::string> Scope::meant(const std::string& text) const {
    if (!instances_ || !names_index(text)) return {text};
    std::vector<std::string> texts;
    for (const auto index : sample_indices(*instances_)) texts.push_back(with_index(text, index));
    return texts;
}

std::string Scope::hint(const std::string& text, const std::string& meant) const {
    if (meant != text) return "which is " + in_quotes(meant) + " for one of the instances";
    return names_index(text) ? "\"{index}\" is filled in only where \"instances\" is given" : "";
}

std::optional<std::string> Scope::value(std::string_view name) const {
    if (getenv_ == nullptr) return "x";
    if (name == "TALOS_WORKER") return worker_;
    if (name == "TALOS_RUN") return std::nullopt;   // what talosd may have been given is not what the worker gets
    if (variables_ != nullptr) {
        const auto own =
            std::find_if(variables_->begin(), variables_->end(), [&](const auto& variable) { return variable.first == name; });
        if (own != variables_->end()) return own->second;
    }
    if (is_of_user(name)) return std::nullopt;
    return (*getenv_)(std::string(name).c_str());
}

bool Scope::is_of_user(std::string_view name) const {
    static constexpr std::array<std::string_view, 4> names{"HOME", "USER", "LOGNAME", "SHELL"};
    return user_ == User::another && std::find(names.begin(), names.end(), name) != names.end();
}

}   // namespace talos::config
