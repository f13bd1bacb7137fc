#include "posix/files/file.hpp"
#include "posix/files/file_lock.hpp"
#include "posix/processes/process_tree.hpp"
#include "support.hpp"
#include <sstream>
#include <sys/prctl.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

using Method = Spawner::Method;
using Values = std::vector<std::string>;

/// What report_state printed: the values by key, in their order.
std::map<std::string, Values> parse_report(const std::string& text) {
    std::map<std::string, Values> report;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto space = line.find(' ');
        report[line.substr(0, space)].push_back(space == std::string::npos ? "" : line.substr(space + 1));
    }
    return report;
}

struct Reported {
    pid_t pid;
    std::map<std::string, Values> state;
};
Reported report_of(SpawnRequest request, Method method) {
    auto pipe = make_pipe().value();
    if (request.argv.empty()) request.argv = {program("report_state")};
    if (request.argv.size() > 1 && request.argv[1] == "3") request.extra_fd = pipe.write.get();
    else request.stdout_fd = pipe.write.get();
    const Child child = start(request, method);
    pipe.write.reset();
    auto state = parse_report(read_to_end(pipe.read));
    CHECK(wait_for(child.pidfd()).clean());
    return {child.pid(), std::move(state)};
}

Method each_method() { return GENERATE(Method::shared_table, Method::plain_fork); }

/// Ignores, handles and blocks signals for as long as it lives, as a careless embedding program might.
class OddSignals {
public:
    OddSignals() {
        struct sigaction handle {
        }, ignore{};
        handle.sa_handler = [](int) {};
        ignore.sa_handler = SIG_IGN;
        for (const int signal : {SIGPIPE, SIGHUP, SIGUSR2, SIGRTMIN + 1}) set(signal, ignore);
        for (const int signal : {SIGTERM, SIGINT, SIGRTMAX}) set(signal, handle);
        sigset_t blocked;
        ::sigfillset(&blocked);
        ::sigprocmask(SIG_BLOCK, &blocked, &mask_);
    }
    ~OddSignals() {
        for (const auto& [signal, action] : actions_) ::sigaction(signal, &action, nullptr);
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    }
    OddSignals(const OddSignals&) = delete;
    OddSignals& operator=(const OddSignals&) = delete;

private:
    void set(int signal, const struct sigaction& action) { ::sigaction(signal, &action, &actions_[signal]); }
    std::map<int, struct sigaction> actions_;
    sigset_t mask_{};
};

std::string signal_mask_of_this_process() {
    std::istringstream lines(read_file("/proc/self/status", 1 << 16).value());
    for (std::string line; std::getline(lines, line);) {
        if (line.find("SigBlk:") == 0) return line;
    }
    return "";
}

}   // namespace

TEST_CASE("spawn: the child has nothing of ours but what it was given") {
    const auto method = each_method();
    const TemporaryDirectory dir;
    spawner(method);   // reserves its slots before the flood
    std::vector<UniqueFd> flood;
    for (int i = 0; i < 200; ++i) flood.emplace_back(::open("/dev/null", O_RDONLY));   // not even CLOEXEC
    const OddSignals odd;
    const std::string mask = signal_mask_of_this_process();

    SpawnRequest request;
    request.argv = {program("report_state"), "one", "", "two words"};
    request.env = {"A=b", "EMPTY=", "TALOS_WORKER=web"};
    request.cwd = dir.path();
    auto [pid, state] = report_of(request, method);
    const std::string own_pid = std::to_string(pid);
    CHECK(state["descriptors"] == Values{"0 1 2"});
    CHECK(state["stdin"] == Values{"/dev/null"});
    CHECK(state["blocked"] == Values{"0000000000000000"});
    CHECK(state["ignored"] == Values{"0000000000000000"});
    CHECK(state["pending"] == Values{"0000000000000000"});
    CHECK(state["pid"] == Values{own_pid});
    CHECK(state["sid"] == Values{own_pid});
    CHECK(state["pgid"] == Values{own_pid});
    CHECK(state["ppid"] == Values{std::to_string(::getpid())});
    CHECK(state["cwd"] == Values{std::filesystem::canonical(dir.path()).string()});
    CHECK(state["env"] == request.env);
    CHECK(state["arg"] == request.argv);
    CHECK(state["death_signal"] == Values{"0"});
    CHECK(signal_mask_of_this_process() == mask);
}

