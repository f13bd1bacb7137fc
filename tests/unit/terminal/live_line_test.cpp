#include "support/catch.hpp"
#include "support/screen.hpp"
#include "terminal/interleaver.hpp"
#include <string>

using namespace talos::terminal;
using Prefix = Interleaver::Prefix;
using Tone = Interleaver::Tone;

namespace {

/// Workers in front of a terminal.
struct Show {
    explicit Show(std::size_t columns = 40, bool color = true) : view(color, Prefix::names), screen(columns) {
        view.columns(columns);
    }

    void says(std::size_t n, std::string_view bytes, Interleaver::Stream stream = Interleaver::Stream::out) {
        std::string out;
        view.output(n, bytes, out, stream);
        screen.write(out);
    }
    /// Nobody says anything for as long as it takes.
    void pause() {
        std::string out;
        while (view.has_fresh()) view.pause(out);
        screen.write(out);
    }
    void ends(std::size_t n) {
        std::string out;
        view.end(n, out);
        screen.write(out);
    }
    void about(std::size_t n, std::string_view text) {
        std::string out;
        view.about(n, Tone::plain, text, out);
        screen.write(out);
    }
    void talosd(std::string_view text) {
        std::string out;
        view.message(Tone::plain, text, out);
        screen.write(out);
    }
    [[nodiscard]] std::string text() const { return screen.text(); }

    Interleaver view;
    talos::test::Screen screen;
    std::size_t web = view.add("web");
    std::size_t cache = view.add("cache");
};

}   // namespace

TEST_CASE("live line: a prompt is shown after a pause, and is finished in its place") {
    Show show;
    show.says(show.web, "Password: ");
    CHECK(show.text() == "");
    show.pause();
    CHECK(show.text() == "web   | Password: ");
    show.says(show.web, "ok\n");
    CHECK(show.text() == "web   | Password: ok\n");
    CHECK_FALSE(show.view.has_fresh());
}

TEST_CASE("live line: it gives way to others' lines and comes back under them, unbroken") {
    Show show;
    show.says(show.web, "loading");
    show.pause();
    show.says(show.cache, "one\ntwo\n");
    CHECK(show.text() == "cache | one\ncache | two\nweb   | loading");
    show.talosd("reload");
    CHECK(show.text() == "cache | one\ncache | two\nreload\nweb   | loading");
    show.says(show.web, "...");   // a line that is shown already grows at once
    CHECK(show.text() == "cache | one\ncache | two\nreload\nweb   | loading...");
    show.says(show.web, " done\nnext\n");
    CHECK(show.text() == "cache | one\ncache | two\nreload\nweb   | loading... done\nweb   | next\n");
}

TEST_CASE("live line: a line that keeps on growing is not shown before it pauses") {
    Show show;
    std::string out;
    for (int i = 0; i < 5; ++i) {
        show.says(show.web, ".");
        show.view.pause(out);
    }
    CHECK(out.empty());
    show.pause();
    CHECK(show.text() == "web   | .....");
}

TEST_CASE("live line: what talosd says about its worker does not finish it") {
    Show show;
    show.says(show.web, "Continue? ");
    show.pause();
    show.about(show.web, "running");
    CHECK(show.text() == "web   > running\nweb   | Continue? ");
    show.says(show.web, "yes\n");
    CHECK(show.text() == "web   > running\nweb   | Continue? yes\n");
}

TEST_CASE("live line: a progress that never pauses is shown nevertheless") {
    Show show;
    std::string out;
    for (int percent = 0; percent < 50; percent += 10) {
        show.says(show.web, "\r" + std::to_string(percent) + " %");
        show.view.pause(out);
        show.screen.write(out);
        out.clear();
    }
    CHECK(show.text() == "web   | 40 %");
}

TEST_CASE("live line: of several unfinished lines the latest is shown, the others after it") {
    Show show;
    show.says(show.web, "first");
    show.pause();
    show.says(show.cache, "second");
    show.pause();
    CHECK(show.text() == "cache | second");
    show.says(show.cache, "\n");
    CHECK(show.text() == "cache | second\nweb   | first");
    show.ends(show.web);
    CHECK(show.text() == "cache | second\nweb   | first\n");
}

