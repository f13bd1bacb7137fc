#include "config/model/instances.hpp"
#include "config/model/worker_name.hpp"
#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "unit/config/files.hpp"
#include "unit/config/parsing.hpp"
#include <algorithm>

using namespace talos;
using namespace talos::config;

namespace {

std::vector<std::string> names_of(const Config& config) {
    std::vector<std::string> names;
    for (const auto& worker : config.workers) names.push_back(worker.name);
    return names;
}

using Names = std::vector<std::string>;

Config of_web(const std::string& members) { return config_of(R"({"workers": {"web": {"command": "x", )" + members + "}}}"); }

std::string error_of_web(const std::string& members) {
    return error_of(R"({"workers": {"web": {"command": "x", )" + members + "}}}");
}

}   // namespace

TEST_CASE("instances: a worker of each number, at the place of the one that was written") {
    const auto config =
        config_of(R"({"workers": {"a": {"command": "x"}, "web": {"command": "x", "instances": 3}, "b": {"command": "x"}}})");
    CHECK(names_of(config) == Names{"a", "web-1", "web-2", "web-3", "b"});
    REQUIRE(config.groups.size() == 1);
    CHECK(config.groups.front().pattern.name == "web");
    CHECK(config.groups.front().count == 3);
    CHECK(config.groups.front().place == 1);
    REQUIRE(config.workers[2].instance.get() != nullptr);
    CHECK(*config.workers[2].instance.get() == InstanceSpec{"web", 2});
    CHECK(config.workers[0].instance.get() == nullptr);
    CHECK(config.groups.front().pattern.instance.get() == nullptr);
}

TEST_CASE("instances: one is web-1 too, none is none, and both keep their place") {
    CHECK(names_of(of_web(R"("instances": 1)")) == Names{"web-1"});
    CHECK(of_web(R"("instances": 0)").workers.empty());
    CHECK(of_web(R"("instances": 1000)").workers.back().name == "web-1000");
    const auto config = config_of(R"({"workers": {"a": {"command": "x"}, "no": {"command": "x", "instances": 0},
                                     "web": {"command": "x", "instances": 2}, "nor": {"command": "x", "instances": 0}}})");
    CHECK(names_of(config) == Names{"a", "web-1", "web-2"});
    const auto shown = show(config, Values::shown);
    CHECK(shown.find("\"no\"") < shown.find("\"web\""));
    CHECK(shown.find("\"web\"") < shown.find("\"nor\""));
    CHECK(config_of(shown) == config);
}

TEST_CASE("instances: the number is filled in where a worker's own is told") {
    const auto config = of_web(
        R"("instances": 2, "cwd": "data/{index}", "env": {"ID": "w{index}", "{index}": "n"}, "log": {"file": "{index}/out.log"},
                                  "ready": {"exec": ["look", "--at={index}", "{index}{index}"]})");
    const auto& second = config.workers[1];
    CHECK(second.cwd == "/srv/app/data/2");
    CHECK(second.env == std::vector<std::pair<std::string, std::string>>{{"ID", "w2"}, {"{index}", "n"}});
    CHECK(second.log.front().file == "2/out.log");
    CHECK(second.ready.get()->probe.command == std::vector<std::string>{"look", "--at=2", "22"});
    const auto listens = config_of(
        R"({"workers": {"web": {"command": ["s", "-p", "808{index}"], "instances": 2, "ready": {"tcp": "127.0.0.1:808{index}"}}}})");
    CHECK(listens.workers[0].command == std::vector<std::string>{"s", "-p", "8081"});
    CHECK(listens.workers[1].ready.get()->probe.target == "127.0.0.1:8082");
}

TEST_CASE("instances: the log is that of the instance's name, also when that is written out") {
    CHECK(of_web(R"("instances": 2)").workers[1].log.front().file.empty());
    CHECK(of_web(R"("instances": 2, "log": {"file": "logs/web-{index}.log"})") == of_web(R"("instances": 2)"));
    CHECK(show(of_web(R"("instances": 2)"), Values::shown).find(R"("file": "logs/web-{index}.log")") != std::string::npos);
}

