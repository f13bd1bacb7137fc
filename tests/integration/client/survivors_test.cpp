#include "client/daemon_manager.hpp"
#include "client/survivors.hpp"
#include "posix/processes/process_tree.hpp"
#include "processes.hpp"
#include "state/journal.hpp"
#include "state/leftovers.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <unistd.h>

using namespace talos;
using namespace talos::client;
using namespace talos::state;
using namespace talos::test;

namespace {

std::vector<pid_t> pids_of(const StatusDocument& document) {
    std::vector<pid_t> pids;
    for (const auto& survivors : find_survivors(document)) {
        for (const auto& process : survivors.processes) pids.push_back(process.pid);
    }
    return pids;
}

bool names(const StatusDocument& document, pid_t pid) {
    const auto pids = pids_of(document);
    return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

std::vector<SurvivorEvent> end(const StatusDocument& document, Millis give_up = Millis{20'000}) {
    std::vector<SurvivorEvent> events;
    CHECK(end_survivors(document, give_up, [&](const SurvivorEvent& event) { events.push_back(event); }));
    return events;
}

/// The PID in a file that a shell writes.
pid_t read_pid_from(const std::string& path) {
    REQUIRE(eventually([&] { return read_text(path).ends_with('\n'); }));
    return static_cast<pid_t>(std::stol(read_text(path)));
}

}   // namespace

TEST_CASE("survivors: a recorded main and all its children end by the worker's plan") {
    auto main = shell("sleep 100 & sleep 100 & sleep 100");
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", main.identity()));
    REQUIRE(eventually([&] { return pids_of(document).size() == 4; }));
    const auto found = find_survivors(document);
    REQUIRE(found.size() == 1);
    CHECK(found[0].worker == "web");
    CHECK(found[0].processes.at(0).pid == main.pid());

    const auto events = end(document);
    REQUIRE(events.size() == 2);
    CHECK(events[0].what == SurvivorEvent::What::signalled);
    CHECK(events[0].signal == SIGTERM);
    CHECK(events[0].processes == 4);
    CHECK(events[1].what == SurvivorEvent::What::gone);
    CHECK(events[1].processes == 4);
    CHECK(main.wait()->signal == SIGTERM);
    CHECK(pids_of(document).empty());
}

TEST_CASE("survivors: one that ignores the plan's signals gets SIGKILL after the last wait") {
    const TemporaryDirectory dir;
    auto main = shell("trap '' TERM INT; echo $$ > " + (dir / "ready") + "; while :; do sleep 0.05; done");
    (void)read_pid_from(dir / "ready");
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", main.identity()));
    document.workers[0].stop = {{SIGTERM, Millis{60}}, {SIGINT, Millis{60}}};
    const auto events = end(document);
    std::vector<int> signals;
    for (const auto& event : events) {
        if (event.what == SurvivorEvent::What::signalled) signals.push_back(event.signal);
    }
    CHECK(signals == std::vector<int>{SIGTERM, SIGINT, SIGKILL});
    CHECK(main.wait()->signal == SIGKILL);
}

TEST_CASE("survivors: give_up bounds the plans, 0 is SIGKILL at once") {
    auto main = shell("trap '' TERM; sleep 100");
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", main.identity(), Millis{100'000}));
    const auto events = end(document, Millis{0});
    REQUIRE_FALSE(events.empty());
    CHECK(events[0].signal == SIGKILL);
    CHECK(main.wait()->signal == SIGKILL);
}

TEST_CASE("survivors: a stopped one is woken, so that it acts on its signal") {
    auto main = sleeper();
    REQUIRE(posix::send_signal(main.pidfd(), SIGSTOP));
    REQUIRE(eventually([&] { return posix::read_stat(main.pid())->state == 'T'; }));
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", main.identity()));
    (void)end(document);
    CHECK(main.wait()->signal == SIGTERM);
}

TEST_CASE("survivors: workers end at the same time, each by its own plan") {
    const TemporaryDirectory dir;
    auto slow = shell("trap '' INT; echo $$ > " + (dir / "ready") + "; sleep 100");
    (void)read_pid_from(dir / "ready");
    auto quick = sleeper();
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("slow", slow.identity()));
    document.workers[0].stop = {{SIGINT, Millis{300}}, {SIGTERM, Millis{20'000}}};
    document.workers.push_back(a_worker("quick", quick.identity()));
    const auto events = end(document);
    const auto first_gone =
        std::find_if(events.begin(), events.end(), [](const auto& e) { return e.what == SurvivorEvent::What::gone; });
    REQUIRE(first_gone != events.end());
    CHECK(first_gone->worker == "quick");
    CHECK(events.back().worker == "slow");
}

TEST_CASE("survivors: one that was spawned but never recorded is found by the run's mark, under its worker's name") {
    const auto run = a_run();
    auto unrecorded = sleeper(marks(run, "web"));
    auto unlisted = sleeper(marks(run, "gone-from-config"));
    auto other_run = sleeper(marks(run + "0", "web"));
    auto document = a_document(run);
    WorkerStatus web;
    web.name = "web";
    web.stop = {{SIGINT, Millis{20'000}}};
    document.workers.push_back(web);
    const auto found = find_survivors(document);
    REQUIRE(found.size() == 2);
    CHECK(found[0].worker == "web");
    CHECK(found[0].processes == std::vector{unrecorded.identity()});
    CHECK(found[1].worker.empty());
    CHECK(found[1].processes == std::vector{unlisted.identity()});
    CHECK(found[1].stop == std::vector{config::StopStep{}});
    (void)end(document);
    CHECK(unrecorded.wait()->signal == SIGINT);
    CHECK(unlisted.wait()->signal == SIGTERM);
    CHECK(other_run.alive());
}

TEST_CASE("survivors: who left session and parent is found by the mark that it inherited") {
    const TemporaryDirectory dir;
    const auto run = a_run();
    auto main = shell("setsid sh -c 'echo $$ > " + (dir / "pid") + "; exec sleep 100' & sleep 0.01", marks(run, "web"));
    const pid_t escaped = read_pid_from(dir / "pid");
    REQUIRE(main.wait());
    const auto document = a_document(run);
    REQUIRE(eventually([&] { return names(document, escaped); }));
    (void)end(document);
    CHECK(pids_of(document).empty());
}

TEST_CASE("survivors: an unmarked member of a dead main's session counts when it was there while main was") {
    const TemporaryDirectory dir;
    auto main = shell("env -i sh -c 'echo $$ > " + (dir / "pid") + "; exec sleep 100' &");
    const auto main_identity = main.identity();   // an unreaped child keeps its entry
    const pid_t member = read_pid_from(dir / "pid");
    REQUIRE(main.wait());
    const auto member_ticks = posix::read_stat(member)->start_ticks;

    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", main_identity));
    // Nothing in the document is as late as the member's start: for all we know the session's number was used again.
    if (member_ticks > main_identity.start_ticks) CHECK_FALSE(names(document, member));

    // Something that was recorded together with main started after the member did.
    REQUIRE(eventually([&] { return posix::boottime_ticks() > member_ticks + 1; }));
    auto later = sleeper();
    document.workers.push_back(a_worker("later", later.identity()));
    CHECK(names(document, member));
    (void)end(document);
    REQUIRE(later.wait());
}

TEST_CASE("survivors: one marked member makes its whole session the run's") {
    const TemporaryDirectory dir;
    const auto run = a_run();
    auto main = shell("sleep 100 & env -i sh -c 'echo $$ > " + (dir / "pid") + "; exec sleep 100' &", marks(run, "web"));
    const auto main_identity = main.identity();
    const pid_t unmarked = read_pid_from(dir / "pid");
    REQUIRE(main.wait());
    auto document = a_document(run);
    document.workers.push_back(a_worker("web", main_identity));
    CHECK(names(document, unmarked));
    CHECK(pids_of(document).size() == 2);
    (void)end(document);
}

TEST_CASE("survivors: a PID that another process has now is nobody of ours, nor is its session, nor are its children") {
    auto stranger = shell("sleep 100 & sleep 100");
    REQUIRE(eventually([&] { return posix::children_of(stranger.pid()).size() == 2; }));
    auto recorded = stranger.identity();
    recorded.start_ticks -= 1;
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", recorded));
    CHECK(find_survivors(document).empty());
    (void)end(document);
    CHECK(stranger.alive());

    document.workers[0].start_ticks += 1;   // so that the children do not stay
    (void)end(document);
}

TEST_CASE("survivors: a document of another boot or PID namespace names nobody") {
    auto main = sleeper();
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("web", main.identity()));
    auto other_boot = document;
    other_boot.head.identity.boot_id = "another";
    CHECK(find_survivors(other_boot).empty());
    auto other_namespace = document;
    other_namespace.head.identity.pid_namespace += 1;
    CHECK(find_survivors(other_namespace).empty());
    CHECK(names(document, main.pid()));
}

TEST_CASE("survivors: never we ourselves, our ancestors or PID 1, whatever is recorded") {
    auto document = a_document(a_run());
    document.workers.push_back(a_worker("self", posix::own_identity().value()));
    for (const pid_t pid : {::getppid(), pid_t{1}}) {
        const auto stat = posix::read_stat(pid);
        REQUIRE(stat);
        document.workers.push_back(
            a_worker("ancestor" + std::to_string(pid), {pid, stat->start_ticks, posix::boot_id(), posix::pid_namespace()}));
    }
    for (const pid_t pid : {::getpid(), ::getppid(), pid_t{1}}) CHECK_FALSE(names(document, pid));
}

TEST_CASE("survivors: a start that only the journal knows of is found by its identity, whatever became of its environment") {
    TemporaryDirectory dir;
    const DataDirectory files(dir.path());
    const Child child({"sleep", "100"});   // carries no mark
    auto document = a_document(a_run());
    document.head.sequence = 1;
    WorkerStatus row;
    row.name = "web";
    document.workers.push_back(row);
    REQUIRE(DaemonManager(dir.path()).write_status(document));
    auto journal = Journal::open(files.event_file());
    REQUIRE(journal);
    JournalEntry entry;
    entry.worker = "web";
    entry.to = "starting";
    entry.pid = ::getpid();
    entry.start_ticks = 1;
    (void)journal->append(entry);   // sequence 1: the document has it already
    entry.pid = child.pid();
    entry.start_ticks = child.identity().start_ticks;
    (void)journal->append(entry);
    REQUIRE(journal->flush());
    const auto left = read_left_status(files);
    REQUIRE(left);
    REQUIRE(left->has_value());
    CHECK(pids_of(**left) == std::vector<pid_t>{child.pid()});
}
