#include "posix/files/file.hpp"
#include "posix/spawn/exec_path.hpp"
#include "support.hpp"
#include <cstddef>
#include <fstream>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

using Method = Spawner::Method;

Method each_method() { return GENERATE(Method::shared_table, Method::plain_fork); }

std::string put(const TemporaryDirectory& dir, const std::string& name, const std::string& text, mode_t mode = 0755) {
    const std::string path = dir / name;
    std::ofstream(path, std::ios::binary) << text;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
}

SpawnFailure failure_of_start(const SpawnRequest& request, Method method) {
    auto spawned = spawner(method).spawn(request);
    if (spawned) {
        const Child child(std::move(*spawned));
        FAIL("was started");
    }
    CHECK(peek_ended_child().what == Peek::What::no_children);   // no zombie is left to whoever reaps
    return spawned.error();
}

SpawnFailure failure_of_exec(const std::string& path, Method method) {
    SpawnRequest request;
    request.argv = {path};
    return failure_of_start(request, method);
}

/// From now on, in this process and its children, system call `number` fails with `error` if its argument `argument` has one of `bits`.
bool refuse(long number, unsigned argument, unsigned bits, unsigned error) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offsetof(seccomp_data, args) + 8 * argument)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(code)), code};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Starts a program that writes its descriptors into a pipe; 0 when it had 0-2 only, though many others are open here.
int start_among_many(Spawner& own) {
    auto pipe = make_pipe();
    if (!pipe) return 11;
    for (int i = 0; i < 50; ++i) (void)::dup(0);
    SpawnRequest request;
    request.argv = {program("report_state")};
    request.stdout_fd = pipe->write.get();
    const auto spawned = own.spawn(request);
    if (!spawned) return 12;
    pipe->write.reset();
    return read_to_end(pipe->read).find("descriptors 0 1 2\n") == 0 ? 0 : 13;
}

}   // namespace

TEST_CASE("failed exec: a program that is not there, by path and by PATH") {
    const auto method = each_method();
    auto failure = failure_of_exec("/no/such/program", method);
    CHECK(failure.step == SpawnStep::exec);
    CHECK(to_text(failure) == "exec /no/such/program: No such file or directory");

    SpawnRequest request;
    request.argv = {"no-such-program"};
    request.env = {"PATH=/usr/bin:/etc/passwd"};
    CHECK(to_text(failure_of_start(request, method)) ==
          "exec no-such-program: No such file or directory (not found in PATH /usr/bin:/etc/passwd)");
    request.env.clear();
    CHECK(to_text(failure_of_start(request, method)) ==
          "exec no-such-program: No such file or directory (not found in the default PATH)");
    request.argv = {"./no-such-program"};
    request.cwd = "/usr";
    CHECK(to_text(failure_of_start(request, method)) == "exec ./no-such-program: No such file or directory (relative to /usr)");
}

TEST_CASE("failed exec: a path through a file, a directory, a file without x, a link to nothing") {
    const auto method = each_method();
    const TemporaryDirectory dir;
    const auto plain = put(dir, "plain", "text", 0644);
    CHECK(to_text(failure_of_exec(plain + "/x", method)) == "exec " + plain + "/x: Not a directory");
    CHECK(to_text(failure_of_exec(dir.path(), method)) == "exec " + dir.path() + ": Permission denied (it is a directory)");
    CHECK(to_text(failure_of_exec(plain, method)) == "exec " + plain + ": Permission denied (it is not executable)");
    std::filesystem::create_symlink("nowhere", dir / "link");
    CHECK(failure_of_exec(dir / "link", method).note == "it is a symbolic link to nothing");
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0755) == 0);
    CHECK(failure_of_exec(dir / "fifo", method).note == "it is not a regular file");
}

