#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/cgroup.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/net.hpp"
#include "system/talos/notifier.hpp"
#include "system/talos/terminal.hpp"

using namespace talos::test;

// What a worker writes, chosen such that something that reads it would fail.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Lines that a backtracking engine cannot decide for `^(a+)+$`, then one that matches.
constexpr const char* hard_lines = "awk 'BEGIN { for (i = 0; i < 900; ++i) a = a \"a\"; for (i = 0; i < 200; ++i) print a \"!\"; "
                                   "print \"aaa\" }'; exec sleep 120";

}   // namespace

TEST_CASE("ready by a line: output that is hard for a backtracking engine hides no line") {
    Daemon daemon(worker("w", shell(hard_lines), R"x("ready": {"log": "^(a+)+$", "timeout": "100s"})x"));
    daemon.start();
    CHECK(daemon.worker_in("w", "running").ready);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl logs --grep: an expression decides every line, and one that the engine lacks is an error of usage") {
    Daemon daemon(worker("w", shell(hard_lines)));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "aaa\n"); }));
    const auto found = daemon.ctl({"logs", "-n", "1000", "--grep", "^(a+)+$"});
    CHECK(found.code == 0);
    CHECK(found.out.ends_with("aaa\n"));
    CHECK_FALSE(has(found.out, "!"));
    for (const char* lacking : {"a(?=b)", "(a)\\1", "(a{1000}){1000}", ".{1000}"}) {
        const auto refused = daemon.ctl({"logs", "--grep", lacking});
        CHECK(refused.code == 2);
        CHECK(has(refused.err, std::string("--grep \"") + lacking + "\": "));
    }
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosd --check: names the place of an expression that cannot be used") {
    Daemon daemon(worker("w", sleeper(), R"x("ready": {"log": "up(?!!)"})x"));
    const auto checked = run(daemon.command({"--check"}));
    CHECK(checked.code != 0);
    CHECK(
        has(checked.out + checked.err,
            "/workers/w/ready/log: the regular expression has \"(?!\" at byte 3: look-ahead and look-behind are not supported"));
}

