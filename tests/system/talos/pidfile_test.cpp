#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;

namespace {

/// A fault in code that believes such a file could signal every process there is: these run in a PID namespace of their own, in
/// which PID 1 is this script, a bystander waits beside it, and everything dies with the namespace.
std::vector<std::string> sandbox() {
    std::vector<std::string> words{"unshare", "--pid", "--fork", "--mount-proc", "--kill-child"};
    if (!is_root()) words.insert(words.begin() + 1, {"--user", "--map-root-user"});
    return words;
}

bool sandbox_works() {
    auto words = sandbox();
    words.emplace_back("true");
    return run(Command{.argv = words}).code == 0;
}

struct Answers {
    int status = -1;
    int stop = -1;
    int start = -1;
    bool bystander_lives = false;
    std::string all;
};

/// `talosctl status`, `talosctl stop` and whatever else is asked, with what `prepare` put into the data directory. `$B` is the
/// bystander's PID there.
Answers question(const Daemon& daemon, const std::string& prepare, const std::string& further = "true") {
    const auto talosctl = bin_dir() + "/talosctl --data-dir " + daemon.path("data");
    const std::string script = "sleep 120 & B=$!; mkdir -m 700 " + daemon.path("data") + "; cd " + daemon.path("data") + "; " +
                               prepare + "; exec 2>&1; " + talosctl + " status; echo \"status=$?\"; " + talosctl +
                               " stop --timeout 1s; echo \"stop=$?\"; " + further + "; kill -0 $B && echo bystander lives; true";
    auto words = sandbox();
    words.insert(words.end(), {"sh", "-c", script});
    const auto done = run(Command{.argv = words});
    Answers answers;
    answers.all = done.out + done.err;
    const auto number_after = [&](const std::string& key) {
        const auto at = done.out.find(key);
        return at == std::string::npos ? -1 : std::atoi(done.out.c_str() + at + key.size());
    };
    answers.status = number_after("status=");
    answers.stop = number_after("stop=");
    answers.start = number_after("start=");
    answers.bystander_lives = done.out.find("bystander lives") != std::string::npos;
    return answers;
}

}   // namespace

TEST_CASE("hostile PID files: nobody is signalled, whatever daemon.pid holds") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    const auto content = GENERATE(as<std::string>{}, "-1", "0", "1", "abc", "123abc", "1234567890123456789012345678901234567890",
                                  "", "\\000\\000\\000", " 2", "+2", "2\\n2", "$B");
    CAPTURE(content);
    Daemon daemon;
    const auto answers = question(daemon, "printf \"" + content + "\" >daemon.pid");
    INFO(answers.all);
    CHECK(answers.status == 1);   // there is a PID file, and nobody holds it
    CHECK(answers.stop == 0);
    CHECK(answers.bystander_lives);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));   // cleaned up, under the lock
}

TEST_CASE("a daemon.pid that is no regular file is named, exit code 4, and nobody is signalled") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    const auto make = GENERATE(as<std::string>{}, "mkdir daemon.pid", "mkfifo daemon.pid", "ln -s /dev/null daemon.pid");
    CAPTURE(make);
    Daemon daemon;
    const auto answers = question(daemon, make);
    INFO(answers.all);
    CHECK(answers.status == 4);
    CHECK(answers.stop == 4);
    CHECK(answers.bystander_lives);
    CHECK(answers.all.find("daemon.pid") != std::string::npos);
}

TEST_CASE("a locked daemon.pid with hostile content and no status: told as unknown, nobody is signalled") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    const auto content = GENERATE(as<std::string>{}, "-1", "1", "$B");
    CAPTURE(content);
    Daemon daemon;
    const std::string lock = "python3 -c 'import fcntl,os,struct,sys,time\n"
                             "fd=os.open(\"daemon.pid\",os.O_RDWR)\n"
                             "fcntl.fcntl(fd,37,struct.pack(\"hhqqi4x\",fcntl.F_WRLCK,0,0,0,0))\n"   // F_OFD_SETLK
                             "open(\"held\",\"w\")\n"
                             "time.sleep(120)' & while ! test -e held; do sleep 0.02; done";
    const std::string start = bin_dir() + "/talosctl --config " + daemon.path("talos.json") + " --data-dir " +
                              daemon.path("data") + " start; echo \"start=$?\"";
    const auto answers = question(daemon, "printf \"" + content + "\" >daemon.pid; " + lock, start);
    INFO(answers.all);
    CHECK(answers.status == 4);
    CHECK(answers.stop == 4);
    CHECK(answers.start == 1);
    CHECK(answers.bystander_lives);
    CHECK(exists(daemon.data("daemon.pid")));
}

