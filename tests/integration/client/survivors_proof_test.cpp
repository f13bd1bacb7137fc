#include "client/survivors.hpp"
#include "posix/descent/cgroup.hpp"
#include "posix/processes/marks.hpp"
#include "processes.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include <fcntl.h>
#include <unistd.h>

using namespace talos;
using namespace talos::client;
using namespace talos::state;
using namespace talos::test;

namespace {

const std::string secret = "5ec2e7000102030405060708090a0b0c";

std::vector<pid_t> pids_of(const StatusDocument& document) {
    std::vector<pid_t> pids;
    for (const auto& survivors : find_survivors(document))
        for (const auto& process : survivors.processes) pids.push_back(process.pid);
    return pids;
}

WorkerStatus idle(const std::string& name) {
    WorkerStatus worker;
    worker.name = name;
    worker.stop = {{SIGTERM, Millis{20'000}}};
    return worker;
}

void move_into(const posix::CgroupTree& tree, const std::string& leaf, pid_t pid) {
    const auto directory = tree.make(leaf).value();
    const posix::UniqueFd procs(::openat(directory.get(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
    const auto text = std::to_string(pid);
    REQUIRE(::write(procs.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}   // namespace

TEST_CASE(
    "survivors: a mark that was made with the document's secret proves a process, one for another worker or talosd does not") {
    const auto run = secret.substr(0, 24) + std::to_string(10'000'000 + ::getpid());   // no other test's
    auto document = a_document(run);
    document.workers = {idle("web"), idle("db")};
    const auto own = sleeper(marks(posix::make_mark(run, "web", 3), "web"));
    const auto renamed = sleeper(marks(posix::make_mark(run, "web", 3), "db"));
    const auto guessed = sleeper(marks("3-00112233445566778899aabbccddeeff", "web"));
    const auto foreign = sleeper(marks(posix::make_mark(secret, "web", 3), "web"));
    const auto found = find_survivors(document);
    REQUIRE(found.size() == 1);
    CHECK(found[0].worker == "web");
    REQUIRE(found[0].processes.size() == 1);
    CHECK(found[0].processes[0].pid == own.pid());
}

TEST_CASE("survivors: what 0.1.0 left carries the document's run itself, in the environment of every worker") {
    const auto run = secret.substr(0, 24) + std::to_string(20'000'000 + ::getpid());
    auto document = a_document(run);
    document.workers = {idle("web"), idle("db")};
    const auto web = sleeper(marks(run, "web"));
    const auto db = sleeper(marks(run, "db"));
    CHECK(find_survivors(document).size() == 2);
    CHECK(pids_of(document) == std::vector<pid_t>{web.pid(), db.pid()});
}

TEST_CASE("survivors: processes in the recorded cgroup are found and ended, and the cgroup is removed") {
    auto tree = posix::CgroupTree::create();
    if (!tree) TALOS_SKIP("no cgroup can be made here");
    auto document = a_document(a_run());
    document.workers = {idle("web")};
    document.head.cgroup = tree->identity();
    auto of_web = sleeper();
    auto of_hook = sleeper();
    auto of_unlisted = sleeper();
    move_into(*tree, "run-web", of_web.pid());
    move_into(*tree, "hook-web", of_hook.pid());
    move_into(*tree, "run-gone", of_unlisted.pid());
    CHECK(find_survivors(document).size() == 2);
    SECTION("a forged record leads nowhere") {
        auto forged = document;
        forged.head.cgroup.inode += 1;
        CHECK(find_survivors(forged).empty());
        forged = document;
        forged.head.cgroup.path = "/x/.." + forged.head.cgroup.path;
        CHECK(find_survivors(forged).empty());
        forged = document;
        forged.head.cgroup.path = "/";
        CHECK(find_survivors(forged).empty());
        remove_left_cgroups(forged);
        CHECK(of_web.alive());
    }
    CHECK(end_survivors(document, Millis{20'000}, {}));
    for (auto* child : {&of_web, &of_hook, &of_unlisted}) {
        const auto status = child->wait();
        REQUIRE(status);
        CHECK(status->signal == SIGTERM);
    }
    remove_left_cgroups(document);
    CHECK(posix::CgroupTree::open(document.head.cgroup).error().errno_value() == ENOENT);
}
