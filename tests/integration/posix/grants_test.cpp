#include "posix/processes/proc.hpp"
#include "posix/spawn/exec_path.hpp"
#include "support.hpp"
#include "support/skip.hpp"
#include <sched.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

constexpr uid_t stranger = 64123;   // nobody has it

/// What the shell prints as such a child.
std::string printed(const ChildAttributes& attributes, const std::string& script,
                    Spawner::Method method = Spawner::Method::shared_table, int death_signal = 0) {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {"/bin/sh", "-c", script};
    request.env = {"PATH=/usr/bin:/bin"};
    request.cwd = "/";
    request.stdout_fd = pipe.write.get();
    request.death_signal = death_signal;
    request.attributes.make() = attributes;
    const Child child = start(request, method);
    pipe.write.reset();
    auto text = read_to_end(pipe.read);
    CHECK(wait_for(child.pidfd()).clean());
    return text;
}

SpawnFailure failure_with(const ChildAttributes& attributes, const std::string& program = "/bin/true",
                          const std::string& cwd = "/") {
    SpawnRequest request;
    request.argv = {program};
    request.cwd = cwd;
    request.attributes.make() = attributes;
    const auto spawned = spawner().spawn(request);
    REQUIRE_FALSE(spawned.has_value());
    return spawned.error();
}

Spawner::Method each_method() { return GENERATE(Spawner::Method::shared_table, Spawner::Method::plain_fork); }

ChildAttributes as_stranger() {
    ChildAttributes attributes;
    attributes.credentials = Credentials{stranger, stranger, {stranger, 4}, "64123"};
    return attributes;
}

bool can_become_another() { return ::geteuid() == 0; }

}   // namespace

TEST_CASE("grants: mask, priority, memory killer, processors and limits are the child's, and the parent keeps its own") {
    const auto method = each_method();
    const auto mask_before = ::umask(022);
    ::umask(mask_before);
    const int nice_before = ::getpriority(PRIO_PROCESS, 0);
    cpu_set_t allowed;
    REQUIRE(::sched_getaffinity(0, sizeof allowed, &allowed) == 0);
    unsigned cpu = 0;
    while (!CPU_ISSET(cpu, &allowed)) ++cpu;

    ChildAttributes attributes;
    attributes.umask = 0027;
    attributes.nice = nice_before + 3;
    attributes.oom_score_adj = 777;
    attributes.cpus = {cpu};
    attributes.limits = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 64, std::nullopt}, {RLIMIT_FSIZE, std::nullopt, 4096 * 1024}};
    attributes.no_new_privileges = true;
    const auto text =
        printed(attributes,
                "umask; nice; cat /proc/self/oom_score_adj; grep -E '^(Cpus_allowed_list|NoNewPrivs)' /proc/self/status; "
                "ulimit -c; ulimit -Sn; ulimit -Hf",
                method);
    std::ostringstream expected;
    expected << "0027\n" << nice_before + 3 << "\n777\nNoNewPrivs:\t1\nCpus_allowed_list:\t" << cpu << "\n0\n64\n8192\n";
    CHECK(text == expected.str());

    CHECK(::umask(mask_before) == mask_before);
    CHECK(::getpriority(PRIO_PROCESS, 0) == nice_before);
    cpu_set_t after;
    REQUIRE(::sched_getaffinity(0, sizeof after, &after) == 0);
    CHECK(CPU_EQUAL(&allowed, &after));
}

TEST_CASE("grants: another user, in full, with the given groups and no others") {
    if (!can_become_another()) TALOS_SKIP("needs root");
    const auto text = printed(as_stranger(), "grep -E '^(Uid|Gid|Groups|CapEff|CapPrm|CapAmb)' /proc/self/status");
    CHECK(text.starts_with("Uid:\t64123\t64123\t64123\t64123\nGid:\t64123\t64123\t64123\t64123\nGroups:\t4 64123"));
    CHECK(text.find("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000") != std::string::npos);
    CHECK(::getuid() == 0);
}

