#include "cli/session/config_news.hpp"
#include "support/catch.hpp"

using talos::cli::changed_sentence;

TEST_CASE("config news: the files that changed, and what shows the difference") {
    CHECK(changed_sentence({"talos.json"}) == "talos.json changed since it was loaded: talosctl reload --dry-run");
    CHECK(changed_sentence({"a.json", ".env"}) == "a.json, .env changed since they were loaded: talosctl reload --dry-run");
    CHECK(changed_sentence({"a", "b", "c", "d", "e"}) ==
          "a, b, c and 2 more changed since they were loaded: talosctl reload --dry-run");
    CHECK(changed_sentence({}) == "the config changed since it was loaded: talosctl reload --dry-run");
}