TEST_CASE("failed exec: scripts whose interpreter cannot be had") {
    const auto method = each_method();
    const TemporaryDirectory dir;
    const auto missing = put(dir, "missing", "#!/no/such/interpreter -x\n");
    CHECK(to_text(failure_of_exec(missing, method)) ==
          "exec " + missing + ": No such file or directory (its interpreter /no/such/interpreter is missing)");
    CHECK(failure_of_exec(put(dir, "dos", "#!/bin/sh\r\necho\r\n"), method).note.find("carriage return") != std::string::npos);
    const auto plain = put(dir, "plain", "text", 0644);
    const auto denied = failure_of_exec(put(dir, "denied", "#!" + plain + "\n"), method);
    CHECK(denied.error == EACCES);
    CHECK(denied.note == "its interpreter " + plain + " is not executable");

    SpawnRequest request;   // found by PATH, and it is the file that is named, not the word that was looked for
    request.argv = {"missing"};
    request.env = {"PATH=/usr/bin:" + dir.path()};
    CHECK(failure_of_start(request, method).path == missing);
}

TEST_CASE("failed exec: files in no format") {
    const auto method = each_method();
    const TemporaryDirectory dir;
    const auto text = put(dir, "text", "echo hello\n");
    CHECK(to_text(failure_of_exec(text, method)) == "exec " + text + ": Exec format error (no #! line?)");
    CHECK(failure_of_exec(put(dir, "empty", ""), method).note == "it is empty");
    CHECK(failure_of_exec(put(dir, "bare", "#!\necho\n"), method).error == ENOEXEC);
    CHECK(failure_of_exec(put(dir, "elf",
                              "\x7f"
                              "ELF damaged"),
                          method)
              .note == "it was built for another machine, or is damaged");
}

TEST_CASE("exec: PATH passes over what may not be executed, and names it if nothing else is found") {
    const auto method = each_method();
    const TemporaryDirectory dir;
    std::filesystem::create_directory(dir / "a");
    std::filesystem::create_directory(dir / "b");
    const auto denied = put(dir, "a/tool", "#!/bin/sh\nexit 1\n", 0644);
    SpawnRequest request;
    request.argv = {"tool"};
    request.env = {"PATH=" + (dir / "a") + ":" + (dir / "b") + ":/no/such"};
    const auto failure = failure_of_start(request, method);
    CHECK(failure.error == EACCES);
    CHECK(failure.path == denied);

    put(dir, "b/tool", "#!/bin/sh\nexit 5\n");
    CHECK(wait_for(start(request, method).pidfd()).code == 5);
    request.cwd = dir.path();
    request.env = {"PATH=b"};   // relative: from the child's own directory
    CHECK(wait_for(start(request, method).pidfd()).code == 5);
    request.argv = {"b/tool"};
    CHECK(wait_for(start(request, method).pidfd()).code == 5);
}

TEST_CASE("failed start: a directory that is missing, or is none") {
    const auto method = each_method();
    SpawnRequest request;
    request.argv = {"/bin/true"};
    request.cwd = "/no/such/directory";
    auto failure = failure_of_start(request, method);
    CHECK(failure.step == SpawnStep::chdir);
    CHECK(to_text(failure) == "chdir /no/such/directory: No such file or directory");
    request.cwd = "/etc/passwd";
    CHECK(to_text(failure_of_start(request, method)) == "chdir /etc/passwd: Not a directory");
}

TEST_CASE("failed start: requests that make no sense") {
    const auto method = each_method();
    SpawnRequest request;
    CHECK(failure_of_start(request, method).error == EINVAL);
    request.argv = {""};
    CHECK(failure_of_start(request, method).error == ENOENT);
    request.argv = {"/bin/true"};
    request.stdout_fd = 1'000'000'000;
    CHECK(failure_of_start(request, method).step == SpawnStep::stdio);
    request.stdout_fd = -1;
    request.death_signal = 1000;
    CHECK(failure_of_start(request, method).step == SpawnStep::death_signal);
    request.death_signal = 0;
    request.descriptor_limit = rlimit{10, 5};
    auto failure = failure_of_start(request, method);
    CHECK(failure.step == SpawnStep::limits);
    CHECK(failure.error == EINVAL);
    request.descriptor_limit.reset();
    request.env = {"BIG=" + std::string(1 << 20, 'x')};
    CHECK(failure_of_start(request, method).error == E2BIG);
}

