#include "config/json/lenient.hpp"
#include "config/load/parse.hpp"
#include "support/catch.hpp"

using namespace talos::config;

namespace {

std::string data_dir_of(const std::string& text) { return lenient_data_dir(text, "/srv/app/talos.json"); }

}   // namespace

TEST_CASE("lenient data directory: the same as in a sound config") {
    CHECK(data_dir_of(R"({"dataDir": ".talos", "workers": {}})") == "/srv/app/.talos");
    CHECK(data_dir_of(R"({"workers": {}, "dataDir": "/d"})") == "/d");
    CHECK(data_dir_of("\xEF\xBB\xBF{ // c\n \"data\\u0044ir\" /***/ : \"a\\u00e4\\/b\" }") == "/srv/app/a\xC3\xA4/b");
    CHECK(data_dir_of("{}").empty());
}

TEST_CASE("lenient data directory: broken values elsewhere do not matter") {
    CHECK(data_dir_of(R"({"dataDir": "d", "workers": {"web": {"comand": 3}}, "x": 1})") == "/srv/app/d");
}

TEST_CASE("lenient data directory: found around syntax errors") {
    CHECK(data_dir_of(R"({"dataDir": "d", "workers": {"web": )") == "/srv/app/d");
    CHECK(data_dir_of(R"({"workers": {"web": {"command": [tru}}, "dataDir": "d"})") == "/srv/app/d");
    CHECK(data_dir_of(R"({"workers": {"web": {"command": ["x"] }, "dataDir": "d"})") == "/srv/app/d");
    CHECK(data_dir_of(R"({"workers": {}}}, "dataDir": "d"})") == "/srv/app/d");
    CHECK(data_dir_of("{\"workers\": {\"web\": {\"command\": \"x}},\n\"dataDir\": \"d\"}") == "/srv/app/d");
    CHECK(data_dir_of("{\"x\": \"\xFF\", \"dataDir\": \"d\"}") == "/srv/app/d");
    CHECK(data_dir_of("\"dataDir\": \"d\"") == "/srv/app/d");
    CHECK(data_dir_of("{\"dataDir\": \"d\" /* never closed") == "/srv/app/d");
}

TEST_CASE("lenient data directory: something else of that name is not taken for it") {
    CHECK(data_dir_of(R"({"workers": {"web": {"command": "x", "env": {"dataDir": "/wrong"}}}})").empty());
    CHECK(data_dir_of(R"({"workers": {"web": {"command": "x", "env": {"dataDir": "/wrong"}}}, broken})").empty());
    CHECK(data_dir_of(R"({"workers": {"web": {"env": {"dataDir": "/wrong"}}}, broken "dataDir": "d"})") == "/srv/app/d");
    CHECK(data_dir_of(R"({"x": "dataDir", "y": "/wrong"})").empty());
    CHECK(data_dir_of(R"(["dataDir", "/wrong"])").empty());
    CHECK(data_dir_of("{} // \"dataDir\": \"/wrong\"").empty());
}

TEST_CASE("lenient data directory: unreadable values count as absent") {
    for (const std::string text :
         {R"({"dataDir": 3})", R"({"dataDir": ""})", R"({"dataDir": null})", R"({"dataDir": "a\u0000b"})",
          R"({"dataDir": "\ud800"})", R"({"dataDir": "\q"})", R"({"dataDir")", R"({"dataDir":)", "{\"dataDir\": \"x\n\"}",
          "{\"dataDir\": \"\xFF\"}", "", "\xEF\xBB\xBF", "\"dataDir\":"}) {
        CAPTURE(text);
        CHECK(data_dir_of(text).empty());
    }
}

TEST_CASE("lenient data directory: deep and large texts do no harm") {
    CHECK(data_dir_of(std::string(3'000'000, '[') + "\"dataDir\": \"d\"") == "/srv/app/d");
    CHECK(data_dir_of("{\"dataDir\": \"d\"}" + std::string(std::size_t{17} << 20, ' ')) == "/srv/app/d");
    std::string every_byte = "{\"dataDir\": \"d\"";
    for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
    CHECK(data_dir_of(every_byte) == "/srv/app/d");
}

TEST_CASE("lenient control socket: found like the data directory") {
    const auto socket_of = [](const std::string& text) { return lenient_control_socket(text, "/srv/app/talos.json"); };
    CHECK(socket_of(R"({"dataDir": "d", "controlSocket": "../c.sock", "workers": {"web": )") == "/srv/c.sock");
    CHECK(socket_of(R"({"workers": {"web": {"command": "x", "env": {"controlSocket": "/wrong"}}}})").empty());
    CHECK(socket_of(R"({"dataDir": "controlSocket"})").empty());
    CHECK(data_dir_of(R"({"controlSocket": "dataDir", "dataDir": "d"})") == "/srv/app/d");
}