TEST_CASE("instances: without the key the place of the number is text like any other") {
    CHECK(config_of(R"({"workers": {"web": {"command": ["x", "{index}"]}}})").workers.front().command.back() == "{index}");
    CHECK(error_of(R"({"workers": {"web": {"command": "x", "ready": {"tcp": "127.0.0.1:808{index}"}}}})") ==
          "talos.json:1:55: /workers/web/ready/tcp: expected an address or a host name, and a port, like \"127.0.0.1:80\", "
          "\"[::1]:80\" or \"db.internal:80\", "
          "found \"127.0.0.1:808{index}\"; \"{index}\" is filled in only where \"instances\" is given");
}

TEST_CASE("instances: behind a dollar it is a variable of a shell's") {
    CHECK(with_index("a{index}b{index}", 7) == "a7b7");
    CHECK(with_index("${index} {index}", 7) == "${index} 7");
    CHECK(with_index("{{index}} {Index} {index", 7) == "{7} {Index} {index");
    CHECK(with_index("", 7).empty());
    const auto shown =
        show(of_web(R"("instances": 2, "ready": {"exec": ["sh", "-c", "look {index} $${index}"]})"), Values::shown);
    CHECK(config_of(shown).workers[1].ready.get()->probe.command.back() == "look 2 ${index}");
    CHECK(names_index("x{index}"));
    CHECK_FALSE(names_index("${index}"));
    CHECK(config_of(R"({"workers": {"web": {"command": ["sh", "-c", "echo $${index} {index}"], "instances": 1}}})")
              .workers.front()
              .command.back() == "echo ${index} 1");
}

TEST_CASE("instances: variables come first, and a worker's own name is the instance's") {
    Files files({});
    files.environment = {{"HERE", "from outside"}};
    const auto parsed =
        files.parse(R"({"workers": {"web": {"command": ["x", "${TALOS_WORKER}", "${HERE}", "${ID}"], "env": {"ID": "id-{index}"},
                                                            "instances": 2}}})");
    REQUIRE(parsed.errors.empty());
    CHECK(parsed.config.workers[1].command == std::vector<std::string>{"x", "web-2", "from outside", "id-2"});
}

TEST_CASE("instances: what all of them would share is an error where it stands") {
    CHECK(error_of_web(R"("instances": 2, "log": {"file": "logs/web.log"})") ==
          "talos.json:1:70: /workers/web/log/file: expected a file of each instance's own, with \"{index}\" in it, found "
          "\"logs/web.log\"");
    CHECK(error_of_web(R"("instances": 1, "log": [{"file": "a{index}"}, {"file": "b"}])")
              .find("/log/1/file: expected a file of each instance's own") != std::string::npos);
    CHECK(
        error_of(
            R"({"workers": {"web": {"command": "x", "instances": 3}, "api": {"command": "x", "log": {"file": "logs/web-2.log"}}}})") ==
        "talos.json:1:95: /workers/api/log/file: \"api\" has the same log file as \"web-2\"");
    CHECK(errors_of(R"({"workers": {"web": {"command": "x", "instances": 3, "log": "none"}}})").empty());
}

TEST_CASE("instances: nobody else has a name that one of them could have, however many there are") {
    CHECK(error_of(R"({"workers": {"web": {"command": "x", "instances": 2}, "web-7": {"command": "x"}}})") ==
          "talos.json:1:55: /workers/web-7: the name is reserved for an instance of \"web\"");
    CHECK(error_of(R"({"workers": {"web-1": {"command": "x", "instances": 2}, "web": {"command": "x", "instances": 0}}})") ==
          "talos.json:1:14: /workers/web-1: the name is reserved for an instance of \"web\"");
    CHECK(
        errors_of(R"({"workers": {"web": {"command": "x", "instances": 2}, "web-0": {"command": "x"}, "web-01": {"command": "x"},
                        "web-1001": {"command": "x"}, "web-a": {"command": "x"}, "web_1": {"command": "x"}, "web-1-1": {"command": "x"}}})")
            .empty());
    CHECK(errors_of(R"({"workers": {"web": {"command": "x"}, "web-1": {"command": "x"}}})").empty());
    Files files{{"/srv/app/b.json", "{\"workers\": {\n \"web-2\": {\"command\": \"x\"}}}"}};
    const auto parsed = files.parse(R"({"include": "b.json", "workers": {"web": {"command": "x", "instances": 1}}})");
    REQUIRE(parsed.errors.size() == 1);
    CHECK(to_text(parsed.errors.front(), "talos.json") ==
          "b.json:2:2: /workers/web-2: the name is reserved for an instance of \"web\"");
}