TEST_CASE("spawn: a descriptor below the slots that would be inherited is not") {
    const auto method = each_method();
    const int code = in_process([&] {
        const UniqueFd low(::dup(0));   // not CLOEXEC, and open before the spawner
        auto own = Spawner::create(method);
        auto pipe = make_pipe();
        if (!own || !pipe) return 1;
        SpawnRequest request;
        request.argv = {program("report_state")};
        request.stdout_fd = pipe->write.get();
        if (!own->spawn(request)) return 2;
        pipe->write.reset();
        return parse_report(read_to_end(pipe->read))["descriptors"] == Values{"0 1 2"} ? 0 : 3;
    });
    CHECK(code == 0);
}

TEST_CASE("spawn: a process without descriptors 0-2 can give them to its child") {
    const auto method = each_method();
    const int code = in_process([&] {
        auto pipe = make_pipe();
        for (int fd = 0; fd <= 2; ++fd) ::close(fd);
        auto own = Spawner::create(method);
        if (!own || !pipe) return 1;
        SpawnRequest request;
        request.argv = {program("report_state")};
        request.stdout_fd = pipe->write.get();
        if (!own->spawn(request)) return 2;
        pipe->write.reset();
        auto state = parse_report(read_to_end(pipe->read));
        if (state["stdin"] != Values{"/dev/null"}) return 3;
        return state["descriptors"] == Values{"0 1 2"} ? 0 : 4;
    });
    CHECK(code == 0);
}

TEST_CASE("spawn: the extra descriptor is the child's descriptor 3") {
    SpawnRequest request;
    request.argv = {program("report_state"), "3"};
    auto [pid, state] = report_of(request, each_method());
    CHECK(state["descriptors"] == Values{"0 1 2 3"});
}

TEST_CASE("spawn: stdin, stdout and stderr go where the request says, two of them into one pipe if so wished") {
    const auto method = each_method();
    auto in = make_pipe().value();
    auto out = make_pipe().value();
    SpawnRequest request;
    request.argv = {"/bin/sh", "-c", "read word; echo \"out $word\"; echo \"err $word\" >&2"};
    request.stdin_fd = in.read.get();
    request.stdout_fd = out.write.get();
    request.stderr_fd = out.write.get();
    (void)::fcntl(in.read.get(), F_SETFL, 0);   // the shell reads it and wants to wait
    const auto child = start(request, method);
    out.write.reset();
    REQUIRE(write_all(in.write.get(), "hello\n", "pipe").has_value());
    CHECK(read_to_end(out.read) == "out hello\nerr hello\n");
}

TEST_CASE("spawn: our own descriptors are the same before and after, whether it succeeds or fails") {
    const auto method = each_method();
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program("exit_with"), "0"};
    request.stdout_fd = pipe.write.get();
    request.extra_fd = pipe.write.get();
    (void)spawner(method);
    const auto before = open_descriptors();
    {
        const auto child = start(request, method);
        (void)wait_for(child.pidfd());
    }
    CHECK(open_descriptors() == before);
    request.argv = {"/no/such/program"};
    CHECK_FALSE(spawner(method).spawn(request).has_value());
    CHECK(open_descriptors() == before);
}

TEST_CASE("spawn: a reader sees the end of the pipe once the child has gone: no copy stays in a slot") {
    const auto method = each_method();
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program("no_newline"), "100000"};
    request.stdout_fd = pipe.write.get();
    const auto child = start(request, method);
    pipe.write.reset();
    CHECK(read_to_end(pipe.read) == std::string(100'000, 'x'));
}

TEST_CASE("spawn: what the worker closes is closed for the reader") {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program("close_output")};
    request.stdout_fd = pipe.write.get();
    const auto child = start(request, each_method());
    pipe.write.reset();
    CHECK(read_to_end(pipe.read).empty());
    CHECK_FALSE(has_ended(child.pidfd()));
}

TEST_CASE("spawn: with no session of its own the child stays in ours") {
    SpawnRequest request;
    request.new_session = false;
    auto [pid, state] = report_of(request, each_method());
    CHECK(state["sid"] == Values{std::to_string(::getsid(0))});
    CHECK(state["pgid"] == Values{std::to_string(::getpgid(0))});
}

