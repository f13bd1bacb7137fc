#include "support/catch.hpp"
#include "support/paths.hpp"
#include "system/talos/process.hpp"
#include "system/talos/terminal.hpp"

using namespace talos::test;

namespace {

Command help(const std::string& page) { return {.argv = {bin_dir() + "/talosctl", "help", page}, .env = {{"TERM", "xterm"}}}; }

}   // namespace

TEST_CASE("help: a page goes through $PAGER on a terminal, and its exit code is the pager's") {
    Terminal terminal;
    auto command = help("talosd");
    command.terminal = terminal.name();
    command.env.emplace_back("PAGER", "sed 's/^NAME/paged: &/'; exit 3");
    Process talosctl(command);
    CHECK(terminal.shows("paged: NAME\r\n       talosd - "));
    CHECK(terminal.shows("SEE ALSO\r\n"));
    CHECK(talosctl.wait() == 3);
}

TEST_CASE("help: a page is written as it is where there is no pager, and where there is no terminal") {
    const auto plain = run(help("talosd"));
    CHECK(plain.code == 0);
    CHECK(plain.err.empty());
    CHECK(plain.out.starts_with("NAME\n       talosd - "));

    auto piped = help("talosd");
    piped.env.emplace_back("PAGER", "exit 3");
    CHECK(run(piped).out == plain.out);

    for (const std::string pager : {"", "cat"}) {
        CAPTURE(pager);
        Terminal terminal;
        auto command = help("talosd");
        command.terminal = terminal.name();
        command.env.emplace_back("PAGER", pager);
        command.env.emplace_back("PATH", "/nowhere");
        Process talosctl(command);
        CHECK(terminal.shows("NAME\r\n       talosd - "));
        CHECK(terminal.shows("SEE ALSO\r\n"));
        CHECK(talosctl.wait() == 0);
    }
}