TEST_CASE("grants: what needs privileges is done before they are given up, the rest as the user") {
    if (!can_become_another()) TALOS_SKIP("needs root");
    auto attributes = as_stranger();
    attributes.nice = -5;
    CHECK(printed(attributes, "nice", Spawner::Method::shared_table, SIGKILL) == "-5\n");
    const TemporaryDirectory dir;   // 0700, root's
    CHECK(to_text(failure_with(as_stranger(), "/bin/true", dir.path())) ==
          "chdir " + dir.path() + ": Permission denied (as user 64123)");
    CHECK(to_text(failure_with(as_stranger(), dir / "program")).starts_with("exec " + dir / "program: Permission denied"));
}

TEST_CASE("grants: a child of another user dies with its parent when it is to") {
    if (!can_become_another()) TALOS_SKIP("needs root");
    auto pipe = make_pipe().value();
    const pid_t parent = ::fork();
    if (parent == 0) {
        auto spawner = Spawner::create().value();
        SpawnRequest request;
        request.argv = {"/bin/sleep", "120"};
        request.cwd = "/";
        request.stdout_fd = pipe.write.get();
        request.death_signal = SIGKILL;
        request.attributes.make() = as_stranger();
        const auto spawned = spawner.spawn(request);
        ::_exit(spawned ? 0 : 1);
    }
    pipe.write.reset();
    CHECK(read_to_end(pipe.read).empty());   // nobody holds its end any more
    int status = 0;
    ::waitpid(parent, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("grants: each refusal is named by its key and value") {
    ChildAttributes affinity;
    affinity.cpus = {8191};
    CHECK(to_text(failure_with(affinity)) == "cpuAffinity: Invalid argument (none of these CPUs exists or is permitted)");
    if (::geteuid() == 0) TALOS_SKIP("needs an ordinary user: root is refused nothing");
    const auto us = " (talosd runs as uid " + std::to_string(::geteuid()) + ")";
    auto user = as_stranger();
    CHECK(to_text(failure_with(user)) == "groups 64123: Operation not permitted" + us);
    ChildAttributes nice;
    nice.nice = -20;
    CHECK(to_text(failure_with(nice)) == "nice -20: Permission denied" + us);
    ChildAttributes limit;
    limit.limits = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 1u << 30, 1u << 30}};
    CHECK(to_text(failure_with(limit)) == "limit nofile 1073741824: Operation not permitted" + us);
}

TEST_CASE("grants: another user can stop the child before its exec, and does not stop us") {
    if (!can_become_another()) TALOS_SKIP("needs root");
    // Somebody who stops every process of that user as long as we start some.
    const pid_t tormentor = ::fork();
    if (tormentor == 0) {
        if (::setgid(stranger) != 0 || ::setuid(stranger) != 0) ::_exit(1);
        ::alarm(60);
        for (const pid_t self = ::getpid();;) {
            for (const pid_t pid : list_processes())
                if (pid > self) (void)::kill(pid, SIGSTOP);   // the kernel lets it signal that user's only
        }
    }
    int started = 0;
    for (int round = 0; round < 50; ++round) {
        SpawnRequest request;
        request.argv = {"/bin/true"};
        request.cwd = "/";
        request.attributes.make() = as_stranger();
        const auto spawned = spawner().spawn(request);
        if (!spawned) continue;
        ++started;
        (void)send_signal(spawned->pidfd, SIGKILL);
        (void)wait_for(spawned->pidfd);
    }
    ::kill(tormentor, SIGKILL);
    ::waitpid(tormentor, nullptr, 0);
    CHECK(started == 50);
}

