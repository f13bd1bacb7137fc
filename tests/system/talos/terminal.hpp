#pragma once
#include "posix/rights/unique_fd.hpp"
#include <string>

namespace talos::test {

/// A pseudo terminal, seen from the person in front of it.
class Terminal {
public:
    static constexpr unsigned short columns = 200;

    Terminal();
    /// The name of the other side, for Command::terminal.
    [[nodiscard]] const std::string& name() const { return name_; }
    void type(const std::string& keys) const;
    /// Reads until `text` stands in what was shown since the last `forget()`; false when it does not come.
    [[nodiscard]] bool shows(const std::string& text);
    /// Everything shown so far, read without waiting.
    [[nodiscard]] const std::string& screen();
    void forget() { shown_.clear(); }
    /// The window is closed: SIGHUP to whoever's terminal it is.
    void close() { master_.reset(); }

private:
    void read_some(int wait_ms);
    posix::UniqueFd master_;
    std::string name_;
    std::string shown_;
};

inline const std::string ctrl_c = "\x03";
inline const std::string ctrl_s = "\x13";

}   // namespace talos::test
