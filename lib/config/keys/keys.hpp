#pragma once
#include "config/keys/codec.hpp"
#include "config/keys/key_change.hpp"
#include "config/keys/show_writer.hpp"
#include "config/keys/values.hpp"
#include "config/model/model.hpp"
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// A section of the config is a table with one row for each of its keys. Reading, showing and comparing a section, and taking over what is
/// live, are loops over that table. What the keys mean to a user is in tests/reference/, which no program needs.
namespace talos::config {

class Scope;
struct ReadWorker;
struct Parts;

/// What a key may need while it is read.
struct Reading {
    Reader& reader;
    const Scope* scope = nullptr;   ///< for keys of workers
    ReadWorker* worker = nullptr;   ///< likewise
    Parts* parts = nullptr;         ///< for keys of the top level
};

/// What a key may need while it is shown.
struct Showing {
    ShowWriter& writer;
    Values values = Values::shown;
    std::string_view worker{};      ///< whose keys they are, as texts name it
    const Group* group = nullptr;   ///< what the worker is the pattern of
};

/// Collects the keys of one section that have changed.
struct Changes {
    std::vector<KeyChange>& keys;
    std::string prefix;   ///< `restart.`; empty for the section itself

    void note(std::string_view key, bool same, Effect effect) const {
        if (!same) keys.push_back({prefix + std::string(key), effect});
    }
};

/// What a section must be for the key to count: else it is not shown.
template <class Section>
struct Only {
    bool (*holds)(const Section&) = nullptr;
    std::string_view which{};   ///< for the finding of check_only: `"tcp", "http" and "exec"`; empty: none
};

/// The functions of a key that no codec fits. Without `show` the key is never shown; without `same` and `compare` it never changes
/// by itself; without `take` a change waits for the next start.
template <class Section>
struct Special {
    void (*read)(const Reading&, const Node&, Section&) = nullptr;
    void (*show)(const Showing&, std::string_view key, const Section&) = nullptr;
    bool (*same)(const Section&, const Section&) = nullptr;
    void (*compare)(const Section&, const Section&,
                    const Changes&) = nullptr;   ///< where a change has keys or effects of its own
    void (*take)(Section&, const Section& wanted) = nullptr;
};

/// One row.
template <class Section>
struct Key {
    std::string_view name;
    Effect effect = Effect::live;
    Codec codec;
    const void* (*member)(const Section&) = nullptr;   ///< for the codec
    const Special<Section>* special = nullptr;         ///< in place of a codec
    const Only<Section>* only = nullptr;