TEST_CASE("spawn: the child gets the descriptor limit of the request, also one below the slots") {
    const auto method = each_method();
    rlimit own{};
    ::getrlimit(RLIMIT_NOFILE, &own);
    SpawnRequest request;
    request.descriptor_limit = rlimit{64, own.rlim_max};
    auto [pid, state] = report_of(request, method);
    CHECK(state["nofile"] == Values{"64 " + std::to_string(own.rlim_max)});

    request.argv = {program("exit_with"), "0"};
    request.descriptor_limit = rlimit{0, own.rlim_max};
    const auto tried = spawner(method).spawn(request);   // the loader may not like it, but the start itself is not in the way
    if (!tried) CHECK(tried.error().step == SpawnStep::exec);
    else (void)wait_for(tried->pidfd);
}

TEST_CASE("spawn: a child that is to die with us does") {
    const auto method = each_method();
    SpawnRequest request;
    request.death_signal = SIGKILL;
    auto [pid, state] = report_of(request, method);
    CHECK(state["death_signal"] == Values{std::to_string(SIGKILL)});

    auto pipe = make_pipe().value();
    const int code = in_process([&] {
        auto own = Spawner::create(method);
        SpawnRequest inner;
        inner.argv = {program("ignore_term")};
        inner.stdout_fd = pipe.write.get();
        inner.death_signal = SIGKILL;
        return own && own->spawn(inner) ? 0 : 1;
    });
    CHECK(code == 0);
    pipe.write.reset();
    const auto text = read_to_end(pipe.read);   // it ends when the child has: with or without its first word
    CHECK((text.empty() || text == "ready\n"));
}

TEST_CASE("spawn: start ticks are those of /proc, every time") {
    const auto method = each_method();
    SpawnRequest request;
    request.argv = {program("exit_with"), "0"};
    for (int i = 0; i < 30; ++i) {
        const auto child = start(request, method);
        REQUIRE(child.start_ticks() == read_stat(child.pid()).value().start_ticks);
    }
}

TEST_CASE("spawn: a stop of itself is not waited for") {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program("stop_self")};
    request.stdout_fd = pipe.write.get();
    const auto child = start(request, each_method());
    CHECK(read_line(pipe.read) == "ready");
    CHECK(eventually([&] { return read_stat(child.pid()).value().state == 'T'; }));
    CHECK(peek_ended_child().what == Peek::What::none);
    REQUIRE(send_signal(child.pidfd(), SIGCONT).has_value());
    CHECK(read_line(pipe.read) == "continued");
}

TEST_CASE("spawn: while it is between clone and exec it keeps the lock that it was to hold") {
    const TemporaryDirectory dir;
    const auto method = each_method();
    auto ready = make_pipe().value();
    auto out = make_pipe().value();
    const auto observer = open_file(dir / "lock", O_RDWR | O_CREAT, 0600).value();
    const pid_t supervisor = ::fork();
    REQUIRE(supervisor >= 0);
    if (supervisor == 0) {
        ::alarm(60);
        auto own = Spawner::create(method);
        const auto lock = open_file(dir / "lock", O_RDWR);
        if (!own || !lock || try_lock(*lock).value() != LockState::free || !own->hold_until_exec(*lock)) ::_exit(1);
        SpawnRequest request;   // an exec that takes its time: tens of thousands of directories to look into
        request.argv = {"ignore_term"};
        request.env = {"PATH="};
        for (int i = 0; i < 60'000; ++i) request.env[0] += "x:";
        request.env[0] += talos::test::bin_dir() + "/programs";
        request.stdout_fd = out.write.get();
        (void)!::write(ready.write.get(), "go\n", 3);
        (void)own->spawn(request);
        ::_exit(2);
    }
    out.write.reset();
    REQUIRE(read_line(ready.read) == "go");
    REQUIRE(eventually([&] { return !children_of(supervisor).empty(); }));
    const auto orphan = pidfd_open(children_of(supervisor).at(0)).value();
    ::kill(supervisor, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(supervisor, &status, 0) == supervisor);
    REQUIRE(WIFSIGNALED(status));
    CHECK(query_lock(observer).value() == LockState::held);
    CHECK(read_line(out.read) == "ready");
    CHECK(query_lock(observer).value() == LockState::free);
    CHECK(send_signal(orphan, SIGKILL).has_value());
}
