#include "posix/children/memory_reader.hpp"
#include "posix/descent/mark_search.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/processes/usage.hpp"
#include "support.hpp"
#include "support/held_memory.hpp"
#include "support/skip.hpp"
#include <algorithm>
#include <unordered_map>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;
using talos::test::HeldMemory;

namespace {

MemoryOf of(pid_t pid) { return {pid, read_stat(pid).value().start_ticks, user_of(pid).value()}; }

Spawned marked(const std::string& run, const std::string& worker) {
    SpawnRequest request;
    request.argv = {"/bin/sleep", "100"};
    request.env = {"TALOS_RUN=" + run, "TALOS_WORKER=" + worker};
    return Spawner::create().value().spawn(request).value();
}

void end(const Spawned& process) {
    ::kill(process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
}

}   // namespace

TEST_CASE("memory reader: marks of several processes but nothing of one that is another by now") {
    const auto before = children_of(::getpid());
    const auto web = marked("run-1", "web");
    const auto db = marked("run-1", "db");
    auto other = of(db.pid);
    ++other.start_ticks;
    auto longest = Millis{20'000};
    const auto read = read_memory({of(web.pid), other}, longest);
    REQUIRE(read.size() == 2);
    REQUIRE(read[0].has_value());
    CHECK(read[0]->marks.run == "run-1");
    CHECK(read[0]->marks.worker == "web");
    REQUIRE(read[1].has_value());
    CHECK(read[1]->marks.run.empty());
    end(web);
    end(db);
    CHECK(children_of(::getpid()) == before);
}

TEST_CASE("memory reader: its child says the command line where that is asked for") {
    const auto web = marked("run-1", "web");
    auto reader = MemoryReader::start({of(web.pid)}, AlsoRead::command).value();
    std::vector<MemoryReader::Answer> answers;
    REQUIRE(eventually([&] { return !reader.take(answers); }));
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].memory.command == "/bin/sleep 100");
    CHECK(reader.reads() == nullptr);
    CHECK(command_name(web.pid) == "[sleep]");
    ::waitpid(reader.child(), nullptr, 0);
    end(web);
}

TEST_CASE("memory reader: processes that cannot be read are given up while those beside them are read") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const HeldMemory held(5);
    if (!held.works()) TALOS_SKIP("FUSE cannot be mounted here");
    const auto web = marked("run-1", "web");
    std::vector<MemoryOf> all;
    for (const pid_t pid : held.pids()) all.push_back(of(pid));
    all.push_back(of(web.pid));
    auto longest = Millis{1'000};
    const auto read = read_memory(all, longest);
    REQUIRE(read.back().has_value());
    CHECK(read.back()->marks.worker == "web");
    CHECK(std::count_if(read.begin(), read.end(), [](const auto& one) { return one.has_value(); }) == 1);
    CHECK(longest == Millis{0});   // what the attempts have used up is not there for the next ones
    end(web);
}

TEST_CASE("mark search: an environment is read once and again after an exec") {
    const std::string run = "run-" + std::to_string(::getpid());
    SpawnRequest request;
    request.argv = {"/bin/sh", "-c", "read line; exec env TALOS_RUN=" + run + " sleep 100"};
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd input(ends[1]);
    request.stdin_fd = ends[0];
    const auto process = Spawner::create().value().spawn(request).value();
    ::close(ends[0]);
    MarkSearch search(run);
    const auto find = [&] {   // nothing else of this machine, where other tests may make reads slow
        std::unordered_map<pid_t, ProcessStat> processes;
        if (const auto stat = read_stat(process.pid)) processes.emplace(process.pid, *stat);
        return search.find(processes);
    };
    REQUIRE(eventually([&] { return command_line(process.pid).find("read line") != std::string::npos; }));
    CHECK(find().empty());
    REQUIRE(::write(input.get(), "\n", 1) == 1);
    REQUIRE(eventually([&] { return command_line(process.pid) == "sleep 100"; }));
    const auto found = find();
    REQUIRE(found.size() == 1);
    CHECK(found[0].identity.pid == process.pid);
    end(process);
    CHECK(find().empty());
    CHECK(search.take_unread().empty());
}
