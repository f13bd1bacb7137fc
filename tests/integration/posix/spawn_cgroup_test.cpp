#include "posix/files/file.hpp"
#include "support.hpp"
#include "support/skip.hpp"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

using Method = Spawner::Method;

/// Where cgroup v2 is mounted; empty: nowhere.
std::string mount_point() {
    std::istringstream mounts(read_file("/proc/self/mounts", 1 << 20).value());
    std::string device, place, type, rest;
    while (mounts >> device >> place >> type && std::getline(mounts, rest))
        if (type == "cgroup2") return place;
    return "";
}

/// This process's own, as it stands in /proc/PID/cgroup.
std::string cgroup_of(pid_t pid) {
    std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/cgroup", 1 << 16).value());
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("0::")) return line.substr(3);
    return "";
}

/// A cgroup below this process's own, removed in the end.
class TemporaryCgroup {
public:
    TemporaryCgroup() {
        const std::string mounted = mount_point();
        const std::string own = cgroup_of(::getpid());
        if (mounted.empty() || own.empty()) return;
        path_ = mounted + own + "/talos-test-" + std::to_string(::getpid());
        if (::mkdir(path_.c_str(), 0755) != 0) return;
        fd_.reset(::open(path_.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
        name_ = (own == "/" ? "" : own) + "/" + path_.substr(path_.rfind('/') + 1);
    }
    ~TemporaryCgroup() {
        if (fd_) (void)eventually([&] { return ::rmdir(path_.c_str()) == 0 || errno == ENOENT; });
    }
    TemporaryCgroup(const TemporaryCgroup&) = delete;
    TemporaryCgroup& operator=(const TemporaryCgroup&) = delete;

    /// False where no cgroup can be made.
    [[nodiscard]] bool usable() const { return static_cast<bool>(fd_); }
    void remove() { REQUIRE(::rmdir(path_.c_str()) == 0); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string path_, name_;
    UniqueFd fd_;
};

SpawnRequest request_in(const TemporaryCgroup& cgroup, std::vector<std::string> argv) {
    SpawnRequest request;
    request.argv = std::move(argv);
    request.cgroup_fd = cgroup.fd();
    return request;
}

/// From now on, in this process and its children, clone3 fails with `error`.
bool refuse_clone3(unsigned error) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(SYS_clone3), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(code)), code};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

Method each_method() { return GENERATE(Method::shared_table, Method::plain_fork); }

}   // namespace

TEST_CASE("spawn into a cgroup: the child is there from its first instruction, and nothing of the directory is inherited") {
    const auto method = each_method();
    const TemporaryCgroup cgroup;
    if (!cgroup.usable()) TALOS_SKIP("no cgroup can be made here");
    auto output = make_pipe().value();
    auto request = request_in(cgroup, {"/bin/sh", "-c", "cat /proc/self/cgroup; ls /proc/self/fd | wc -l"});
    request.stdout_fd = output.write.get();
    {
        const Child child = start(request, method);
        output.write.reset();
        const auto text = read_to_end(output.read);
        CHECK(text.find("0::" + cgroup.name() + "\n") != std::string::npos);
        CHECK(text.ends_with("\n4\n"));   // 0 to 2, and the directory that ls lists
        CHECK(wait_for(child.pidfd()).clean());
    }
    CHECK(cgroup_of(::getpid()) + (cgroup_of(::getpid()) == "/" ? "" : "/") +
              cgroup.path().substr(cgroup.path().rfind('/') + 1) ==
          cgroup.name());
}

TEST_CASE("spawn into a cgroup: many in a row, and failures leave nothing there") {
    const auto method = each_method();
    const TemporaryCgroup cgroup;
    if (!cgroup.usable()) TALOS_SKIP("no cgroup can be made here");
    for (int i = 0; i < 50; ++i)
        CHECK(wait_for(start(request_in(cgroup, {program("exit_with"), "3"}), method).pidfd()).code == 3);
    const auto failed = spawner(method).spawn(request_in(cgroup, {"/no/such/program"}));
    REQUIRE(!failed);
    CHECK(failed.error().step == SpawnStep::exec);
    CHECK(failed.error().error == ENOENT);
    CHECK(read_file(cgroup.path() + "/cgroup.procs", 1 << 16).value().empty());
}

TEST_CASE("spawn into a cgroup: where clone3 is refused, the child moves there before its exec, from then on") {
    const auto method = each_method();
    const unsigned error = GENERATE(values<unsigned>({ENOSYS, EPERM}));
    const TemporaryCgroup cgroup;
    if (!cgroup.usable()) TALOS_SKIP("no cgroup can be made here");
    const int code = in_process([&] {
        auto own = Spawner::create(method);
        if (!own || !refuse_clone3(error)) return 1;
        for (int i = 0; i < 2; ++i) {
            const auto spawned = own->spawn(request_in(cgroup, {program("ignore_term")}));
            if (!spawned) return 2;
            const bool there = cgroup_of(spawned->pid) == cgroup.name();
            (void)send_signal(spawned->pidfd, SIGKILL);
            while (!has_ended(spawned->pidfd)) std::this_thread::sleep_for(1ms);
            (void)reap(spawned->pidfd);
            if (!there) return 3;
            if (own->method() != method) return 4;   // it is not the sharing that was refused
        }
        return 0;
    });
    CHECK(code == 0);
}

TEST_CASE("failed start: a cgroup that has been removed is named") {
    const auto method = each_method();
    TemporaryCgroup cgroup;
    if (!cgroup.usable()) TALOS_SKIP("no cgroup can be made here");
    cgroup.remove();
    const auto failed = spawner(method).spawn(request_in(cgroup, {"/bin/true"}));
    REQUIRE(!failed);
    CHECK(failed.error().step == SpawnStep::cgroup);
    CHECK(to_text(failed.error()).find("it has been removed") != std::string::npos);
    CHECK(peek_ended_child().what == Peek::What::no_children);
}

TEST_CASE("failed start: a directory that is no cgroup is named, and the next start is not affected") {
    const auto method = each_method();
    const TemporaryDirectory dir;
    const UniqueFd plain(::open(dir.path().c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC));
    SpawnRequest request;
    request.argv = {program("exit_with"), "0"};
    request.cgroup_fd = plain.get();
    const auto failed = spawner(method).spawn(request);
    REQUIRE(!failed);
    CHECK(failed.error().step == SpawnStep::cgroup);
    CHECK(failed.error().path == dir.path());
    CHECK(peek_ended_child().what == Peek::What::no_children);
    request.cgroup_fd = -1;
    CHECK(wait_for(start(request, method).pidfd()).clean());
}