TEST_CASE("failed start: no more processes allowed") {
    const auto method = each_method();
    const int code = in_process([&] {
        auto own = Spawner::create(method);
        // Root is exempt from the limit; the unprivileged user that it becomes here is not.
        if (::geteuid() == 0 &&
            (::setgroups(0, nullptr) != 0 || ::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0))
            return 1;
        const rlimit none{0, 0};
        if (!own || ::setrlimit(RLIMIT_NPROC, &none) != 0) return 2;
        SpawnRequest request;
        request.argv = {"/bin/true"};
        const auto spawned = own->spawn(request);
        if (spawned) return 3;
        if (spawned.error().step != SpawnStep::clone || spawned.error().error != EAGAIN) return 4;
        if (own->method() != method) return 5;   // nothing was refused for good
        return peek_ended_child().what == Peek::What::no_children ? 0 : 6;
    });
    CHECK(code == 0);
}

TEST_CASE("failed start: no descriptor left, then one again") {
    const auto method = each_method();
    const int code = in_process([&] {
        auto own = Spawner::create(method);
        if (!failures_work()) return 7;
        const int next = ::dup(0);
        ::close(next);
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit full{static_cast<rlim_t>(next), limit.rlim_max};
        if (!own || ::setrlimit(RLIMIT_NOFILE, &full) != 0) return 1;
        SpawnRequest request;
        request.argv = {program("exit_with"), "0"};
        const auto spawned = own->spawn(request);
        ::setrlimit(RLIMIT_NOFILE, &limit);
        if (spawned) return 2;
        if (spawned.error().step != SpawnStep::clone || spawned.error().error != EMFILE) return 3;
        if (peek_ended_child().what != Peek::What::no_children) return 4;
        if (own->method() != method) return 5;
        return own->spawn(request).has_value() ? 0 : 6;
    });
    CHECK(code == 0);
}

TEST_CASE("spawner: without descriptors for its slots it cannot be made") {
    const int code = in_process([] {
        if (!failures_work()) return 3;
        const int next = ::dup(0);
        ::close(next);
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = static_cast<rlim_t>(next) + 3;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        const auto own = Spawner::create();
        if (own || own.error().errno_value() != EMFILE) return 1;
        return ::dup(0) == next ? 0 : 2;
    });
    CHECK(code == 0);
}

TEST_CASE("fallback: where close_range is refused, a plain fork starts the child as clean, from then on") {
    const unsigned error = GENERATE(values<unsigned>({ENOSYS, EPERM, EINVAL}));
    const int code = in_process([&] {
        auto own = Spawner::create();
        constexpr unsigned any_flag = 0xff;
        if (!own || !refuse(SYS_close_range, 2, any_flag, error)) return 1;
        if (const int failed = start_among_many(*own); failed != 0) return failed;
        if (own->method() != Method::plain_fork) return 2;
        return start_among_many(*own);
    });
    CHECK(code == 0);
}

TEST_CASE("fallback: where clone with a pidfd is refused, a plain fork does it") {
    const int code = in_process([] {
        auto own = Spawner::create();
        constexpr unsigned with_pidfd = 0x1000;   // CLONE_PIDFD
        if (!own || !refuse(SYS_clone, 0, with_pidfd, EPERM)) return 1;
        if (const int failed = start_among_many(*own); failed != 0) return failed;
        return own->method() == Method::plain_fork ? 0 : 2;
    });
    CHECK(code == 0);
}

TEST_CASE("fallback: a child whose pidfd cannot be had is not left behind") {
    const int code = in_process([] {
        auto own = Spawner::create(Method::plain_fork);
        if (!own || !refuse(SYS_pidfd_open, 0, ~0U, EMFILE)) return 1;
        SpawnRequest request;
        request.argv = {program("ignore_term")};
        const auto spawned = own->spawn(request);
        if (spawned || spawned.error().step != SpawnStep::clone || spawned.error().error != EMFILE) return 2;
        return peek_ended_child().what == Peek::What::no_children ? 0 : 3;
    });
    CHECK(code == 0);
}
