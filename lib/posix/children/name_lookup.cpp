#include "posix/children/name_lookup.hpp"

#include "core/text.hpp"
#include "posix/children/short_child.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace talos::posix {

namespace {

constexpr std::chrono::minutes longest_life{10};
constexpr std::size_t most_addresses = 16;
constexpr std::size_t longest_text = 2048;   // below PIPE_BUF, so that the child's write is atomic
constexpr char failed = '!';                 // prefix of an error message

/// The numeric text of an address; empty for another address family. It includes the scope: `fe80::1%eth0`.
std::string numeric_text(const addrinfo& found) {
    std::array<char, NI_MAXHOST> text{};
    if (found.ai_family != AF_INET && found.ai_family != AF_INET6) return {};
    const int error = ::getnameinfo(found.ai_addr, found.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    return error == 0 ? std::string(text.data()) : std::string();
}

std::string words_of(int error) { return error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error); }

/// Runs in the child. Returns one line for each address, or an error.
std::string look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (error != 0) return failed + words_of(error) + '\n';
    std::string text;
    std::size_t count = 0;
    for (const auto* one = found; one != nullptr && count < most_addresses; one = one->ai_next) {
        const auto address = numeric_text(*one);
        if (address.empty()) continue;
        text += address + '\n';
        ++count;
    }
    ::freeaddrinfo(found);
    return text.empty() ? failed + std::string("it has no address") + '\n' : text;
}

void write_once(int pipe, std::string_view text) {
    text = text.substr(0, longest_text);
    while (::write(pipe, text.data(), text.size()) < 0 && errno == EINTR) {}
}

}   // namespace

Result<NameLookup> NameLookup::start(const std::string& host) {
    auto pipe = make_pipe();
    if (!pipe) return pipe.error();
    const int write = pipe->write.get();
    auto child = start_short_child(
        {write}, longest_life, [&] { write_once(write, look_up(host)); }, "looks up a host name");
    if (!child) return child.error();
    auto pidfd = pidfd_open(*child);
    return NameLookup(*child, pidfd ? std::move(*pidfd) : UniqueFd{}, std::move(pipe->read));
}

bool NameLookup::take() {
    std::array<char, longest_text> block;
    for (;;) {
        const ssize_t got = ::read(pipe_.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return true;
        if (got <= 0 || text_.size() > longest_text) return false;
        text_.append(block.data(), static_cast<std::size_t>(got));
    }
}

Result<std::vector<std::string>> NameLookup::answer() const {
    std::string_view rest = text_;
    if (rest.empty() || rest.back() != '\n') return refused("the lookup process ended without a result");
    if (rest.front() == failed) return refused(valid_utf8(rest.substr(1, rest.size() - 2)));
    std::vector<std::string> addresses;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        if (std::string address(rest.substr(0, end)); std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(std::move(address));
        rest.remove_prefix(end + 1);
    }
    return addresses;
}

void NameLookup::kill() const {
    if (pidfd_) (void)send_signal(pidfd_, SIGKILL);   // otherwise the child ends at its own time limit
}

}   // namespace talos::posix
