#pragma once
#include "running_server.hpp"
#include "support/skip.hpp"
#include <csignal>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

/// Requests of another user than the server's.
namespace talos::http::test {

inline constexpr uid_t stranger = 65534;

/// curl as another user. Its child allocates nothing before its exec: the server's thread may hold the allocator's lock.
class StrangersCurl {
public:
    StrangersCurl(const std::string& path, const std::string& request) {
        const auto space = request.find(' ');
        const std::string method = request.substr(0, space);
        const std::string url = "http://talos" + request.substr(space + 1);
        const char* const argv[] = {"curl", "-siN",         "--raw",     "--unix-socket", path.c_str(),
                                    "-X",   method.c_str(), url.c_str(), nullptr};
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        child_ = ::fork();
        if (child_ == 0) {
            if (::dup2(ends[1], STDOUT_FILENO) < 0 || ::setgid(stranger) != 0 || ::setuid(stranger) != 0) ::_exit(1);
            ::execvp(argv[0], const_cast<char**>(argv));
            ::_exit(127);
        }
        ::close(ends[1]);
        output_ = ends[0];
    }
    StrangersCurl(const StrangersCurl&) = delete;
    StrangersCurl& operator=(const StrangersCurl&) = delete;
    ~StrangersCurl() {
        ::close(output_);
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }

    /// Reads until it has written that; false when it ended before.
    bool shows(const std::string& part) {
        while (!contains(text_, part))
            if (!read()) return false;
        return true;
    }
    /// Everything it wrote, once the server is done with it.
    std::string rest() {
        while (read()) {}
        int status = 0;
        ::waitpid(std::exchange(child_, -1), &status, 0);
        REQUIRE(status == 0);
        return text_;
    }

private:
    bool read() {
        char block[4096];
        const ssize_t got = ::read(output_, block, sizeof block);
        if (got > 0) text_.append(block, static_cast<std::size_t>(got));
        return got > 0;
    }
    pid_t child_ = -1;
    int output_ = -1;
    std::string text_;
};

inline std::vector<Reply> as_stranger(const std::string& path, const std::vector<std::string>& requests) {
    std::vector<Reply> replies;
    for (const auto& request : requests) {
        const auto whole = StrangersCurl(path, request).rest();
        const auto body = whole.find("\r\n\r\n") + 4;
        Reply reply;
        reply.head = whole.substr(0, body);
        reply.body = whole.substr(body);
        reply.status = std::atoi(whole.c_str() + 9);
        replies.push_back(std::move(reply));
    }
    return replies;
}

inline bool can_be_somebody_else() { return ::geteuid() == 0; }

inline void let(RunningServer& server, std::vector<config::AccessRule> rules) {
    const auto access = Access::resolve(rules);
    REQUIRE(access);
    server.on_loop([&](FakeService&, Server& its) { its.set_access(*access); });
}

inline config::AccessRule rule(config::AccessRule::May may, const std::string& workers) {
    config::AccessRule made;
    made.user = std::to_string(stranger);
    made.may = may;
    made.workers = workers;
    return made;
}

}   // namespace talos::http::test
