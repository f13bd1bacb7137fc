#include "support/catch.hpp"
#include "terminal/table.hpp"

using namespace talos::terminal;

namespace {

Table sample() {
    Table table({"name", "state", "detail"});
    table.add({{"web"}, {"running", Color::green}, {}});
    table.add({{"database"}, {"fatal", Color::red}, {"failed 3 times within 1m"}});
    return table;
}

}   // namespace

TEST_CASE("table: two spaces between columns, capitals on top, nothing after the last word") {
    CHECK(sample().render(false, 0) == "NAME      STATE    DETAIL\n"
                                       "web       running\n"
                                       "database  fatal    failed 3 times within 1m\n");
}

TEST_CASE("table: the last column takes what is left and goes on below") {
    CHECK(sample().render(false, 39) == "NAME      STATE    DETAIL\n"
                                        "web       running\n"
                                        "database  fatal    failed 3 times\n"
                                        "                   within 1m\n");
    CHECK(sample().render(false, 43) == sample().render(false, 0));
}

TEST_CASE("table: too little left for the last column: it stands in lines of its own") {
    CHECK(sample().render(false, 30) == "NAME      STATE\n"
                                        "web       running\n"
                                        "database  fatal\n"
                                        "    failed 3 times within 1m\n");
    Table table({"name", "state", "detail"});
    const std::string name(56, 'n');
    table.add({{name},
               {"backoff"},
               {"next start in 17s; exit code 3, 2s ago; log cannot be written: write /srv/web.log: No space left"}});
    CHECK(table.render(false, 80) == "NAME" + std::string(54, ' ') + "STATE\n" + name + "  backoff\n" +
                                         "    next start in 17s; exit code 3, 2s ago; log cannot be written: write\n"
                                         "    /srv/web.log: No space left\n");
}

TEST_CASE("table: a word that is longer than a line is broken, and no character is") {
    Table table({"name", "detail"});
    table.add({{"w"}, {std::string(14, 'a') + "日本日本日本"}});
    CHECK(table.render(false, 26) == "NAME  DETAIL\nw     " + std::string(14, 'a') + "日本日\n      本日本\n");
}

TEST_CASE("table: colours surround the text, not the padding") {
    Table table({"name", "state"});
    table.add({{"web", Color::bold}, {"running", Color::green}});
    CHECK(table.render(true, 0) == "\x1b[2mNAME\x1b[0m  \x1b[2mSTATE\x1b[0m\n"
                                   "\x1b[1mweb\x1b[0m   \x1b[32mrunning\x1b[0m\n");
}

TEST_CASE("table: wide characters keep the columns aligned") {
    Table table({"name", "state"});
    table.add({{"日本"}, {"running"}});
    table.add({{"abcd"}, {"running"}});
    CHECK(table.render(false, 0) == "NAME  STATE\n日本  running\nabcd  running\n");
}

TEST_CASE("table: a cell cannot break out of its line") {
    Table table({"name", "detail"});
    table.add({{"web"}, {"two\nlines\x1b[2J"}});
    CHECK(table.render(false, 0) == "NAME  DETAIL\nweb   twolines\n");
}

TEST_CASE("table: without rows only the header") { CHECK(Table({"name"}).render(false, 0) == "NAME\n"); }
