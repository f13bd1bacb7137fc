#pragma once
#include <memory>

namespace talos {

/// A value that is seldom there: absent it costs a pointer. Copied and compared as the value.
template <class Value>
class Boxed {
public:
    Boxed() = default;
    Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<Value>(*other.value_) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(const Boxed& other) { return *this = Boxed(other); }
    Boxed& operator=(Boxed&&) noexcept = default;
    ~Boxed() = default;

    [[nodiscard]] const Value* get() const { return value_.get(); }
    /// The value; one made by default if there was none.
    [[nodiscard]] Value& make() {
        if (!value_) value_ = std::make_unique<Value>();
        return *value_;
    }
    friend bool operator==(const Boxed& a, const Boxed& b) {
        return a.value_ && b.value_ ? *a.value_ == *b.value_ : !a.value_ && !b.value_;
    }

private:
    std::unique_ptr<Value> value_;
};

}   // namespace talos
