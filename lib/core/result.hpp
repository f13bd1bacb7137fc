#pragma once
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>

namespace talos {

/// An expected failure: what was being done to which operand, and the system's or our code for it.
struct Failure {
    boost::system::error_code code;
    std::string what;   ///< call and operand, e.g. `open /srv/talos.json`; no trailing reason

    /// `open /srv/talos.json: No such file or directory`; only `what` when the code says nothing.
    [[nodiscard]] std::string message() const { return code.failed() ? what + ": " + code.message() : what; }
    /// The errno behind the code, 0 when it is none.
    [[nodiscard]] int errno_value() const {
        return code.category() == boost::system::system_category() || code.category() == boost::system::generic_category()
                   ? code.value()
                   : 0;
    }
};

/// `value()` on a failure is a bug of the caller; it throws instead of going on.
[[noreturn]] inline void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
    throw std::logic_error("unchecked failure: " + failure.message());
}

template <class T = void>
using Result = boost::system::result<T, Failure>;

[[nodiscard]] inline Failure failure_of(int error, std::string what) {
    return Failure{boost::system::error_code(error, boost::system::system_category()), std::move(what)};
}

/// The failure that errno stands for. Call it before anything else can change errno: build `what` from values.
[[nodiscard]] inline Failure last_error(std::string what) {
    const int error = errno;
    return failure_of(error, std::move(what));
}

/// A failure that no errno describes; `what` is the whole sentence.
[[nodiscard]] inline Failure refused(std::string what) { return Failure{{}, std::move(what)}; }

}   // namespace talos
