#include "support/catch.hpp"
#include "terminal/interleaver.hpp"
#include <string>

using namespace talos::terminal;
using Prefix = Interleaver::Prefix;
using Tone = Interleaver::Tone;

TEST_CASE("interleaver: whole lines only, each under its name") {
    Interleaver view(false, Prefix::names);
    const auto web = view.add("web");
    const auto cache = view.add("cache");
    std::string out;
    view.output(web, "hel", out);
    view.output(cache, "ready\nhalf", out);
    view.output(web, "lo\n", out);
    CHECK(out == "cache | ready\nweb   | hello\n");
}

TEST_CASE("interleaver: a rest without newline comes with the end, once") {
    Interleaver view(false, Prefix::names);
    const auto web = view.add("web");
    std::string out;
    view.output(web, "last words", out);
    CHECK(out.empty());
    view.end(web, out);
    view.end(web, out);
    CHECK(out == "web | last words\n");
}

TEST_CASE("interleaver: an empty line keeps its prefix and gets no trailing space") {
    Interleaver view(false, Prefix::names);
    const auto web = view.add("web");
    std::string out;
    view.output(web, "\n\na\n", out);
    CHECK(out == "web |\nweb |\nweb | a\n");
}

TEST_CASE("interleaver: a stamp stands behind the prefix, and a line that overwrites itself leaves it") {
    Interleaver view(false, Prefix::names);
    const auto web = view.add("web");
    view.columns(80);
    std::string out;
    view.stamp("12:00");
    view.output(web, "a\n\n10 %\r20 %\n", out);
    view.stamp({});
    view.output(web, "b\n", out);
    CHECK(out == "web | 12:00 a\nweb | 12:00\nweb | 12:00 20 %\nweb | b\n");
    Interleaver bare(true, Prefix::none);
    const auto only = bare.add("web");
    out.clear();
    bare.stamp("12:00");
    bare.output(only, "a\n", out);
    CHECK(out == "\x1b[2m12:00\x1b[0m a\n");
}

TEST_CASE("interleaver: lines of talosd are told apart from output, and come after what was held") {
    Interleaver view(false, Prefix::names);
    const auto web = view.add("web");
    (void)view.add("cache");
    std::string out;
    view.output(web, "dying", out);
    view.about(web, Tone::bad, "SIGSEGV", out);
    view.message(Tone::plain, "all down", out);
    CHECK(out == "web   | dying\nweb   > SIGSEGV\nall down\n");
}

TEST_CASE("interleaver: colours of a worker do not run into the next line") {
    Interleaver view(true, Prefix::names);
    const auto web = view.add("web");
    std::string out;
    view.output(web, "\x1b[31mred\n", out);
    view.about(web, Tone::good, "running", out);
    CHECK(out == "\x1b[36mweb |\x1b[0m \x1b[31mred\x1b[0m\n\x1b[36mweb >\x1b[0m \x1b[32mrunning\x1b[0m\n");
}

TEST_CASE("interleaver: without prefixes the output passes as it is") {
    Interleaver view(false, Prefix::none);
    const auto run = view.add("run");
    std::string out;
    view.output(run, "text\r\n", out);
    view.about(run, Tone::plain, "exit code 3", out);
    CHECK(out == "text\nrun > exit code 3\n");
}

TEST_CASE("interleaver: a line longer than 8 KiB is broken, nothing is lost") {
    Interleaver view(false, Prefix::none);
    const auto run = view.add("run");
    const std::string text(20'000, 'x');
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 1'000) view.output(run, text.substr(at, 1'000), out);
    view.output(run, "\n", out);
    CHECK(out == std::string(8192, 'x') + "\n" + std::string(8192, 'x') + "\n" + std::string(20'000 - 2 * 8192, 'x') + "\n");
}

TEST_CASE("interleaver: a line of exactly 8 KiB is one line, however it arrives") {
    const std::string text(8192, 'x');
    const std::size_t piece = GENERATE(std::size_t{8193}, std::size_t{8192}, std::size_t{4096}, std::size_t{1});
    Interleaver view(false, Prefix::none);
    const auto run = view.add("run");
    std::string out;
    const std::string all = text + "\n";
    for (std::size_t at = 0; at < all.size(); at += piece) view.output(run, std::string_view{all}.substr(at, piece), out);
    CHECK(out == all);
}

TEST_CASE("interleaver: a broken line is not broken inside a character") {
    Interleaver view(false, Prefix::none);
    const auto run = view.add("run");
    std::string out;
    const std::string text = std::string(8191, 'x') + "é" + "y";
    view.output(run, text + "\n", out);
    CHECK(out == std::string(8191, 'x') + "\n" + "éy\n");
}
