#pragma once
#include "config/model/model.hpp"
#include "core/boxed.hpp"
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

/// Why a worker is where it is, as data. The words are made by Reason::text(), for documents, logs and people.
namespace talos::worker {

namespace reasons {

struct RestEnds {   ///< it waits for the rest of its last run to end
    friend bool operator==(const RestEnds&, const RestEnds&) = default;
};
struct HookEnds {   ///< it waits for that hook, or notice
    config::Hook which = config::Hook::none;
    friend bool operator==(const HookEnds&, const HookEnds&) = default;
};
struct BecomesReady {           ///< it waits to become ready
    std::string how;            ///< `ready` of its config, in words
    std::string last_failure;   ///< what its last probe has found; empty: none has failed
    friend bool operator==(const BecomesReady&, const BecomesReady&) = default;
};
struct NotReady {   ///< it did not become ready in time
    Millis within{};
    std::string how;            ///< as in BecomesReady
    std::string last_failure;   ///< as in BecomesReady
    friend bool operator==(const NotReady&, const NotReady&) = default;
};
struct Unhealthy {
    std::string found;   ///< by its `health`
    friend bool operator==(const Unhealthy&, const Unhealthy&) = default;
};
struct StartFailed {   ///< it could not be spawned, or its preStart failed
    std::string how;   ///< step, path and error
    friend bool operator==(const StartFailed&, const StartFailed&) = default;
};
struct Limit {   ///< it has failed too often
    std::uint32_t failures = 0;
    Millis window{};
    std::string last;   ///< failure, in words
    friend bool operator==(const Limit&, const Limit&) = default;
};
struct FatalExit {   ///< its config lists that end
    int code = 0;
    int signal = 0;
    friend bool operator==(const FatalExit&, const FatalExit&) = default;
};

}   // namespace reasons

class Reason {
public:
    using What = std::variant<reasons::RestEnds, reasons::HookEnds, reasons::BecomesReady, reasons::NotReady, reasons::Unhealthy,
                              reasons::StartFailed, reasons::Limit, reasons::FatalExit>;

    Reason() = default;   ///< none: the state says all
    explicit Reason(What what) { what_.make() = std::move(what); }

    [[nodiscard]] bool none() const { return what_.get() == nullptr; }
    [[nodiscard]] const What* what() const { return what_.get(); }   ///< null for none
    /// Null if it is none, or another one.
    template <class T>
    [[nodiscard]] const T* get() const {
        return what_.get() != nullptr ? std::get_if<T>(what_.get()) : nullptr;
    }
    /// `not ready within 30s (notify)`; empty for none.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Reason&, const Reason&) = default;

private:
    Boxed<What> what_;   // seldom there
};

}   // namespace talos::worker
