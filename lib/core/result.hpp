#pragma once
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>

namespace talos {

/// An expected failure: the call and its operand, and an error code of the system or of Talos.
struct Failure {
    boost::system::error_code code;
    std::string what;   ///< call and operand, e.g. `open /srv/talos.json`, without the reason

    /// `open /srv/talos.json: No such file or directory`; `what` alone if there is no error code.
    [[nodiscard]] std::string message() const { return code.failed() ? what + ": " + code.message() : what; }
    /// The errno value of the code, or 0 if the code is not an errno.
    [[nodiscard]] int errno_value() const {
        return code.category() == boost::system::system_category() || code.category() == boost::system::generic_category()
                   ? code.value()
                   : 0;
    }
};

/// Calling `value()` on a failure is a bug in the caller. This function makes it throw.
[[noreturn]] inline void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
    throw std::logic_error("unchecked failure: " + failure.message());
}

template <class T = void>
using Result = boost::system::result<T, Failure>;

[[nodiscard]] inline Failure failure_of(int error, std::string what) {
    return Failure{boost::system::error_code(error, boost::system::system_category()), std::move(what)};
}

/// The failure for the current errno. `what` must be built without calls that can change errno.
[[nodiscard]] inline Failure last_error(std::string what) {
    const int error = errno;
    return failure_of(error, std::move(what));
}

/// A failure without an errno. `what` is the complete message.
[[nodiscard]] inline Failure refused(std::string what) { return Failure{{}, std::move(what)}; }

}   // namespace talos
