#include "posix/processes/marks.hpp"
#include "support/catch.hpp"

using namespace talos::posix;

namespace {
const std::string secret = "000102030405060708090a0b0c0d0e0f";
const std::string other_secret = "100102030405060708090a0b0c0d0e0f";
}   // namespace

TEST_CASE("marks: a worker's mark is verified with the secret, and says which run") {
    const auto mark = make_mark(secret, "web", 17);
    CHECK(mark.starts_with("17-"));
    CHECK(mark.size() == 3 + 32);
    CHECK(number_of_mark(secret, "web", mark) == 17u);
}

TEST_CASE("marks: another worker's, another run's and another talosd's are not the same") {
    const auto mark = make_mark(secret, "web", 17);
    CHECK_FALSE(number_of_mark(secret, "db", mark));
    CHECK_FALSE(number_of_mark(other_secret, "web", mark));
    CHECK_FALSE(number_of_mark(secret, "web", "18" + mark.substr(2)));
    CHECK_FALSE(number_of_mark(secret, "web\n17", mark));
    CHECK(make_mark(secret, "web", 18).substr(3) != mark.substr(3));
}

TEST_CASE("marks: whatever else stands in the variable is none") {
    const auto mark = make_mark(secret, "web", 1);
    for (const std::string& text :
         {std::string(), std::string("1"), std::string("1-"), std::string("-1-00"), " " + mark, mark + " ", "0" + mark, secret,
          std::string("99999999999999999999999-00"), std::string(100'000, '1')}) {
        CHECK_FALSE(number_of_mark(secret, "web", text));
    }
}

TEST_CASE("marks: a secret that is none of ours makes no marks") {
    for (const std::string& odd : {std::string(), std::string("9f0c"), std::string(32, 'g'), secret + "00"}) {
        CHECK(make_mark(odd, "web", 1).empty());
        CHECK_FALSE(number_of_mark(odd, "web", "1-"));
    }
}
