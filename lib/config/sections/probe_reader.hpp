#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include <functional>
#include <vector>

namespace talos::config {

class Scope;

/// The keys of a probe, for the object that they stand in beside others: `tcp`, `http`, `exec`, `status` and `headers`. `asked` is called
/// for each question among them. All that is given must outlive the fields.
[[nodiscard]] std::vector<Field> probe_fields(Reader& reader, const Scope& scope, ProbeSpec& probe, std::function<void()> asked);

/// Findings about keys of a question that is not asked; `probe` is nullptr when it is none of a probe's.
void check_probe_keys(Reader& reader, const Node::Object& members, const ProbeSpec* probe);

/// A finding when the key stands there and does not fit; `which` are the questions that it is for.
void check_only_for(Reader& reader, const Node::Object& members, std::string_view key, bool fits, std::string_view which);

/// A key that is only there to be asked.
void read_true(Reader& reader, const Node& node);

}   // namespace talos::config
