#include "posix/tree_member.hpp"
#include "support.hpp"

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

/// A shell that leads a session, and the PID that it prints as its first line. Its process group ends with it.
class Leader {
public:
    explicit Leader(const std::string& script, std::vector<std::string> env = {}) : output_(make_pipe().value()), child_(start(request(script, std::move(env)))) {
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

}  // namespace

TEST_CASE("tree member: main, its session, its descendants in other sessions, and whoever has its marks") {
    const Leader leader("sleep 60 & echo $!; wait");
    const WorkerTree tree{leader.pid(), "web", "run"};
    CHECK(membership(leader.pid(), tree) == Membership::member);
    CHECK(membership(leader.printed(), tree) == Membership::member);
    CHECK(membership(::getpid(), tree) == Membership::stranger);
    const Leader outer("setsid -w setpriv --pdeathsig KILL sh -c 'echo $$; sleep 60'; true");
    CHECK(membership(outer.printed(), {outer.pid(), "web", "run"}) == Membership::member);
    CHECK(membership(outer.printed(), tree) == Membership::stranger);
    const Leader marked("echo $$; sleep 60", {"TALOS_RUN=run", "TALOS_WORKER=web"});
    CHECK(membership(marked.printed(), tree) == Membership::member);
    CHECK(membership(marked.printed(), {leader.pid(), "other", "run"}) == Membership::stranger);
    CHECK(membership(marked.printed(), {leader.pid(), "web", "another"}) == Membership::stranger);
    CHECK(membership(marked.printed(), {leader.pid(), "web", ""}) == Membership::stranger);
}

TEST_CASE("tree member: who is gone is told from a stranger, and numbers that are no process are strangers") {
    const Leader leader("sleep 0 & echo $!; wait; sleep 60");
    const WorkerTree tree{leader.pid(), "web", "run"};
    CHECK(eventually([&] { return membership(leader.printed(), tree) == Membership::gone; }));
    for (const pid_t pid : {0, -1}) CHECK(membership(pid, tree) == Membership::stranger);
    CHECK(membership(1, tree) == Membership::stranger);
}
