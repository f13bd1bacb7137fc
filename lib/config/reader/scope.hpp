#pragma once
#include "config/document/locate.hpp"
#include "config/reader/reader.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace talos::config {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// The variables that the keys of one worker may refer to with `${NAME}`: `TALOS_WORKER`, the worker's own, talosd's.
class Scope {
public:
    enum class User : std::uint8_t { talosd, another };   ///< another's HOME and the like are known only when the worker starts

    Scope(Reader& reader, std::string worker, const Getenv& getenv, User user)
        : reader_(reader), getenv_(&getenv), worker_(std::move(worker)), user_(user) {}
    /// Where no worker is made of it: only the spelling is looked at.
    explicit Scope(Reader& reader) : reader_(reader) {}

    /// What is read is the pattern of so many instances.
    void stand_for(std::uint32_t instances) { instances_ = instances; }

    /// The worker's own; they must live longer than this.
    void see(const Variables& variables) { variables_ = &variables; }

    /// The text of the node, or a part of it, with its variables filled in; with a finding as it is.
    [[nodiscard]] std::string fill(const Node& node, const std::string& text) const;

    /// The same for a path, which must not be empty then.
    [[nodiscard]] std::string fill_path(const Node& node, const std::string& path) const;

    /// What the text is when the worker starts: of instances the first one's and the last one's, which stand for all.
    [[nodiscard]] std::vector<std::string> meant(const std::string& text) const;
    /// What to say besides when one of these is wrong.
    [[nodiscard]] std::string hint(const std::string& text, const std::string& meant) const;

private:
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    [[nodiscard]] bool is_of_user(std::string_view name) const;

    Reader& reader_;
    const Getenv* getenv_ = nullptr;
    const Variables* variables_ = nullptr;
    std::string worker_;
    User user_ = User::talosd;
    std::optional<std::uint32_t> instances_;
};

}   // namespace talos::config
