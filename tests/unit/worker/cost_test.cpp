#include "support/a_worker.hpp"
#include "support/catch.hpp"
#include <cstdlib>
#include <new>

// With thousands of workers the decisions must cost next to nothing. Allocations are counted for the whole test program.

namespace {

std::size_t allocations = 0;

}   // namespace

// Not inlined: GCC sees only half of a pair otherwise, and warns of free() for memory from `new`.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace talos;
using namespace talos::worker;

namespace {

std::size_t allocations_of(const Worker& worker, const Event& event) {
    const auto before = allocations;
    const auto transition = next(worker, event);
    return allocations - before;
}

}   // namespace

TEST_CASE("cost: a worker takes at most 256 bytes") { CHECK(sizeof(Worker) <= 256); }

TEST_CASE("cost: a transition without actions allocates nothing") {
    CHECK(allocations_of(a_worker().in(State::running), exited(t0, exit_code(0))) == 0);
    CHECK(allocations_of(a_worker().in(State::stopping), exited(t0, killed_by(SIGKILL))) == 0);
    const auto starting = a_worker().in(State::starting).with_main();
    CHECK(allocations_of(starting, timer_of(starting, t0)) == 0);
    CHECK(allocations_of(starting, TimerFired{t0, 0}) == 0);
}

TEST_CASE("cost: a transition with actions allocates for them and for nothing else") {
    const auto waiting = a_worker().in(State::backoff);
    CHECK(allocations_of(a_worker(), StartAsked{t0}) == 1);
    CHECK(allocations_of(a_worker().in(State::starting), Spawned{t0}) == 1);
    CHECK(allocations_of(a_worker().in(State::running), exited(t0, killed_by(SIGSEGV))) == 1);
    CHECK(allocations_of(a_worker().in(State::running), exited(t0 + 1h, exit_code(1))) == 1);
    CHECK(allocations_of(waiting, timer_of(waiting, t0)) == 1);
    CHECK(allocations_of(a_worker().in(State::running), StopAsked{t0}) == 1);
    CHECK(allocations_of(a_worker().in(State::running), KillAsked{t0}) == 1);
}
