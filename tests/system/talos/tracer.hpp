#pragma once
#include <sys/types.h>

namespace talos::test {

/// Traces a process from a process of its own, until let_go(); what ends meanwhile stays a zombie of its tracer, which its parent cannot
/// reap.
class Tracer {
public:
    enum class Holds {
        now,         ///< it is stopped
        before_end   ///< it runs until SIGKILL, and then keeps all that it has and does not end
    };
    explicit Tracer(pid_t traced, Holds when = Holds::now);
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() { let_go(); }
    /// False, with a warning, where processes cannot be traced.
    [[nodiscard]] bool holds() const { return holds_; }
    void let_go();

private:
    pid_t pid_;
    bool holds_ = false;
};

}   // namespace talos::test
