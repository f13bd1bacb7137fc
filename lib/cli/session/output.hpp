#pragma once
#include "core/result.hpp"
#include <optional>
#include <string>
#include <string_view>

namespace talos::cli {

/// Buffers output for a descriptor and writes it in one piece. A closed reader (EPIPE) is not an error: no more is written.
/// Long-running callers check `open()`. SIGPIPE must be ignored.
class Output {
public:
    explicit Output(int fd) : fd_(fd) {}

    std::string text;   ///< not yet written

    /// Writes `text`. False once the reader has closed or a write has failed.
    bool flush();
    [[nodiscard]] bool open() const { return open_; }
    /// The write failure, except EPIPE.
    [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
    bool open_ = true;
    std::optional<Failure> failure_;
};

}   // namespace talos::cli
