#include "system/talos/terminal.hpp"

#include "support/eventually.hpp"
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <unistd.h>

namespace talos::test {

Terminal::Terminal() {
    master_.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    if (!master_ || ::grantpt(master_.get()) < 0 || ::unlockpt(master_.get()) < 0) throw std::runtime_error("posix_openpt");
    std::array<char, 128> name{};
    if (::ptsname_r(master_.get(), name.data(), name.size()) != 0) throw std::runtime_error("ptsname_r");
    name_ = name.data();
    const winsize size{40, columns, 0, 0};
    ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

void Terminal::type(const std::string& keys) const {
    if (::write(master_.get(), keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
        throw std::runtime_error("write to the pty");
}

void Terminal::read_some(int wait_ms) {
    pollfd entry{master_.get(), POLLIN, 0};
    if (::poll(&entry, 1, wait_ms) <= 0) return;
    std::array<char, 65536> block;
    const ssize_t got = ::read(master_.get(), block.data(), block.size());
    if (got > 0) shown_.append(block.data(), static_cast<std::size_t>(got));
    else if (got < 0) ::poll(nullptr, 0, 5);   // nobody has the other side: EIO at once
}

bool Terminal::shows(const std::string& text) {
    const auto deadline = Clock::now() + patience;
    while (shown_.find(text) == std::string::npos) {
        if (Clock::now() >= deadline) return false;
        read_some(50);
    }
    return true;
}

const std::string& Terminal::screen() {
    std::size_t before = 0;
    do {
        before = shown_.size();
        read_some(0);
    } while (shown_.size() != before);
    return shown_;
}

}   // namespace talos::test
