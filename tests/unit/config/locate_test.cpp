#include "config/locate.hpp"
#include "support/catch.hpp"

#include <map>

using namespace talos::config;
using Paths = std::vector<std::string>;

namespace {

Getenv environment(std::map<std::string, std::string> variables) {
    return [variables](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

}  // namespace

TEST_CASE("locate: the user's config stands alone") {
    const auto env = environment({{"TALOS_CONFIG", "env.json"}, {"HOME", "/home/u"}});
    const auto flag = config_candidates("my.json", env, "/here");
    CHECK(flag.paths == Paths{"/here/my.json"});
    CHECK(flag.named);
    const auto variable = config_candidates("", env, "/here");
    CHECK(variable.paths == Paths{"/here/env.json"});
    CHECK(variable.named);
}

TEST_CASE("locate: else the usual places in order") {
    const auto home = config_candidates("", environment({{"HOME", "/home/u"}, {"TALOS_CONFIG", ""}}), "/here");
    CHECK(home.paths == Paths{"/here/talos.json", "/home/u/.config/talos/talos.json", "/etc/talos/talos.json"});
    CHECK(!home.named);
    const auto xdg = config_candidates("", environment({{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "/x/"}}), "/here");
    CHECK(xdg.paths == Paths{"/here/talos.json", "/x/talos/talos.json", "/etc/talos/talos.json"});
    const auto relative = config_candidates("", environment({{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "x"}}), "/here");
    CHECK(relative.paths == home.paths);
    CHECK(config_candidates("", environment({}), "/here").paths == Paths{"/here/talos.json", "/etc/talos/talos.json"});
}

TEST_CASE("locate: the data directory, from the flag to the default") {
    const auto env = environment({{"TALOS_DATA_DIR", "from-env"}});
    const auto none = environment({});
    CHECK(data_directory("flag", env, "/from/config", "/etc/talos/talos.json", "/here") == "/here/flag");
    CHECK(data_directory("", env, "/from/config", "/etc/talos/talos.json", "/here") == "/here/from-env");
    CHECK(data_directory("", none, "/from/config", "/etc/talos/talos.json", "/here") == "/from/config");
    CHECK(data_directory("", none, "", "/etc/talos/talos.json", "/here") == "/var/lib/talos");
    CHECK(data_directory("", none, "", "/etcetera/talos.json", "/here") == "/here/.talos");
    CHECK(data_directory("", none, "", "/srv/talos.json", "/here") == "/here/.talos");
    CHECK(data_directory("", none, "", "", "/here") == "/here/.talos");
    CHECK(data_directory("", environment({{"TALOS_DATA_DIR", ""}}), "", "", "/here") == "/here/.talos");
}

TEST_CASE("locate: an unknown working directory leaves out what depends on it, and nothing else") {
    const auto none = environment({});
    CHECK(config_candidates("my.json", none, "").paths.empty());
    CHECK(config_candidates("my.json", none, "").named);
    CHECK(config_candidates("/my.json", none, "").paths == Paths{"/my.json"});
    CHECK(config_candidates("", environment({{"TALOS_CONFIG", "x"}}), "").paths.empty());
    CHECK(config_candidates("", environment({{"HOME", "/home/u"}}), "").paths == Paths{"/home/u/.config/talos/talos.json", "/etc/talos/talos.json"});
    CHECK(config_candidates("", environment({{"HOME", "u"}}), "").paths == Paths{"/etc/talos/talos.json"});
    CHECK(data_directory("d", none, "", "", "").empty());
    CHECK(data_directory("/d", none, "", "", "") == "/d");
    CHECK(data_directory("", environment({{"TALOS_DATA_DIR", "d"}}), "", "", "").empty());
    CHECK(data_directory("", none, "/from/config", "/srv/talos.json", "") == "/from/config");
    CHECK(data_directory("", none, "", "/etc/talos/talos.json", "") == "/var/lib/talos");
    CHECK(data_directory("", none, "", "/srv/talos.json", "").empty());
}

TEST_CASE("locate: paths are resolved in the text") {
    CHECK(absolute_path("a/b", "/base") == "/base/a/b");
    CHECK(absolute_path("/a//b/./c/", "/base") == "/a/b/c");
    CHECK(absolute_path("../x", "/base/sub/") == "/base/x");
    CHECK(absolute_path("../../../x", "/base") == "/x");
    CHECK(absolute_path(".", "/base") == "/base");
    CHECK(absolute_path("", "/base") == "/base");
    CHECK(absolute_path("/", "/base") == "/");
    CHECK(absolute_path("..", "/") == "/");
    CHECK(absolute_path("...", "/") == "/...");
}

TEST_CASE("locate: inside a directory is more than beginning with its name") {
    CHECK(lies_in("/data/x/y", "/data"));
    CHECK(lies_in("/data/../data/./x", "/data/"));
    CHECK(!lies_in("/database", "/data"));
    CHECK(!lies_in("/data/../x", "/data"));
    CHECK(!lies_in("/data", "/data"));
    CHECK(lies_in("/x", "/"));
}
