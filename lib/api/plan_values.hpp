#pragma once
#include "config/model/model.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>
#include <unordered_map>

/// What a plan's keys are and would be. Pure.
namespace talos::api {

/// Adds `before` and `after` to each {"key", "effect"}: JSON values as `talosctl config` shows them, secrets masked; absent where the key is
/// not set. Where only masked values differ, both are alike. Of `env` come the names alone: `added`, `removed` and `changed`.
class PlanValues {
public:
    /// Both outlive this.
    PlanValues(const config::Config& running, const config::Config& wanted);
    /// Nothing is added for a worker that is not in both.
    void add_to(boost::json::array& keys, std::string_view worker) const;

private:
    std::unordered_map<std::string_view, const config::WorkerSpec*> running_;
    std::unordered_map<std::string_view, const config::WorkerSpec*> wanted_;
};

/// The same for talosd's own keys.
void add_values(boost::json::array& keys, const config::Config& running, const config::Config& wanted);

}   // namespace talos::api
