#include "posix/descent/tree_member.hpp"
#include "posix/processes/process_tree.hpp"
#include "support.hpp"

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

/// A shell that leads a session, and the PID that it prints as its first line. Its process group ends with it.
class Leader {
public:
    explicit Leader(const std::string& script, std::vector<std::string> env = {})
        : output_(make_pipe().value()), child_(start(request(script, std::move(env)))) {
        output_.write.reset();
        printed_ = static_cast<pid_t>(std::stol(read_line(output_.read)));
    }
    Leader(const Leader&) = delete;
    Leader& operator=(const Leader&) = delete;
    ~Leader() { (void)signal_group(child_.pid(), SIGKILL); }

    [[nodiscard]] pid_t pid() const { return child_.pid(); }
    [[nodiscard]] pid_t printed() const { return printed_; }

private:
    [[nodiscard]] SpawnRequest request(const std::string& script, std::vector<std::string> env) const {
        SpawnRequest request;
        request.argv = {"/bin/sh", "-c", script};
        request.env = std::move(env);
        request.env.emplace_back("PATH=/usr/bin:/bin");
        request.stdout_fd = output_.write.get();
        return request;
    }

    Pipe output_;
    Child child_;
    pid_t printed_ = 0;
};

}   // namespace

TEST_CASE("tree member: main, its session and its descendants in other sessions") {
    const Leader leader("sleep 60 & echo $!; wait");
    const WorkerTree tree{leader.pid()};
    CHECK(membership(leader.pid(), tree) == Membership::member);
    CHECK(membership(leader.printed(), tree) == Membership::member);
    CHECK(membership(::getpid(), tree) == Membership::unrelated);
    const Leader outer("setsid -w setpriv --pdeathsig KILL sh -c 'echo $$; sleep 60'; true");
    CHECK(membership(outer.printed(), {outer.pid()}) == Membership::member);
    CHECK(membership(outer.printed(), tree) == Membership::unrelated);
}

TEST_CASE("tree member: marks in the environment prove nothing") {
    const Leader leader("echo $$; sleep 60", {"TALOS_RUN=run", "TALOS_WORKER=web"});
    const Leader pretender("echo $$; sleep 60", {"TALOS_RUN=run", "TALOS_WORKER=web"});
    CHECK(membership(pretender.printed(), {leader.pid()}) == Membership::unrelated);
}

TEST_CASE("tree member: a process that has exited differs from an unrelated one, and numbers that are no process are unrelated") {
    const Leader leader("sleep 0 & echo $!; wait; sleep 60");
    const WorkerTree tree{leader.pid()};
    CHECK(eventually([&] { return membership(leader.printed(), tree) == Membership::ended; }));
    for (const pid_t pid : {0, -1}) CHECK(membership(pid, tree) == Membership::unrelated);
    CHECK(membership(1, tree) == Membership::unrelated);
}

TEST_CASE("tree member: the child that a process descends from, and its user") {
    const Leader outer("setsid -w setpriv --pdeathsig KILL sh -c 'echo $$; sleep 60'; true");
    CHECK(child_above(outer.printed(), ::getpid()) == outer.pid());
    CHECK(child_above(outer.pid(), ::getpid()) == outer.pid());
    CHECK(child_above(outer.printed(), outer.pid()) != 0);
    CHECK(child_above(::getpid(), outer.pid()) == 0);
    CHECK(child_above(0, ::getpid()) == 0);
    CHECK(user_of(::getpid()) == ::getuid());
    CHECK(user_of(outer.printed()) == ::getuid());
    CHECK_FALSE(user_of(0).has_value());
}
