#pragma once
#include "core/result.hpp"
#include <optional>
#include <string>
#include <string_view>

namespace talos::cli {

/// Collects what goes to a descriptor and writes it in one piece. A reader that went away (EPIPE) is no error: nothing more is
/// written, and whoever goes on for long asks `open()`. SIGPIPE must be ignored.
class Output {
public:
    explicit Output(int fd) : fd_(fd) {}

    std::string text;   ///< not yet written

    /// Writes `text`; false once nobody reads or writing failed.
    bool flush();
    [[nodiscard]] bool open() const { return open_; }
    /// Why writing failed, EPIPE excepted.
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
    bool open_ = true;
    std::optional<Failure> failure_;
};

}   // namespace talos::cli
