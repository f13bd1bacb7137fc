#include "cli/session/config_changes.hpp"
#include "support/catch.hpp"

using talos::cli::changed_sentence;

TEST_CASE("config news: the files that changed, and what shows the difference") {
    CHECK(changed_sentence({"talos.json"}) == "talos.json has changed since it was loaded; see talosctl reload --dry-run");
    CHECK(changed_sentence({"a.json", ".env"}) ==
          "a.json, .env have changed since they were loaded; see talosctl reload --dry-run");
    CHECK(changed_sentence({"a", "b", "c", "d", "e"}) ==
          "a, b, c and 2 more have changed since they were loaded; see talosctl reload --dry-run");
    CHECK(changed_sentence({}) == "the config has changed since it was loaded; see talosctl reload --dry-run");
}
