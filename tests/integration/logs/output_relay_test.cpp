#include "logs/write/output_pump.hpp"
#include "logs/write/output_relay.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace talos;
using namespace std::chrono_literals;

namespace {

bool soon(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) return condition();
        ::poll(nullptr, 0, 2);
    }
    return true;
}

bool has_ended(pid_t pid) {
    const auto stat = posix::read_stat(pid);
    return !stat || stat->state == 'Z';
}

/// Relays of this test's own user: they take no part in who that is.
struct Relayed {
    std::vector<pid_t> processes;
    std::vector<uid_t> users;
    aio::asio::io_context io{1};
    logs::OutputRelays relays{[this](pid_t pid, uid_t uid) {
        processes.push_back(pid);
        users.push_back(uid);
    }};
    std::string got;   // of all streams

    Relayed() = default;
    Relayed(const Relayed&) = delete;
    Relayed& operator=(const Relayed&) = delete;
    ~Relayed() {
        relays.end();
        for (const pid_t pid : processes) {
            ::kill(pid, SIGKILL);   // an unreaped child of this test, or none
            ::waitpid(pid, nullptr, 0);
        }
    }
    /// With the writing end as a worker has it.
    struct Piped {
        posix::UniqueFd worker;
        std::unique_ptr<logs::Flow> flow = std::make_unique<logs::Flow>(logs::Flow::on);
        std::unique_ptr<logs::OutputPump> pump;
    };
    Piped open() {
        auto pipe = relays.open(::geteuid(), ::getegid());
        REQUIRE(pipe.has_value());
        Piped piped;
        piped.worker = posix::UniqueFd{::fcntl(pipe->write.get(), F_DUPFD_CLOEXEC, 3)};
        piped.pump = std::make_unique<logs::OutputPump>(
            io.get_executor(), std::move(pipe->read),
            [this, flow = piped.flow.get()](std::string_view bytes) {
                got += bytes;
                return *flow;
            },
            logs::Flow::on, std::move(pipe->relayed));
        return piped;
    }
    void poll() {
        io.restart();
        io.poll();
    }
    bool comes(const std::function<bool()>& condition) {
        return soon([&] {
            poll();
            return condition();
        });
    }
};

void put(const posix::UniqueFd& pipe, std::string_view bytes) {
    REQUIRE(posix::write_all(pipe.get(), bytes, "pipe").has_value());
}

/// Numbered lines of different lengths.
std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i) + std::string(static_cast<std::size_t>(i * 37 % 300), '.') + '\n';
    return text;
}

/// As much of `text` as the pipe takes now.
std::size_t put_some(const posix::UniqueFd& pipe, std::string_view text) {
    const auto count = ::write(pipe.get(), text.data(), text.size());
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

}   // namespace