namespace {

/// A home of the stranger in a directory that all can search: what it plants there is its own.
struct Home {
    TemporaryDirectory dir;
    std::string path = dir / "home";
    Home() {
        REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
        REQUIRE(::mkdir(path.c_str(), 0755) == 0);
        REQUIRE(::chown(path.c_str(), stranger, stranger) == 0);
    }
    void write(const std::string& file, const std::string& text, mode_t mode, uid_t owner) const {
        const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        REQUIRE(::fchown(fd.get(), owner, owner) == 0);
        REQUIRE(::fchmod(fd.get(), mode) == 0);
    }
};

/// Where this process is; back in the end.
struct In {
    UniqueFd before{::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    explicit In(const std::string& directory) { REQUIRE(::chdir(directory.c_str()) == 0); }
    ~In() { (void)!::fchdir(before.get()); }
};

}   // namespace

TEST_CASE("grants: a failed exec is explained by what the child's user can see, wherever its link leads this process") {
    if (!can_become_another()) TALOS_SKIP("needs root");
    const Home home;
    const auto ours = home.dir / "ours";
    REQUIRE(::mkdir(ours.c_str(), 0700) == 0);
    const auto secret = ours + "/program";
    const std::string kind = GENERATE("file", "FIFO", "nothing");
    CAPTURE(kind);
    if (kind == "file") home.write(secret, "#!/no/such/secret\n", 0700, 0);
    if (kind == "FIFO") REQUIRE(::mkfifo(secret.c_str(), 0600) == 0);
    const UniqueFd reader(kind == "FIFO" ? ::open(secret.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1);
    const UniqueFd writer(kind == "FIFO" ? ::open(secret.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1);
    if (writer) REQUIRE(::write(writer.get(), "#!/no/such/secret\n", 18) == 18);
    home.write(home.path + "/program", "#!/no/such/of-the-stranger\n", 0755, stranger);
    const auto link = home.path + "/link";
    REQUIRE(::symlink("/proc/self/cwd/program", link.c_str()) == 0);   // the child's is its script
    REQUIRE(::lchown(link.c_str(), stranger, stranger) == 0);

    const In here(ours);
    const auto failure = failure_with(as_stranger(), link, home.path);
    CHECK(failure.error == ENOENT);
    CHECK(failure.note.find("secret") == std::string::npos);
    CHECK(failure.note.empty());
    char bytes[32];
    if (reader) CHECK(::read(reader.get(), bytes, sizeof bytes) == 18);   // none was taken
}

TEST_CASE("grants: what a failed exec says of files is what the child's user may see of them") {
    if (!can_become_another()) TALOS_SKIP("needs root");
    const Home home;
    const auto hidden = home.dir / "hidden";
    REQUIRE(::mkdir(hidden.c_str(), 0700) == 0);
    home.write(hidden + "/program", "#!/bin/sh\n", 0755, 0);
    const auto note = [&](const std::string& path) { return failure_with(as_stranger(), path, home.path).note; };
    CHECK(note(hidden + "/program") == "a directory above it cannot be searched by user 64123");
    CHECK(note(hidden + "/nothing") == "a directory above it cannot be searched by user 64123");
    home.write(home.path + "/root-only", "#!/bin/sh\n", 0700, 0);
    CHECK(note("./root-only") == "it is not executable by user 64123");
    home.write(home.path + "/unreadable", "#!/no/such/secret\n", 0711, 0);
    CHECK(note("./unreadable").find("secret") == std::string::npos);
    home.write(home.path + "/script", "#!/no/such/interpreter\n", 0755, stranger);
    CHECK(note("./script") == "its interpreter /no/such/interpreter is missing");
    home.write(home.path + "/relative", "#!./root-only\n", 0755, stranger);
    CHECK(note("./relative") == "its interpreter ./root-only is not executable by user 64123");
}

TEST_CASE("grants: after a failed exec nothing but a regular file is opened, for root's own programs as well") {
    const TemporaryDirectory dir;
    const auto fifo = dir / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0700) == 0);
    const UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const UniqueFd writer(::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(::write(writer.get(), "#!/no/such\n", 11) == 11);
    for (const int error : {ENOENT, EACCES, ENOEXEC})
        CHECK(explain_exec_failure(error, fifo, "/").find("/no/such") == std::string::npos);
    CHECK(interpreter_in(fifo).empty());
    char bytes[32];
    CHECK(::read(reader.get(), bytes, sizeof bytes) == 11);
}
