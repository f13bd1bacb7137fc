#pragma once
#include "core/result.hpp"
#include "support/catch.hpp"

/// Makes CHECK(result) and REQUIRE(result) display the failure.
template <class T>
struct Catch::StringMaker<boost::system::result<T, talos::Failure>> {
    static std::string convert(const boost::system::result<T, talos::Failure>& result) {
        return result ? "a value" : "a failure: " + result.error().message();
    }
};
