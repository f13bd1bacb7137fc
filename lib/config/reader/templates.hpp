#pragma once
#include "config/reader/reader.hpp"
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace talos::config {

/// The `templates` that workers and other templates name with `extends`. The nodes that are given in must live longer.
class Templates {
public:
    static constexpr std::size_t deepest = 32;   ///< templates that extend each other in a row

    explicit Templates(Reader& reader) : reader_(reader) {}

    /// A member of `templates`.
    void add(const Member& member);

    /// What the named templates say, the later ones over the earlier ones, each over those that it extends itself. `extends` is a
    /// name or an array of them.
    [[nodiscard]] Node::Object said_by(const Node& extends);

    /// Findings about all of them, also those that nobody extends.
    void check();

private:
    struct Template {
        const Member* member = nullptr;
        enum class State : std::uint8_t { untouched, open, done } state = State::untouched;
        std::size_t depth = 1;   // with what it extends, once that is done
        Node::Object said;
    };

    [[nodiscard]] std::vector<const Node*> names_in(const Node& extends);
    Template* find(const Node& name);
    [[nodiscard]] bool resolve(Template& wanted, const Node& name);
    void work_out(Template& wanted);
    [[nodiscard]] std::string chain_to(const Template& again) const;

    Reader& reader_;
    std::unordered_map<std::string_view, Template> templates_;
    std::vector<std::string_view> names_;   // in the order in which they were added
    std::vector<Template*> path_;           // those that are open
};

}   // namespace talos::config
