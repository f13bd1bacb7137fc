#pragma once
#include "config/model/model.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>
#include <unordered_map>

/// Old and new values of the keys in a reload plan. Pure.
namespace talos::api {

/// Adds `before` and `after` to each {"key", "effect"}: JSON values as `talosctl config` shows them, with secrets masked; absent
/// where the key is not set. If only masked values differ, both look the same. For `env` only names are added: `added`, `removed`
/// and `changed`.
class PlanValues {
public:
    /// Both configs must outlive this object.
    PlanValues(const config::Config& running, const config::Config& wanted);
    /// Adds nothing for a worker that is not in both configs.
    void add_to(boost::json::array& keys, std::string_view worker) const;

private:
    std::unordered_map<std::string_view, const config::WorkerSpec*> running_;
    std::unordered_map<std::string_view, const config::WorkerSpec*> wanted_;
};

/// The same for talosd's own keys.
void add_values(boost::json::array& keys, const config::Config& running, const config::Config& wanted);

}   // namespace talos::api