TEST_CASE("output relay: everything arrives in its order and the end of file ends the pump") {
    Relayed r;
    auto piped = r.open();
    REQUIRE(posix::set_nonblocking(piped.worker.get()).has_value());
    const auto text = lines(20'000);
    std::size_t done = 0;
    std::size_t step = 1;
    const bool all = r.comes([&] {
        for (int i = 0; i < 20 && done < text.size(); ++i) {
            done += put_some(piped.worker, std::string_view(text).substr(done, step));
            step = (step * 5 + 1) % 9000 + 1;
        }
        if (done == text.size()) piped.worker.reset();
        return !piped.pump->open();
    });
    CHECK(all);
    CHECK(r.got == text);
    CHECK(r.processes.size() == 1);
    CHECK(r.users == std::vector<uid_t>{::geteuid()});
}

TEST_CASE("output relay: a stream that is not read makes its writer wait and no other and loses nothing") {
    Relayed r;
    auto full = r.open();
    auto other = r.open();
    REQUIRE(posix::set_nonblocking(full.worker.get()).has_value());
    *full.flow = logs::Flow::wait;
    put(full.worker, "first ");
    REQUIRE(r.comes([&] { return r.got == "first "; }));
    const std::string text = lines(8'000);   // more than both pipes hold
    std::size_t done = 0;
    REQUIRE(soon([&] {
        const auto count = put_some(full.worker, std::string_view(text).substr(done));
        done += count;
        // With the other stream the process proves that it has been through with this one.
        put(other.worker, ".");
        const auto before = r.got.size();
        return r.comes([&] { return r.got.size() > before; }) && count == 0 && put_some(full.worker, "x") == 0;
    }));
    CHECK(done < text.size());
    r.got.clear();
    *full.flow = logs::Flow::on;
    full.pump->resume();
    CHECK(r.comes([&] { return r.got.size() == done; }));
    CHECK(r.got == text.substr(0, done));
}

TEST_CASE("output relay: drain returns each time with what was written before") {
    Relayed r;
    for (int run = 0; run < 200; ++run) {
        auto piped = r.open();
        put(piped.worker, "last words " + std::to_string(run));
        if (run % 2 == 0) piped.worker.reset();
        r.got.clear();
        piped.pump->drain();
        REQUIRE(r.got == "last words " + std::to_string(run));
    }
    CHECK(r.processes.size() == 1);
}

TEST_CASE("output relay: drain returns with more than the pipe to talosd holds") {
    Relayed r;
    auto piped = r.open();
    REQUIRE(::fcntl(piped.worker.get(), F_SETPIPE_SZ, 512 * 1024) > 0);
    const std::string text = lines(2'500);
    REQUIRE(text.size() > 300'000);
    put(piped.worker, text);
    piped.worker.reset();
    piped.pump->drain();
    CHECK(r.got == text);
}

TEST_CASE("output relay: the end of file comes when talosd and all writers have closed the pipe") {
    Relayed r;
    auto pipe = r.relays.open(::geteuid(), ::getegid());
    REQUIRE(pipe.has_value());
    bool ended = false;
    logs::OutputPump pump(
        r.io.get_executor(), std::move(pipe->read), [&](std::string_view) { return logs::Flow::on; }, logs::Flow::on,
        std::move(pipe->relayed));
    pump.drain();
    r.poll();
    CHECK(pump.open());
    pipe->write.reset();
    ended = r.comes([&] { return !pump.open(); });
    CHECK(ended);
}

TEST_CASE("output relay: when talosd reads no more the writer gets EPIPE") {
    Relayed r;
    ::signal(SIGPIPE, SIG_IGN);
    auto piped = r.open();
    piped.pump.reset();
    CHECK(soon([&] { return ::write(piped.worker.get(), "x", 1) < 0 && errno == EPIPE; }));
}

TEST_CASE("output relay: one that is held up costs one short wait and what it has comes later") {
    Relayed r;
    auto piped = r.open();
    auto other = r.open();
    put(piped.worker, "before ");
    REQUIRE(r.comes([&] { return r.got == "before "; }));
    const pid_t relay = r.processes.front();
    REQUIRE(::kill(relay, SIGSTOP) == 0);
    REQUIRE(soon([&] { return posix::read_stat(relay)->state == 'T'; }));
    put(piped.worker, "late");
    for (int i = 0; i < 1000; ++i) {   // each would wait 60 ms
        piped.pump->drain();
        other.pump->drain();
    }
    CHECK(r.got == "before ");
    REQUIRE(::kill(relay, SIGCONT) == 0);
    CHECK(r.comes([&] { return r.got == "before late"; }));
    // Answered by now: the next one is waited for again, once the pause is over.
    put(piped.worker, ", again");
    CHECK(soon([&] { return piped.pump->drain(), r.got == "before late, again"; }));
}

TEST_CASE("output relay: when the process is killed its streams end and the next pipe has another process") {
    Relayed r;
    auto piped = r.open();
    put(piped.worker, "one ");
    REQUIRE(r.comes([&] { return r.got == "one "; }));
    REQUIRE(r.relays.is_relay(r.processes.front()));
    REQUIRE(::kill(r.processes.front(), SIGKILL) == 0);
    REQUIRE(r.comes([&] { return !piped.pump->open(); }));
    auto next = r.open();   // its end was not reported yet
    REQUIRE(r.processes.size() == 2);
    CHECK_FALSE(r.relays.is_relay(r.processes.front()));
    CHECK(r.relays.is_relay(r.processes.back()));
    r.relays.ended(r.processes.front());
    put(next.worker, "two");
    CHECK(r.comes([&] { return r.got == "one two"; }));
}

TEST_CASE("output relay: the process has no descriptors but its own and ignores signals and ends when asked") {
    Relayed r;
    const test::TemporaryDirectory dir;
    const posix::UniqueFd lock(::open((dir / "lock").c_str(), O_RDWR | O_CREAT, 0600));   // not even CLOEXEC
    REQUIRE(lock);
    auto piped = r.open();
    put(piped.worker, "x");
    REQUIRE(r.comes([&] { return r.got == "x"; }));
    const pid_t relay = r.processes.front();
    const auto place = std::filesystem::path("/proc") / std::to_string(relay);
    CHECK(test::read_text(place / "comm") == "talosd-relay\n");
    const auto shown = test::read_text(place / "cmdline");   // as long as this program's own
    CHECK(std::string(shown.c_str()) ==
          ("talosd-relay: output of uid " + std::to_string(::geteuid())).substr(0, shown.size() - 1));
    CHECK(test::read_text(place / "status").find("CapEff:\t0000000000000000") != std::string::npos);
    CHECK(posix::read_stat(relay)->session == relay);
    int others = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place / "fd")) {
        const auto target = std::filesystem::read_symlink(entry.path()).string();
        if (!target.starts_with("pipe:") && !target.starts_with("socket:") && target.find("eventpoll") == std::string::npos)
            ++others;
    }
    CHECK(others == 0);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE}) REQUIRE(::kill(relay, signal) == 0);
    put(piped.worker, "y");
    CHECK(r.comes([&] { return r.got == "xy"; }));
    r.relays.end();
    CHECK(has_ended(relay));
    CHECK(r.comes([&] { return !piped.pump->open(); }));
}

