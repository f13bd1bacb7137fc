#include "core/boxed.hpp"
#include "support/catch.hpp"
#include <string>
#include <utility>

using talos::Boxed;

TEST_CASE("boxed: nothing until it is made, then a value that copies and compares as one") {
    Boxed<std::string> a;
    CHECK(a.get() == nullptr);
    CHECK(a == Boxed<std::string>());
    a.make() = "text";
    CHECK(*a.get() == "text");
    CHECK_FALSE(a == Boxed<std::string>());
    auto b = a;
    CHECK(b == a);
    b.make() += "s";
    CHECK_FALSE(b == a);
    CHECK(*a.get() == "text");
    a = b;
    CHECK(a == b);
    const auto c = std::move(b);
    CHECK(c == a);
    a = Boxed<std::string>();
    CHECK(a.get() == nullptr);
}