TEST_CASE("a stale status.json that names PID 1 or the bystander with wrong ticks: nobody is signalled") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    const auto pid = GENERATE(as<std::string>{}, "1", "$B", "-1", "0", "99999999999");
    CAPTURE(pid);
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto document = read_text(daemon.data("status.json"));
    daemon.kill();
    Household::get().end_adopted();
    std::filesystem::remove_all(daemon.path("data"));
    write_text(daemon.path("left.json"), document);
    const auto edit = "N=$(stat -Lc %i /proc/self/ns/pid); sed -e 's/\"pid\": *[0-9]*/\"pid\":'" + pid +
                      "'/g' -e 's/\"pidNamespace\": *[0-9]*/\"pidNamespace\":'$N'/' " + daemon.path("left.json") +
                      " >status.json; printf \"" + pid + "\" >daemon.pid";
    const auto answers = question(daemon, edit);
    INFO(answers.all);
    CHECK(answers.status == 1);
    CHECK(answers.stop == 0);
    CHECK(answers.bystander_lives);
}

TEST_CASE("talosd in another PID namespace is reported, exit code 4, and never signalled") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    Daemon daemon(worker("w", sleeper()));
    auto how = daemon.command();
    auto words = sandbox();
    words.insert(words.end(), how.argv.begin(), how.argv.end());
    how.argv = words;
    daemon.launch(how);
    REQUIRE(eventually([&] { return daemon.status() && daemon.status()->at("state") == "running"; }));
    const auto answer = daemon.ctl({"status"});
    INFO(answer.out << answer.err);
    CHECK(answer.code == 4);
    CHECK(answer.err.find("PID namespace") != std::string::npos);
    const auto stop = daemon.ctl({"stop", "--force"});
    CHECK(stop.code != 0);
    CHECK(daemon.status()->at("state") == "running");
}

TEST_CASE("talosd as PID 1: it reaps orphans that are nobody's, and its program's exit code becomes its own") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    Daemon daemon;
    const auto as_init = [&](const std::vector<std::string>& command) {
        auto how = daemon.command({"--"});
        auto words = sandbox();
        words.insert(words.end(), how.argv.begin(), how.argv.end());
        words.insert(words.end(), command.begin(), command.end());
        how.argv = words;
        return how;
    };
    CHECK(run(as_init({"sh", "-c", "exit 42"})).code == 42);
    CHECK(run(as_init({program("exit_with"), "signal", "9"})).code == 128 + SIGKILL);

    // zombies are counted from inside, after fifty orphans have come and gone
    const std::string count =
        "for i in $(seq 50); do (true &) ; done; n=1; t=0; while [ $n -gt 0 ] && [ $t -lt 500 ]; do sleep 0.02; t=$((t+1)); "
        "n=$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z '); done; echo zombies=$n ppid=$PPID";
    const auto counted = run(as_init({"sh", "-c", count}));
    INFO(counted.out << counted.err);
    CHECK(counted.code == 0);
    CHECK(counted.out.find("zombies=0 ppid=1") != std::string::npos);
}

TEST_CASE("talosd as PID 1 stops on SIGTERM like anywhere else") {
    if (!sandbox_works()) TALOS_SKIP("needs PID namespaces");
    Daemon daemon(worker("w", sleeper()));
    const std::string talosd = bin_dir() + "/talosd --config " + daemon.path("talos.json") + " --data-dir " + daemon.path("data");
    auto words = sandbox();
    words.insert(words.end(), {"sh", "-c",
                               "(while ! grep -q '\"name\": *\"w\", *\"state\": *\"running\"' " + daemon.data("status.json") +
                                   "; do sleep 0.05; done; kill -TERM 1) 2>/dev/null & exec " + talosd});
    const auto done = run(Command{.argv = words});
    INFO(done.out << done.err);
    CHECK(done.code == 0);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK(daemon.log().find("stopped") != std::string::npos);
}

TEST_CASE("a start that fails before the first worker leaves neither daemon.pid nor status.json") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper()), "\"controlSocket\": \"" + daemon.path("no/such/control.sock") + "\", ");
    Process talosd(daemon.command());
    CHECK(talosd.wait() == 1);
    CHECK(talosd.err().find("make the control socket " + daemon.path("no/such/control.sock")) != std::string::npos);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK_FALSE(exists(daemon.data("status.json")));
    CHECK(daemon.ctl({"status"}).code == 3);
}

TEST_CASE("the directory of the control socket is made when it is missing, as after a boot") {
    Daemon daemon;
    daemon.configure(worker("w", sleeper()), "\"controlSocket\": \"" + daemon.path("run/control.sock") + "\", ");
    daemon.start();
    daemon.worker_in("w", "running");
    struct stat info {};
    REQUIRE(::stat(daemon.path("run").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0755);
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(daemon.stop() == 0);
}
