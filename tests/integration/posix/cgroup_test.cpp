#include "integration/posix/support.hpp"
#include "posix/descent/cgroup.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/identity.hpp"
#include "support/skip.hpp"
#include <optional>
#include <sys/stat.h>

using namespace talos::posix;
using namespace talos::posix::test;

namespace {

/// A cgroup of the test's own; removed with the object. Nothing where none can be made.
class OwnTree {
public:
    OwnTree() {
        auto made = CgroupTree::create();
        if (made) tree_.emplace(std::move(*made));
    }
    ~OwnTree() {
        if (!tree_) return;
        for (const auto& leaf : tree_->leaves()) (void)tree_->kill(leaf);
        (void)eventually([&] { return static_cast<bool>(tree_->remove()); });
    }
    OwnTree(const OwnTree&) = delete;
    OwnTree& operator=(const OwnTree&) = delete;
    explicit operator bool() const { return tree_.has_value(); }
    CgroupTree* operator->() { return &*tree_; }

private:
    std::optional<CgroupTree> tree_;
};

Child start_in(OwnTree& tree, const std::string& leaf, const std::string& script) {
    const auto directory = tree->make(leaf).value();
    SpawnRequest request;
    request.argv = {"sh", "-c", script};
    request.env = {"PATH=/usr/bin:/bin"};
    request.cgroup_fd = directory.get();
    return start(request);
}

}   // namespace

TEST_CASE("cgroup: a process that is created in one is in it, with its descendants, whatever their session") {
    OwnTree tree;
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    CHECK(tree->populated("run-web").value() == false);   // there is none yet
    const auto child = start_in(tree, "run-web", "setsid env -i sleep 60 & exec sleep 60");
    REQUIRE(eventually([&] { return tree->processes("run-web").size() == 2; }));
    CHECK(tree->populated("run-web").value());
    for (const pid_t pid : tree->processes("run-web")) CHECK(tree->leaf_of(pid) == "run-web");
    CHECK_FALSE(tree->leaf_of(::getpid()));
    CHECK_FALSE(tree->leaf_of(0));
    CHECK(tree->remove("run-web").error().errno_value() == EBUSY);
    REQUIRE(tree->kill("run-web").has_value());
    REQUIRE(eventually([&] { return !tree->populated("run-web").value(); }));
    CHECK(wait_for(child.pidfd()).signal == SIGKILL);
    CHECK(tree->remove("run-web").has_value());
    CHECK(tree->remove("run-web").has_value());   // it is not there: so it is removed
    CHECK(tree->kill("run-web").has_value());
    CHECK(tree->leaves().empty());
}

TEST_CASE("cgroup: a signal reaches every process in and below it, stopped and frozen ones too") {
    OwnTree tree;
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    const auto child = start_in(tree, "run-web", "sleep 60 & kill -STOP $$; exit 3");
    REQUIRE(eventually([&] {
        const auto stat = read_stat(child.pid());
        return stat && stat->state == 'T';
    }));
    const auto directory = tree->make("run-web").value();
    const int freeze = ::openat(directory.get(), "cgroup.freeze", O_WRONLY | O_CLOEXEC);
    REQUIRE(freeze >= 0);
    REQUIRE(::write(freeze, "1", 1) == 1);
    ::close(freeze);
    CHECK(tree->signal("run-web", SIGTERM).size() == 2);
    REQUIRE(eventually([&] { return !tree->populated("run-web").value(); }));
    CHECK(wait_for(child.pidfd()).signal == SIGTERM);
}

TEST_CASE("cgroup: what processes made below theirs is counted, killed and removed with it") {
    OwnTree tree;
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    const auto directory = tree->make("run-web").value();
    REQUIRE(::mkdirat(directory.get(), "nested", 0755) == 0);
    REQUIRE(::mkdirat(directory.get(), "nested/deep", 0755) == 0);
    const auto child = start_in(tree, "run-web/nested/deep", "exec sleep 60");
    CHECK(tree->populated("run-web").value());
    CHECK(tree->processes("run-web") == std::vector<pid_t>{child.pid()});
    CHECK(tree->leaf_of(child.pid()) == "run-web");
    REQUIRE(tree->kill("run-web").has_value());
    REQUIRE(eventually([&] { return !tree->populated("run-web").value(); }));
    CHECK(tree->remove("run-web").has_value());
}

TEST_CASE("cgroup: the one that was recorded is opened again, and no other") {
    OwnTree tree;
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    const auto identity = tree->identity();
    REQUIRE(CgroupTree::open(identity).has_value());
    auto other = identity;
    other.inode += 1;
    CHECK(CgroupTree::open(other).error().errno_value() == EPERM);
    other = identity;
    other.name_space += 1;
    CHECK(CgroupTree::open(other).error().errno_value() == EPERM);
    for (const std::string& path :
         {std::string("/"), identity.path + "/..", identity.path + "/", "/x/.." + identity.path, std::string()}) {
        other = identity;
        other.path = path;
        CAPTURE(path);
        CHECK(CgroupTree::open(other).error().errno_value() == EPERM);
    }
    other = identity;
    other.path += "0";
    CHECK(CgroupTree::open(other).error().errno_value() == ENOENT);
}

TEST_CASE("cgroup: one that others can write, or that another user owns, is not trusted") {
    OwnTree tree;
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    const auto identity = tree->identity();
    const auto directory = tree->make("run-web").value();
    const int above = ::openat(directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(above >= 0);
    REQUIRE(::fchmod(above, 0775) == 0);
    CHECK(CgroupTree::open(identity).error().errno_value() == EPERM);
    REQUIRE(::fchmod(above, 0755) == 0);
    CHECK(CgroupTree::open(identity).has_value());
    if (::geteuid() == 0) {
        REQUIRE(::fchown(above, 65534, 65534) == 0);
        CHECK(CgroupTree::open(identity).error().errno_value() == EPERM);
        REQUIRE(::fchown(above, 0, 0) == 0);
    }
    ::close(above);
}

TEST_CASE("cgroup: a signal in parts reaches one process a step, and those that are there in the end have all got it") {
    OwnTree tree;
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    const auto child = start_in(tree, "run-web", "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait");
    REQUIRE(eventually([&] { return tree->processes("run-web").size() == 10; }));
    CgroupSignal signal(*tree.operator->(), "run-web", SIGTERM);
    std::size_t steps = 0;
    for (std::size_t before = 0; !signal.step(talos::SteadyTime::min()); before = signal.signalled().size(), ++steps)
        CHECK(signal.signalled().size() <= before + 1);
    CHECK(steps >= 5);   // some may have ended with the shell
    REQUIRE(eventually([&] { return !tree->populated("run-web").value(); }));
    (void)wait_for(child.pidfd());
}