TEST_CASE("instances: numbers out of range, names too long and the key in defaults are errors") {
    CHECK(error_of_web(R"("instances": 1001)") ==
          "talos.json:1:51: /workers/web/instances: expected a whole number from 0 to 1000, found 1001");
    CHECK(error_of(R"({"workers": {")" + std::string(60, 'w') + R"(": {"command": "x", "instances": 1}}})")
              .find("at most 59 characters") != std::string::npos);
    CHECK(errors_of(R"({"workers": {")" + std::string(59, 'w') + R"(": {"command": "x", "instances": 1}}})").empty());
    CHECK(valid_worker_name(instance_name(std::string(longest_group_name, 'w'), most_instances)));
    CHECK_FALSE(valid_worker_name(instance_name(std::string(longest_group_name + 1, 'w'), most_instances)));
    CHECK(error_of(R"({"defaults": {"instances": 2}, "workers": {}})") ==
          "talos.json:1:15: /defaults/instances: \"instances\" has no default: set it in each worker");
}

TEST_CASE("instances: what ready names is right for the last of them too") {
    CHECK(error_of_web(R"("instances": 10, "ready": {"tcp": "127.0.0.1:808{index}"})")
              .find("found \"127.0.0.1:808{index}\"; which is \"127.0.0.1:80810\" for one of the instances") !=
          std::string::npos);
    CHECK(errors_of(R"({"workers": {"web": {"command": "x", "instances": 5, "ready": {"tcp": "127.0.0.1:5000{index}"}}}})")
              .empty());
    const auto config = of_web(R"("instances": 5, "ready": {"http": "http://127.0.0.1:5000{index}/"})");
    const auto& pattern = config.groups.front().pattern;
    CHECK_FALSE(instances_complaint(pattern, 0));
    CHECK_FALSE(instances_complaint(pattern, 9));
    CHECK(instances_complaint(pattern, 10)
              .value_or("")
              .find("\"ready\" of web-10 names is wrong: \"http://127.0.0.1:500010/\" is not a URL") != std::string::npos);
    CHECK_FALSE(instances_complaint(of_web(R"("instances": 5)").groups.front().pattern, 1000));
}

TEST_CASE("instances: templates may have the number and its place") {
    const auto config =
        config_of(R"({"templates": {"many": {"command": "s {index}", "instances": 2, "ready": {"tcp": "127.0.0.1:808{index}"}}},
                                      "workers": {"web": {"extends": "many"}, "api": {"extends": "many", "instances": 1}}})");
    CHECK(names_of(config) == Names{"web-1", "web-2", "api-1"});
    CHECK(config.workers[1].command == std::vector<std::string>{"s", "2"});
    CHECK(config.workers[2].ready.get()->probe.target == "127.0.0.1:8081");
}

TEST_CASE("instances: another number is a change of those that come or go, another pattern one of each") {
    const auto two = of_web(R"("instances": 2)");
    const auto more = diff(two, of_web(R"("instances": 4)"));
    REQUIRE(more.workers.size() == 2);
    CHECK(more.workers[0] == WorkerChange{WorkerChange::What::added, "web-3", {}});
    CHECK(more.unchanged == 2);
    const auto fewer = diff(two, of_web(R"("instances": 1)"));
    REQUIRE(fewer.workers.size() == 1);
    CHECK(fewer.workers[0] == WorkerChange{WorkerChange::What::removed, "web-2", {}});
    const auto other = diff(two, of_web(R"("instances": 2, "env": {"A": "b"})"));
    REQUIRE(other.workers.size() == 2);
    CHECK(other.workers[1].keys == std::vector<KeyChange>{{"env", Effect::restart}});
    const auto single = config_of(R"({"workers": {"web-1": {"command": "x"}, "web-2": {"command": "x"}}})");
    CHECK(diff(single, two).empty());
    CHECK(with_live_keys(single.workers[0], two.workers[0]) == two.workers[0]);
}

TEST_CASE("instances: the group that a name could be of") {
    CHECK(group_in("web-1") == "web");
    CHECK(group_in("web-1-1000") == "web-1");
    for (const auto* name : {"web", "web-", "web-0", "web-01", "web-1001", "web-1x", "web-99999999999", "-1"}) {
        CAPTURE(name);
        CHECK(group_in(name).empty());
    }
}
