#include "config/document/locate.hpp"
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

}   // namespace

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
    CHECK(data_directory("", none, "", "/etcetera/talos.json", "/here") == "/etcetera/.talos");
    CHECK(data_directory("", none, "", "/srv/app/talos.json", "/here") == "/srv/app/.talos");
    CHECK(data_directory("", none, "", "../app/talos.json", "/here") == "/app/.talos");
    CHECK(data_directory("", none, "", "/talos.json", "/here") == "/.talos");
    CHECK(data_directory("", none, "", "", "/here") == "/here/.talos");
    CHECK(data_directory("", environment({{"TALOS_DATA_DIR", ""}}), "", "", "/here") == "/here/.talos");
}

TEST_CASE("locate: a user's own config has its data in the user's folder for states") {
    const auto home = environment({{"HOME", "/home/u"}});
    CHECK(data_directory("", home, "", "/home/u/.config/talos/talos.json", "/here") == "/home/u/.local/state/talos");
    CHECK(data_directory("", home, "", "/home/u/.config/dev/talos.json", "/home/u/.config/dev") == "/home/u/.local/state/talos");
    CHECK(data_directory("", home, "", "/home/u/.configs/talos.json", "/here") == "/home/u/.configs/.talos");
    CHECK(data_directory("", home, "", "/home/u/talos.json", "/here") == "/home/u/.talos");
    const auto xdg = environment({{"HOME", "/home/u"}, {"XDG_CONFIG_HOME", "/x"}, {"XDG_STATE_HOME", "/s/"}});
    CHECK(data_directory("", xdg, "", "/x/talos/talos.json", "/here") == "/s/talos");
    CHECK(data_directory("", xdg, "", "/home/u/.config/talos/talos.json", "/here") == "/home/u/.config/talos/.talos");
    const auto relative = environment({{"HOME", "/home/u"}, {"XDG_STATE_HOME", "s"}});
    CHECK(data_directory("", relative, "", "/home/u/.config/talos/talos.json", "/here") == "/home/u/.local/state/talos");
    CHECK(data_directory("", environment({}), "", "/home/u/.config/talos/talos.json", "/here") == "/home/u/.config/talos/.talos");
}

TEST_CASE("locate: where talosd 0.1.0 kept the data, when that is another place") {
    const auto none = environment({});
    CHECK(former_data_directory("", none, "", "/srv/app/talos.json", "/here") == "/here/.talos");
    CHECK(former_data_directory("", none, "", "/srv/app/talos.json", "/srv/app").empty());
    CHECK(former_data_directory("", none, "", "/etc/talos/talos.json", "/here").empty());
    CHECK(former_data_directory("", none, "/from/config", "/srv/app/talos.json", "/here") == "/srv/app/.talos");
    CHECK(former_data_directory("", none, "/from/config", "/etc/talos/talos.json", "/here") == "/var/lib/talos");
    CHECK(former_data_directory("", none, "/srv/app/.talos", "/srv/app/talos.json", "/here").empty());
    CHECK(former_data_directory("/flag", none, "/from/config", "/srv/app/talos.json", "/here").empty());
    CHECK(former_data_directory("/flag", none, "", "/srv/app/talos.json", "/here").empty());
    CHECK(former_data_directory("", environment({{"TALOS_DATA_DIR", "d"}}), "", "/srv/app/talos.json", "/here").empty());
    CHECK(former_data_directory("", none, "", "", "/here").empty());
    CHECK(former_data_directory("", environment({{"HOME", "/home/u"}}), "", "/home/u/.config/talos/talos.json", "/here") ==
          "/here/.talos");
}

TEST_CASE("locate: an unknown working directory leaves out what depends on it, and nothing else") {
    const auto none = environment({});
    CHECK(config_candidates("my.json", none, "").paths.empty());
    CHECK(config_candidates("my.json", none, "").named);
    CHECK(config_candidates("/my.json", none, "").paths == Paths{"/my.json"});
    CHECK(config_candidates("", environment({{"TALOS_CONFIG", "x"}}), "").paths.empty());
    CHECK(config_candidates("", environment({{"HOME", "/home/u"}}), "").paths ==
          Paths{"/home/u/.config/talos/talos.json", "/etc/talos/talos.json"});
    CHECK(config_candidates("", environment({{"HOME", "u"}}), "").paths == Paths{"/etc/talos/talos.json"});
    CHECK(data_directory("d", none, "", "", "").empty());
    CHECK(data_directory("/d", none, "", "", "") == "/d");
    CHECK(data_directory("", environment({{"TALOS_DATA_DIR", "d"}}), "", "", "").empty());
    CHECK(data_directory("", none, "/from/config", "/srv/talos.json", "") == "/from/config");
    CHECK(data_directory("", none, "", "/etc/talos/talos.json", "") == "/var/lib/talos");
    CHECK(data_directory("", none, "", "/srv/talos.json", "") == "/srv/.talos");
    CHECK(data_directory("", none, "", "talos.json", "").empty());
    CHECK(data_directory("", none, "", "", "").empty());
    CHECK(former_data_directory("", none, "", "/srv/talos.json", "").empty());
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