    [[nodiscard]] constexpr Key where(const Only<Section>& condition) const {
        Key row = *this;
        row.only = &condition;
        return row;
    }
};

template <class Section>
using Keys = std::span<const Key<Section>>;

namespace detail {

template <class Member>
struct MemberOf;
template <class S, class V>
struct MemberOf<V S::*> {
    using Section = S;
    using Value = V;
};

template <auto Member>
const void* place(const typename MemberOf<decltype(Member)>::Section& section) {
    return &(section.*Member);
}

template <auto Part, auto Member>
const void* place_in(const typename MemberOf<decltype(Part)>::Section& section) {
    return &(section.*Part.*Member);
}

template <class Section>
bool read_key(const Reading& reading, const Member& member, Keys<Section> keys, Section& section) {
    for (const auto& key : keys) {
        if (key.name != member.key) continue;
        if (key.special == nullptr) read_value(key.codec, reading.reader, member.value, const_cast<void*>(key.member(section)));
        else if (key.special->read != nullptr) key.special->read(reading, member.value, section);
        return true;
    }
    return false;
}

}   // namespace detail

/// A row for the member, whose type must be the codec's.
template <auto Member, class OneCodec>
constexpr auto key(std::string_view name, OneCodec codec, Effect effect = Effect::live) {
    using Of = detail::MemberOf<decltype(Member)>;
    static_assert(std::is_same_v<typename OneCodec::Value, typename Of::Value>, "this codec is not for members of that type");
    using Stored = std::conditional_t<std::is_convertible_v<OneCodec, codec::Words>, codec::Words, OneCodec>;
    return Key<typename Of::Section>{name, effect, Codec(Stored(codec)), detail::place<Member>, nullptr, nullptr};
}

/// A row for a member of a member.
template <auto Part, auto Member, class OneCodec>
constexpr auto key_in(std::string_view name, OneCodec codec, Effect effect = Effect::live) {
    using Of = detail::MemberOf<decltype(Part)>;
    static_assert(std::is_same_v<typename OneCodec::Value, typename detail::MemberOf<decltype(Member)>::Value>,
                  "this codec is not for members of that type");
    return Key<typename Of::Section>{name, effect, Codec(codec), detail::place_in<Part, Member>, nullptr, nullptr};
}

template <class Section>
constexpr Key<Section> special_key(std::string_view name, const Special<Section>& special, Effect effect = Effect::live) {
    return {name, effect, {}, nullptr, &special, nullptr};
}

template <class Section>
[[nodiscard]] bool has_key(Keys<Section> keys, std::string_view name) {
    for (const auto& key : keys)
        if (key.name == name) return true;
    return false;
}

/// A table and the section that its keys are read into.
template <class Section>
struct Part {
    Keys<Section> keys;
    Section& section;
};
template <class Table, class Section>
Part(Table, Section&) -> Part<Section>;

/// Reads an object whose keys are those of the parts; an unknown key is a finding. `hint`: see Reader::unknown_key. nullptr when the node
/// is no object.
template <class... Sections>
const Node::Object* read_section(const Reading& reading, const Node& node, const Reader::Hint& hint,
                                 const Part<Sections>&... parts) {
    const auto* members = reading.reader.object(node);
    if (members == nullptr) return nullptr;
    for (const auto& member : *members) {
        if ((detail::read_key(reading, member, parts.keys, parts.section) || ...)) continue;
        std::vector<std::string_view> known;
        const auto add = [&](const auto& keys) {
            for (const auto& key : keys) known.push_back(key.name);
        };
        (add(parts.keys), ...);
        reading.reader.unknown_key(member, known, hint);
    }
    return members;
}

template <class Section>
const Node::Object* read_section(const Reading& reading, const Node& node, Keys<Section> keys, Section& section) {
    return read_section(reading, node, {}, Part<Section>{keys, section});
}

/// Findings about keys that stand there although the section is not what they are for.
template <class Section>
void check_only(Reader& reader, const Node::Object& members, Keys<Section> keys, const Section& section) {
    for (const auto& key : keys) {
        if (key.only == nullptr || key.only->which.empty() || key.only->holds(section)) continue;
        if (const auto* member = find_member(members, key.name))
            reader.findings().add(member->offset, "is only for " + std::string(key.only->which));
    }
}

template <class Section>
void show_section(const Showing& showing, Keys<Section> keys, const Section& section) {
    for (const auto& key : keys) {
        if (key.only != nullptr && !key.only->holds(section)) continue;
        if (key.special == nullptr) {
            const auto json = show_value(key.codec, key.member(section));
            if (!json.empty()) showing.writer.put(key.name, json);
        } else if (key.special->show != nullptr) {
            key.special->show(showing, key.name, section);
        }
    }
}

/// As an object of that key.
template <class Section>
void show_object(const Showing& showing, std::string_view name, Keys<Section> keys, const Section& section) {
    showing.writer.open(name, '{');
    show_section(showing, keys, section);
    showing.writer.close('}');
}

/// The same in one line.
template <class Section>
void show_line(const Showing& showing, std::string_view name, Keys<Section> keys, const Section& section) {
    showing.writer.open_line(name);
    show_section(showing, keys, section);
    showing.writer.close_line();
}

template <class Section>
void compare_section(Keys<Section> keys, const Section& a, const Section& b, const Changes& changes) {
    for (const auto& key : keys) {
        const auto* special = key.special;
        if (special == nullptr) changes.note(key.name, same_value(key.codec, key.member(a), key.member(b)), key.effect);
        else if (special->compare != nullptr) special->compare(a, b, changes);
        else if (special->same != nullptr) changes.note(key.name, special->same(a, b), key.effect);
    }
}

/// Makes the live keys of `section` those of `wanted`.
template <class Section>
void take_live_keys(Keys<Section> keys, Section& section, const Section& wanted) {
    for (const auto& key : keys) {
        if (key.special != nullptr) {
            if (key.special->take != nullptr) key.special->take(section, wanted);
        } else if (key.effect == Effect::live) {
            take_value(key.codec, const_cast<void*>(key.member(section)), key.member(wanted));
        }
    }
}

}   // namespace talos::config
