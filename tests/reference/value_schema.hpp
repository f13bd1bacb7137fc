#pragma once
#include "config/keys/codec.hpp"
#include <boost/json/object.hpp>

namespace talos::reference {

/// The keywords of JSON Schema for the values of a codec; none for a monostate. Throws std::logic_error for a range that no pattern is
/// known for.
[[nodiscard]] boost::json::object value_schema(const config::Codec& codec);

}   // namespace talos::reference