TEST_CASE("output relay: it ends with talosd also while it is stopped") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    posix::UniqueFd from(ends[0]);
    posix::UniqueFd to(ends[1]);
    const pid_t talosd = ::fork();
    if (talosd == 0) {
        pid_t started = 0;
        logs::OutputRelays relays([&](pid_t pid, uid_t) { started = pid; });
        const auto pipe = relays.open(::geteuid(), ::getegid());
        pollfd entry{pipe->read.get(), POLLIN, 0};
        if (::write(pipe->write.get(), "x", 1) != 1 || ::poll(&entry, 1, -1) != 1) ::_exit(1);   // from here on it is at work
        ::kill(started, SIGSTOP);
        (void)!::write(to.get(), &started, sizeof started);
        ::raise(SIGKILL);
    }
    to.reset();
    pid_t relay = 0;
    REQUIRE(::read(from.get(), &relay, sizeof relay) == static_cast<ssize_t>(sizeof relay));
    REQUIRE(::waitpid(talosd, nullptr, 0) == talosd);
    CHECK(soon([&] { return has_ended(relay); }));
}

TEST_CASE("output relay: the inode that it is known by is that of the worker's pipe and the pipe is its user's") {
    Relayed r;
    auto piped = r.open();
    struct stat info {};
    REQUIRE(::fstat(piped.worker.get(), &info) == 0);
    CHECK(piped.pump->pipe() == static_cast<std::uint64_t>(info.st_ino));
    CHECK(info.st_uid == ::geteuid());
    if (::geteuid() != 0) return;
    constexpr uid_t nobody = 65534;
    const auto other = r.relays.open(nobody, nobody);
    REQUIRE(other.has_value());
    REQUIRE(::fstat(other->write.get(), &info) == 0);
    CHECK(info.st_uid == nobody);
    CHECK(r.users.size() == 2);
}
