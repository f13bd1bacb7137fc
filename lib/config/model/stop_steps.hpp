#pragma once
#include "core/boxed.hpp"
#include "core/time.hpp"
#include <algorithm>
#include <csignal>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

namespace talos::config {

struct StopStep {
    int signal = SIGTERM;
    Millis wait{30'000};
    friend bool operator==(const StopStep&, const StopStep&) = default;
};

/// The steps of a stop plan. The default, one of them, is what most workers have and takes no memory of its own.
class StopSteps {
public:
    StopSteps() = default;
    StopSteps(std::initializer_list<StopStep> steps) { own_.make() = steps; }

    [[nodiscard]] const StopStep* data() const { return own_.get() != nullptr ? own_.get()->data() : &default_step; }
    [[nodiscard]] std::size_t size() const { return own_.get() != nullptr ? own_.get()->size() : 1; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] const StopStep& operator[](std::size_t step) const { return data()[step]; }
    [[nodiscard]] const StopStep* begin() const { return data(); }
    [[nodiscard]] const StopStep* end() const { return data() + size(); }

    void clear() { own_.make().clear(); }
    void push_back(const StopStep& step) { own().push_back(step); }
    void resize(std::size_t size) { own().resize(size); }

    friend bool operator==(const StopSteps& a, const StopSteps& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }
    friend bool operator==(const StopSteps& a, std::span<const StopStep> b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

private:
    static constexpr StopStep default_step{};
    std::vector<StopStep>& own() {
        if (own_.get() == nullptr) own_.make().push_back(default_step);
        return own_.make();
    }

    Boxed<std::vector<StopStep>> own_;   // other than the default
};

}   // namespace talos::config
