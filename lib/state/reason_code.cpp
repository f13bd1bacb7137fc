#include "state/reason_code.hpp"

namespace talos::state {

namespace {

namespace reasons = worker::reasons;

std::optional<ReasonCode> hook_ends(config::Hook which) {
    using config::Hook;
    switch (which) {
    case Hook::pre_start: return ReasonCode::pre_start;
    case Hook::post_start: return ReasonCode::post_start;
    case Hook::pre_stop: return ReasonCode::pre_stop;
    case Hook::post_stop: return ReasonCode::post_stop;
    case Hook::on_unhealthy: return ReasonCode::on_unhealthy;
    case Hook::on_fatal: return ReasonCode::on_fatal;
    case Hook::reload: return ReasonCode::reload;
    case Hook::none: return std::nullopt;
    }
    __builtin_unreachable();
}

struct BecauseOf {
    std::optional<ReasonCode> operator()(const reasons::RestEnds&) const { return ReasonCode::leftovers; }
    std::optional<ReasonCode> operator()(const reasons::HookEnds& why) const { return hook_ends(why.which); }
    std::optional<ReasonCode> operator()(const reasons::BecomesReady&) const { return ReasonCode::ready; }
    std::optional<ReasonCode> operator()(const reasons::NotReady&) const { return ReasonCode::not_ready; }
    std::optional<ReasonCode> operator()(const reasons::Unhealthy&) const { return ReasonCode::unhealthy; }
    std::optional<ReasonCode> operator()(const reasons::StartFailed&) const { return ReasonCode::start_failed; }
    std::optional<ReasonCode> operator()(const reasons::Limit&) const { return ReasonCode::limit; }
    std::optional<ReasonCode> operator()(const reasons::FatalExit&) const { return ReasonCode::fatal_exit; }
};

}   // namespace

std::optional<ReasonCode> reason_code_of(const worker::Reason& reason) {
    const auto* what = reason.what();
    return what != nullptr ? std::visit(BecauseOf{}, *what) : std::nullopt;
}

}   // namespace talos::state
