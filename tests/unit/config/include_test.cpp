#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "support/catch.hpp"
#include "unit/config/files.hpp"

using namespace talos;
using namespace talos::config;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

const std::string conf_d = R"({"include": ["conf.d/*.json"]})";

Config config_of(const Files& files, const std::string& text) {
    auto parsed = files.parse(text);
    for (const auto& error : parsed.errors) FAIL(to_text(error, "talos.json"));
    return parsed.config;
}

std::string error_of(const Files& files, const std::string& text) {
    const auto lines = files.errors(text);
    CAPTURE(lines);
    REQUIRE(lines.size() == 1);
    return lines.front();
}

std::vector<std::string> names(const Config& config) {
    std::vector<std::string> found;
    for (const auto& worker : config.workers) found.push_back(worker.name);
    return found;
}

std::string worker(const std::string& name, const std::string& extra = {}) {
    return "{\"workers\": {\"" + name + "\": {\"command\": \"x\"" + extra + "}}}";
}

}   // namespace

TEST_CASE("include: workers of all files, the config's own first, then file by file in the order of names") {
    const Files files{{"/srv/app/conf.d/20.json", worker("b")},
                      {"/srv/app/conf.d/10.json", worker("c")},
                      {"/srv/app/one.json", worker("a")},
                      {"/srv/app/conf.d/10.json.bak", "nonsense"}};
    const auto config =
        config_of(files, R"({"include": ["one.json", "conf.d/*.json", "none.d/*.json"], "workers": {"z": {"command": "x"}}})");
    CHECK(names(config) == std::vector<std::string>{"z", "a", "c", "b"});
    CHECK(names(config_of(files, R"({"include": "one.json"})")) == std::vector<std::string>{"a"});
    CHECK(names(config_of(files, R"({"include": []})")).empty());
}

TEST_CASE("include: relative paths are relative to the file they stand in") {
    const Files files{
        {"/srv/app/conf.d/a.json", R"({"include": "more/*.json", "templates": {"t": {"cwd": "t", "envFile": "t.env"}},
                          "workers": {"a": {"command": "x"}, "b": {"command": "x", "cwd": "../run", "envFile": "b.env"}}})"},
        {"/srv/app/conf.d/more/c.json", worker("c", R"(, "extends": "t")")},
        {"/srv/app/conf.d/b.env", "A=b"},
        {"/srv/app/conf.d/t.env", "A=t"}};
    const auto workers =
        config_of(files, R"({"include": "conf.d/*.json", "workers": {"own": {"command": "x", "extends": "t"}}})").workers;
    REQUIRE(workers.size() == 4);
    CHECK(workers[0].cwd == "/srv/app/conf.d/t");
    CHECK(workers[0].env == Variables{{"A", "t"}});
    CHECK(workers[1].cwd == "/srv/app/conf.d");
    CHECK(workers[2].cwd == "/srv/app/run");
    CHECK(workers[2].env == Variables{{"A", "b"}});
    CHECK(workers[3].cwd == "/srv/app/conf.d/t");
}

TEST_CASE("include: the config's defaults and everyone's templates are for the workers of all files") {
    const Files files{{"/srv/app/conf.d/a.json",
                       R"({"templates": {"sub": {"extends": "main", "umask": "0077"}}, "workers": {"a": {"extends": "sub"}}})"}};
    const auto config =
        config_of(files, R"({"include": ["conf.d/*.json"], "defaults": {"nice": 7}, "templates": {"main": {"command": "m"}},
        "workers": {"b": {"extends": "sub"}}})");
    for (const auto& worker : config.workers) {
        CHECK(worker.command == std::vector<std::string>{"m"});
        CHECK(worker.process.get()->nice == 7);
        CHECK(worker.process.get()->umask == 077);
    }
}

TEST_CASE("include: errors name the right file, line and column, all in one go") {
    const Files files{{"/srv/app/conf.d/a.json", "// first\n{\"workers\": {\n  \"a\": {\"comand\": \"x\", \"command\": \"x\"}}}"},
                      {"/srv/app/conf.d/b.json", "\xEF\xBB\xBF{\"workers\": {\"b\": {\"command\": 3}}}"},
                      {"/etc/x.json", "{\"wrokers\": {}}"}};
    const auto lines = files.errors("{\"include\": [\"conf.d/*.json\", \"/etc/x.json\"],\n\"dataDir\": 3}");
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == "talos.json:2:12: /dataDir: expected a path, found 3");
    CHECK(lines[1] == "conf.d/a.json:3:9: /workers/a/comand: unknown key; did you mean \"command\"?");
    CHECK(lines[2].starts_with("conf.d/b.json:1:31: /workers/b/command: expected an array of strings"));
    CHECK(lines[2].ends_with("found 3"));
    CHECK(lines[3] == "/etc/x.json:1:2: /wrokers: unknown key; did you mean \"workers\"?");
    const auto error = files.parse(conf_d).errors.front();
    CHECK(to_text(error, "/srv/app/talos.json").starts_with("/srv/app/conf.d/a.json:3:9: "));
    CHECK(to_text(error, "../app/talos.json").starts_with("../app/conf.d/a.json:3:9: "));
}

TEST_CASE("include: a file that is no JSON is told alone, without what would follow from it") {
    const Files files{{"/srv/app/conf.d/a.json", "{\"templates\": {\"t\": {}},\n oops"},
                      {"/srv/app/conf.d/b.json", worker("b", R"(, "extends": "t")")}};
    CHECK(error_of(files, conf_d) == "conf.d/a.json:2:2: expected a key in double quotes or \"}\", found \"oops\"");
    CHECK(error_of(Files{{"/srv/app/conf.d/a.json", ""}}, conf_d).starts_with("conf.d/a.json:1:1: expected an object"));
    CHECK(error_of(Files{{"/srv/app/conf.d/a.json", "[]"}}, conf_d) == "conf.d/a.json:1:1: expected an object, found an array");
}

TEST_CASE("include: a name in two files is an error that names both") {
    const Files files{{"/srv/app/conf.d/a.json", worker("web")},
                      {"/srv/app/conf.d/b.json", "{\"workers\": {\n\"web\": {\"command\": \"x\"}}}"}};
    CHECK(error_of(files, conf_d) == "conf.d/b.json:2:1: /workers/web: the worker \"web\" is also in conf.d/a.json");
    const auto lines = files.errors(R"({"include": "conf.d/a.json", "workers": {"web": {"command": "x"}}})");
    REQUIRE(lines.size() == 1);
    CHECK(lines.front() == "conf.d/a.json:1:14: /workers/web: the worker \"web\" is also in talos.json");
    const Files templates{{"/srv/app/conf.d/a.json", R"({"templates": {"t": {}}})"}};
    CHECK(error_of(templates, R"({"include": "conf.d/a.json", "templates": {"t": {}}})") ==
          "conf.d/a.json:1:16: /templates/t: the template \"t\" is also in talos.json");
}

TEST_CASE("include: a file that includes itself is an error with the chain on one line") {
    const Files files{{"/srv/app/conf.d/a.json", R"({"include": "../talos.json"})"}, {"/srv/app/talos.json", conf_d}};
    CHECK(error_of(files, conf_d) ==
          "conf.d/a.json:1:13: /include: a file includes itself: talos.json → conf.d/a.json → talos.json");
    CHECK(error_of(files, R"({"include": ["*.json"]})").ends_with("/include/0: a file includes itself: talos.json → talos.json"));
    const Files two{{"/srv/app/a.json", R"({"include": "/etc/b.json"})"},
                    {"/etc/b.json", R"({"include": ["../srv/app/a.json"]})"}};
    CHECK(error_of(two, R"({"include": "a.json"})") ==
          "/etc/b.json:1:14: /include/0: a file includes itself: a.json → /etc/b.json → a.json");
}

TEST_CASE("include: a file that is named twice is read once") {
    const Files files{{"/srv/app/conf.d/a.json", worker("a")},
                      {"/srv/app/conf.d/b.json", R"({"include": "a.json", "workers": {"b": {"command": "x"}}})"}};
    CHECK(names(config_of(files, R"({"include": ["conf.d/*.json", "conf.d/a.json", "./conf.d/../conf.d/b.json"]})")) ==
          std::vector<std::string>{"a", "b"});
    CHECK(files.reads("/srv/app/conf.d/a.json") == 1);
}

TEST_CASE("include: thousands of files in a row are refused, not followed") {
    Files files{};
    for (int i = 0; i < 2000; ++i)
        files.add("/srv/app/" + std::to_string(i) + ".json", R"({"include": ")" + std::to_string(i + 1) + ".json\"}");
    CHECK(error_of(files, R"({"include": "0.json"})").ends_with("files include each other more than 16 deep"));
}

TEST_CASE("include: what cannot be read is an error, a pattern that nothing matches is none") {
    const Files files{{"/srv/app/conf.d/a.json", "EACCES"}};
    CHECK(error_of(files, R"({"include": ["none.json"]})") ==
          "talos.json:1:14: /include/0: open /srv/app/none.json: No such file or directory");
    CHECK(error_of(files, conf_d).ends_with("/include/0: open /srv/app/conf.d/a.json: Permission denied"));
    CHECK(error_of(files, R"({"include": "closed/*.json"})").ends_with("read the directory /closed: Permission denied"));
    CHECK(files.errors(R"({"include": "none.d/*.json"})").empty());
    CHECK(error_of(files, R"({"include": 3})").find("/include: expected a path, a pattern like") != std::string::npos);
    CHECK(error_of(files, R"({"include": [3]})").ends_with("/include/0: expected a path, found 3"));
}

TEST_CASE("include: a pattern is no pattern for the config's own folder") {
    const Files files{};
    (void)parse(R"({"include": ["conf.d/*.json", "../[ab]?.json", "/etc/\\*/x*"]})", "/srv/[app]*/talos.json", files.host());
    CHECK(files.patterns == std::vector<std::string>{R"(/srv/\[app]\*/conf.d/*.json)", "/srv/[ab]?.json", R"(/etc/\*/x*)"});
}