namespace {

/// Each of it does something to a terminal that shows it: a title, the clipboard (OSC 52), the screen, a reset, a query, the writing direction.
constexpr const char* poison =
    "A\\033]0;title\\007B\\033]52;c;ZWNobw==\\033\\\\C\\033[2J\\033[HD\\033cE\\033P+q544e\\033\\\\F\\302\\2332JG"
    "\\302\\23552;c;eA==\\007H\\342\\200\\256I\\rJ\\bK\\033[6nL\\377M\\033[31mN";

/// What stands on the screen may contain colours and what talosd and talosctl write themselves, and nothing else that a terminal obeys.
std::string obeyed(const std::string& screen) {
    std::string found;
    for (std::size_t at = 0; at < screen.size(); ++at) {
        const auto byte = static_cast<unsigned char>(screen[at]);
        const auto rest = screen.substr(at);
        if (rest.starts_with("\x1b[")) {
            const auto end = rest.find_first_not_of("0123456789;", 2);
            if (end != std::string::npos && (rest[end] == 'm' || rest[end] == 'K')) continue;
        }
        const bool control = (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
        const bool of_c1 = byte == 0xc2 && at + 1 < screen.size() && static_cast<unsigned char>(screen[at + 1]) < 0xa0;
        if (control || of_c1 || rest.starts_with("\u202e"))
            found += "<" + std::to_string(byte) + " at " + std::to_string(at) + ">";
    }
    return found;
}

}   // namespace

TEST_CASE("on a terminal the output of workers can change nothing but colours, with a prefix and without") {
    const auto inherit = GENERATE(as<std::string>{}, "prefixed", "bare");
    Daemon daemon(worker("w", shell(std::string("printf '") + poison + "\\nend of it\\n'; exec sleep 120"),
                         "\"log\": {\"inherit\": \"" + inherit + "\"}"));
    Terminal terminal;
    auto how = daemon.command({"--color", "always"});
    how.terminal = terminal.name();
    how.env = {{"TERM", "xterm"}};
    daemon.start(how);
    REQUIRE(terminal.shows("end of it"));
    CHECK(obeyed(terminal.screen()) == "");
    CHECK(has(terminal.screen(), "\x1b[31mN"));
    CHECK_FALSE(has(terminal.screen(), "title"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl on a terminal obeys nothing that a worker wrote into its log, its status or its history") {
    Daemon daemon;
    daemon.configure(
        worker("w",
               python(daemon, "import sys\nsys.stdout.buffer.write(b'" +
                                  std::string("A\\x1b]0;title\\x07B\\xc2\\x9b2JC\\xe2\\x80\\xaeD\\rE\\x1bcF\\x1b[6nG\\xffH\\n") +
                                  "')\nsys.stdout.flush()\nnotify('READY=1\\nSTATUS=A\\x1b[2JB\\u009b2JC\\u202eD')\nrest()"),
               R"("ready": {"notify": true})"));
    daemon.start();
    daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return has(daemon.ctl({"status"}).out, "reports \""); }));
    REQUIRE(daemon.ctl({"restart", "w"}).code == 0);
    daemon.worker_in("w", "running");
    const std::vector<std::vector<std::string>> verbs{{"logs"},
                                                      {"logs", "w"},
                                                      {"logs", "--json"},
                                                      {"status"},
                                                      {"status", "--tree"},
                                                      {"status", "--json"},
                                                      {"why", "w"},
                                                      {"why", "w", "--json"},
                                                      {"events"},
                                                      {"events", "--json"},
                                                      {"restart", "\x1b[2J\xc2\x9b"},
                                                      {"status", "\u202e\x1b]0;t\x07"},
                                                      {"logs", "--grep", "(\x1b[2J"},
                                                      {"\x1b[2J"}};
    for (const auto& verb : verbs) {
        Terminal terminal;
        auto how = daemon.ctl_command(verb);
        how.terminal = terminal.name();
        how.env = {{"TERM", "xterm"}};
        (void)run(how);
        CAPTURE(verb);
        CHECK_FALSE(terminal.screen().empty());
        CHECK(obeyed(terminal.screen()) == "");
    }
    CHECK(has(daemon.ctl({"logs", "w"}).out, "A\x1b]0;title"));   // in a pipe they stay what they are
    for (const char* target : {"/v1/status", "/readyz", "/metrics", "/v1/events", "/v1/workers/%1B%5B2J%C2%9B"})
        CHECK(obeyed(call(daemon, "GET", target).body) == "");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("no file of talosd's has a character that a terminal obeys, whatever a process calls itself") {
    Daemon daemon;
    // The arguments of a leftover process and the name of a program that sends a signal: C1 as UTF-8 and as a byte, separators of lines, writing direction.
    const std::string hostile = "A\xc2\x9b"
                                "2J\xe2\x80\xae"
                                "B\xe2\x81\xa6"
                                "C\xe2\x80\xa8"
                                "D\xc2\x85"
                                "E\nF\x1b[2JG\x9b"
                                "2JH";
    write_text(daemon.path("arguments"), hostile);
    const auto leave = "(setsid env -i bash -c 'echo $$ > " + daemon.path("pid") + "; exec -a \"$(cat " +
                       daemon.path("arguments") + ")\" sleep 120' </dev/null >/dev/null 2>&1 &) ; exec sleep 120";
    daemon.configure(worker("w", shell(leave)), R"("cgroup": "off", )");
    daemon.start();
    const auto left = pid_in(daemon.path("pid"));
    daemon.worker_in("w", "running");
    REQUIRE(eventually(
        [&] { return proc(left).ppid == daemon.pid() && read_text("/proc/" + std::to_string(left) + "/comm") == "sleep\n"; }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    REQUIRE(eventually([&] {
        const auto status = daemon.status();
        return status && status->contains("unowned");
    }));
    const std::string sends =
        "import ctypes, os, signal\nctypes.CDLL(None).prctl(15, b'A\\xc2\\x9b2J\\xe2\\x80\\xaeB\\n')\nos.kill(" +
        std::to_string(daemon.pid()) + ", signal.SIGTERM)\nimport time\ntime.sleep(120)";
    Process sender(Command{.argv = {installed("python3"), "-c", sends}});
    CHECK(daemon.process().wait() == 0);
    CHECK(has(daemon.log(), "A\uFFFD2J\uFFFDB\uFFFDC\uFFFDD\uFFFDE F [2JG\uFFFD2JH"));
    CHECK(has(daemon.log(), "sent by A\uFFFD2J\uFFFDB  (pid "));
    for (const char* file : {"daemon.log", "status.json", "events.jsonl"}) {
        const auto text = read_text(daemon.data(file));
        CAPTURE(file, text);
        CHECK(obeyed(text) == "");
        for (const char* hidden : {"\u202E", "\u2066", "\u2028", "\u0085"}) CHECK_FALSE(has(text, hidden));
    }
}

TEST_CASE("a second talosd on one controlSocket does not start, and the first keeps its socket") {
    Daemon first;
    Daemon second;
    const auto socket = first.path("shared.sock");
    const auto config = "{ \"controlSocket\": \"" + socket + "\", \"workers\": {} }";
    write_text(first.path("talos.json"), config);
    write_text(second.path("talos.json"), config);
    first.start();
    const auto refused = run(second.command());
    CHECK(refused.code == 1);
    CHECK(has(refused.err, socket + " is in the way: it is the socket of process " + std::to_string(first.pid())));
    CHECK(first.ctl({"reload"}).code == 0);
    first.kill();
    CHECK(exists(socket));
    second.start();
    CHECK(second.ctl({"reload"}).code == 0);
    CHECK(second.stop() == 0);
}
