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

}  // namespace

TEST_CASE("table: two spaces between columns, capitals on top, nothing after the last word") {
    CHECK(sample().render(false, 0) == "NAME      STATE    DETAIL\n"
                                       "web       running\n"
                                       "database  fatal    failed 3 times within 1m\n");
}

TEST_CASE("table: the last column takes what is left and is cut") {
    CHECK(sample().render(false, 30) == "NAME      STATE    DETAIL\n"
                                        "web       running\n"
                                        "database  fatal    failed 3 t…\n");
}

TEST_CASE("table: too narrow a terminal still shows the other columns whole") {
    CHECK(sample().render(false, 10) == "NAME      STATE    DETAIL\n"
                                        "web       running\n"
                                        "database  fatal    faile…\n");
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