TEST_CASE("include: what is talosd's own stands in the config alone") {
    for (const auto* key :
         {"\"dataDir\": \"d\"", "\"controlSocket\": \"/s\"", "\"access\": []", "\"cgroup\": \"off\"", "\"defaults\": {}"}) {
        const Files files{{"/srv/app/a.json", "{" + std::string(key) + "}"}};
        CHECK(error_of(files, R"({"include": "a.json"})")
                  .ends_with("is allowed only in the config itself, not in an included file"));
    }
}

TEST_CASE("include: a change in a file is a change of the workers that it concerns") {
    const Files before{{"/srv/app/a.json", worker("a")}, {"/srv/app/b.json", worker("b")}};
    const Files after{{"/srv/app/a.json", worker("a")}, {"/srv/app/b.json", worker("b", R"(, "startTime": "9s")")}};
    const std::string text = R"({"include": ["a.json", "b.json"]})";
    const auto plan = diff(config_of(before, text), config_of(after, text));
    REQUIRE(plan.workers.size() == 1);
    CHECK(plan.workers.front().name == "b");
    CHECK(plan.unchanged == 1);
    const auto shown = show(config_of(after, text), Values::shown);
    CHECK(config_of(after, shown) == config_of(after, text));
}

TEST_CASE("include: the files of a config are bounded in number and in size") {
    Files many({});
    for (int i = 0; i < 1'100; ++i) many.add("/srv/app/conf.d/" + std::to_string(i) + ".json", "{}");
    CHECK(error_of(many, conf_d).find("more than 1000 files or more than 64 MiB") != std::string::npos);
    Files large({});
    for (int i = 0; i < 10; ++i) large.add("/srv/app/conf.d/" + std::to_string(i) + ".json", "{}" + std::string(8u << 20, ' '));
    CHECK(error_of(large, conf_d).find("more than 1000 files or more than 64 MiB") != std::string::npos);
}

TEST_CASE("config: workers are bounded in number, instances included, before they are made") {
    std::string groups = "{\"workers\": {";
    for (int i = 0; i < 20'000; ++i)
        groups += (i == 0 ? "\"g" : ", \"g") + std::to_string(i) + "\": {\"command\": \"x\", \"instances\": 1000}";
    const auto error = error_of(Files({}), groups + "}}");
    CHECK(error.find("/workers/g10: exceeds the limit of 10000 workers, including instances") != std::string::npos);
}

TEST_CASE("config: what it names is read once, so that what was checked is what is used") {
    const Files files({{"/srv/app/more.json", worker("b", R"(, "envFile": "app.env")")}, {"/srv/app/app.env", "A=1"}});
    std::map<std::string, int> reads;
    auto host = files.host();
    const auto counting = [&](auto read) {
        return [&reads, read](const std::string& path) {
            ++reads[path];
            return read(path);
        };
    };
    host.read_file = counting(host.read_file);
    host.read_env_file = counting(host.read_env_file);
    const auto parsed = parse(R"({"include": ["more.json", "*.json"], "workers": {"a": {"command": "x", "envFile": "app.env"}}})",
                              "/srv/app/talos.json", host);
    CHECK(parsed.errors.empty());
    CHECK(reads == std::map<std::string, int>{{"/srv/app/app.env", 1}, {"/srv/app/more.json", 1}});
}
