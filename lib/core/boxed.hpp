#pragma once
#include <memory>

namespace talos {

/// An optional value that is rarely present. An absent one takes the space of one pointer. Copies and comparisons are those of
/// the value.
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
    /// Returns the value. Creates it with its default constructor if it is absent.
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