TEST_CASE("live line: it never takes more than its row, however long it is and however narrow the screen") {
    const std::size_t columns = GENERATE(std::size_t{1}, std::size_t{9}, std::size_t{12}, std::size_t{40});
    Show show(columns);
    const std::string text = "begin " + std::string(60, '.') + "\t漢字漢字 the end";
    show.says(show.web, text);
    show.pause();
    CHECK(show.text().find('\n') == std::string::npos);
    if (columns == 40) CHECK(show.text() == "web   | …............. 漢字漢字 the end");
    show.talosd("x");
    CHECK(show.text().substr(0, 2) == "x\n");
    show.ends(show.web);
}

TEST_CASE("live line: a progress that goes back over itself is one line, its last state") {
    Show show;
    for (int percent = 0; percent <= 100; percent += 20) show.says(show.web, "\r" + std::to_string(percent) + " %");
    show.pause();
    CHECK(show.text() == "web   | 100 %");
    show.says(show.web, "\rready\r\n");
    CHECK(show.text() == "web   | ready\n");
    show.says(show.web, "10 %\r50 %\rall of it\n");
    CHECK(show.text() == "web   | ready\nweb   | all of it\n");
}

TEST_CASE("live line: stdout and stderr of one worker do not tear each other's lines") {
    Show show;
    show.says(show.web, "half a ");
    show.says(show.web, "error\n", Interleaver::Stream::err);
    show.pause();
    CHECK(show.text() == "web   | error\nweb   | half a ");
    show.says(show.web, "line\n");
    CHECK(show.text() == "web   | error\nweb   | half a line\n");
}

TEST_CASE("screen: whatever a worker writes, nothing but text and colours of it arrives") {
    Show show(80);
    show.says(show.web, "\x1b[2J\x1b[H\x1b]0;title\a\x1b[31mred\x1b[0m \x1b[?1049h\x1b(0\x0e\x07 \x9b"
                        "2J \xc2\x9b"
                        "2Kend\x7f\n");
    show.says(show.web, "\x1b[10A\x1bM\x1b"
                        "c\x1b#8 half \x1b[");
    show.pause();
    show.says(show.cache, "alone\n");
    CHECK(show.text() == "web   | red  \xef\xbf\xbd"
                         "2J end\ncache | alone\nweb   |  half ");
}

TEST_CASE("screen: colours that a worker leaves on are its next line's, nobody else's, until it ends") {
    Interleaver view(true, Prefix::names);
    const auto web = view.add("web");
    const auto cache = view.add("cache");
    std::string out;
    view.output(web, "\x1b[31mred\n", out);
    out.clear();
    view.output(cache, "plain\n", out);
    CHECK(out.find("\x1b[31m") == std::string::npos);
    out.clear();
    view.output(web, "still\x1b[0m\n", out);
    CHECK(out.find(" \x1b[31mstill\x1b[0m") != std::string::npos);
    out.clear();
    view.output(web, "plain\n", out);
    CHECK(out.find("\x1b[31m") == std::string::npos);
    view.output(web, "\x1b[1;32mgreen\n", out);
    view.end(web, out);
    out.clear();
    view.output(web, "plain again\n", out);
    CHECK(out.find("\x1b[1;32m") == std::string::npos);
}

TEST_CASE("screen: what is carried from line to line stays small, the latest of it wins") {
    CarriedColor carried;
    for (int i = 0; i < 1000; ++i) carried.note("\x1b[38;5;" + std::to_string(i % 256) + "m");
    CHECK(carried.sequences().size() <= 64);
    CHECK(carried.sequences().ends_with("\x1b[38;5;231m"));
    carried.note("\x1b[0;1m");
    CHECK(carried.sequences() == "\x1b[0;1m");
    carried.note("\x1b[m");
    CHECK(carried.sequences().empty());
}

TEST_CASE("screen: long names leave most of it free") {
    Show show(60);
    (void)show.view.add("a-worker-with-a-very-long-name-indeed");
    show.says(2, "text\n");
    show.says(show.web, "text\n");
    CHECK(show.text() == "a-worker-with-a-ver… | text\nweb                  | text\n");
}

TEST_CASE("no screen: unfinished lines wait for their end, and all of a line is kept") {
    Interleaver view(false, Prefix::names);
    const auto web = view.add("web");
    std::string out;
    view.output(web, "10 %\r50 %", out);
    view.pause(out);
    view.pause(out);
    CHECK(out.empty());
    view.end(web, out);
    CHECK(out == "web | 10 %50 %\n");
}
