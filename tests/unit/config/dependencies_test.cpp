#include "config/model/dependency_graph.hpp"
#include "config/model/graph_text.hpp"
#include "config/use/diff.hpp"
#include "config/use/show.hpp"
#include "core/text.hpp"
#include "parsing.hpp"

using namespace talos;
using namespace talos::config;

namespace {

/// `a: b c, b, c: b` as a config: who depends on whom.
std::string config_text(const std::string& who) {
    std::string text = R"({"workers": {)";
    std::string separator;
    for (std::size_t at = 0; at < who.size();) {
        const auto end = std::min(who.find(", ", at), who.size());
        const auto words = split_words(who.substr(at, end - at));
        at = end + 2;
        std::string name = words.front();
        if (name.back() == ':') name.pop_back();
        text += separator + '"' + name + R"(": {"command": "x", "dependsOn": {)";
        for (std::size_t i = 1; i < words.size(); ++i) text += (i > 1 ? ", " : "") + ('"' + words[i] + R"(": "ready")");
        text += "}}";
        separator = ",\n";
    }
    return text + "}}";
}

std::string start_order(const std::string& who) {
    const auto config = config_of(config_text(who));
    std::string order;
    for (const auto index : DependencyGraph(pointers_to(config.workers)).start_order())
        order += (order.empty() ? "" : " ") + config.workers[index].name;
    return order;
}

}   // namespace

TEST_CASE("dependsOn: a condition, or an object that may leave both out") {
    const auto config = config_of(R"({"workers": {"a": {"command": "x"}, "b": {"command": "x"}, "c": {"command": "x", "dependsOn":
        {"b": "completed", "a": {"onFailure": "stop"}}}}})");
    const std::vector<Dependency> expected{{"b", Dependency::Condition::completed, Dependency::OnFailure::ignore},
                                           {"a", Dependency::Condition::ready, Dependency::OnFailure::stop}};
    REQUIRE(config.workers[2].depends_on.get() != nullptr);
    CHECK(*config.workers[2].depends_on.get() == expected);
    CHECK(show(config, Values::shown).find(R"("b": { "condition": "completed", "onFailure": "ignore" })") != std::string::npos);
}

TEST_CASE("dependsOn: nothing to depend on costs nothing") {
    CHECK(config_of(config_text("a:")).workers[0].depends_on.get() == nullptr);
}

TEST_CASE("dependsOn: a name that nobody has is an error with the name that was meant") {
    CHECK(error_of(R"({"workers": {"redis": {"command": "x"}, "web": {"command": "x", "dependsOn": {"redi": "ready"}}}})") ==
          R"(talos.json:1:79: /workers/web/dependsOn/redi: there is no worker "redi"; did you mean "redis"?)");
    CHECK(error_of(R"({"workers": {"web": {"command": "x", "dependsOn": {"postgres": "ready"}}}})") ==
          R"(talos.json:1:52: /workers/web/dependsOn/postgres: there is no worker "postgres")");
}

TEST_CASE("dependsOn: a cycle is one error that shows it on one line") {
    CHECK(error_of(config_text("a: a")) ==
          "talos.json:1:50: /workers/a/dependsOn/a: workers depend on each other in a cycle: a → a");
    CHECK(error_of(config_text("a: b, b: a"))
              .ends_with("/workers/b/dependsOn/a: workers depend on each other in a cycle: a → b → a"));
    CHECK(error_of(config_text("w: a, a: b, b: c d, c, d: a")).ends_with("in a cycle: a → b → d → a"));
    CHECK(errors_of(config_text("a: b, b: a, c: d, d: c")).size() == 2);
}

TEST_CASE("dependsOn: a cycle is reported once, also of instances, and where cycles share a worker") {
    CHECK(
        error_of(
            R"({"workers": {"web": {"command": "x", "instances": 3, "dependsOn": {"db": "ready"}}, "db": {"command": "x", "dependsOn": {"web": "ready"}}}})")
            .find("in a cycle: ") != std::string::npos);
    CHECK(error_of(config_text("a: b c, b: a c, c: a b")).ends_with("in a cycle: a → b → a"));
    CHECK(errors_of(config_text("a: b, b: a, c: d, d: c")).size() == 2);
}

TEST_CASE("dependsOn: a group without instances is judged as one that has some") {
    const auto with = [](int instances, const std::string& depends_on, const std::string& other) {
        return R"({"workers": {"a": {"command": "x", "instances": )" + std::to_string(instances) + R"(, "dependsOn": )" +
               depends_on + "}, " + other + "}}";
    };
    const std::string db = R"("db": {"command": "x", "dependsOn": {"a": "ready"}})";
    const auto says = [](const std::string& text, const std::string& part) {
        const auto errors = errors_of(text);
        CAPTURE(text, errors);
        CHECK((!errors.empty() && errors.front().find(part) != std::string::npos));
    };
    for (const int instances : {0, 1, 3}) {
        says(with(instances, R"({"db": "ready"})", db), "workers depend on each other in a cycle: ");
        says(with(instances, R"({"a": "ready"})", R"("b": {"command": "x"})"), "workers depend on each other in a cycle: a");
        says(with(instances, R"({"dc": "ready"})", R"("db": {"command": "x"})"), R"(there is no worker "dc")");
        says(with(instances, "{}", R"("db": {"command": "x", "dependsOn": {"a": "healthy"}})"), R"(has no "health")");
    }
    CHECK(error_of(with(0, R"({"db": "ready"})", db)).ends_with("in a cycle: db → a → db"));
    CHECK(errors_of(with(0, R"({"db": "ready"})", R"("db": {"command": "x"})")).empty());
}

TEST_CASE("dependsOn: roads that meet again are no cycle") { CHECK(start_order("a: b c, b: d, c: d, d") == "d b c a"); }

TEST_CASE("dependsOn: a chain as long as there are workers is walked") {
    std::string who;
    for (int i = 0; i < 5'000; ++i)
        who += "w" + std::to_string(i) + (i > 0 ? ": w" + std::to_string(i - 1) : "") + (i < 4'999 ? ", " : "");
    CHECK(start_order(who).starts_with("w0 w1 w2 "));
}

TEST_CASE("dependsOn: those of defaults and templates are laid over each other by name") {
    const auto config =
        config_of(R"({"templates": {"t": {"dependsOn": {"a": "ready", "b": "started"}}}, "workers": {"a": {"command": "x"},
        "b": {"command": "x"}, "w": {"extends": "t", "command": "x", "dependsOn": {"b": "completed"}}}})");
    const std::vector<Dependency> expected{{"a", Dependency::Condition::ready, Dependency::OnFailure::ignore},
                                           {"b", Dependency::Condition::completed, Dependency::OnFailure::ignore}};
    CHECK(*config.workers[2].depends_on.get() == expected);
}

TEST_CASE("dependsOn: a change takes effect at once, another order is none") {
    const auto before = config_of(config_text("a, b, w: a b"));
    CHECK(diff(before, config_of(config_text("a, b, w: b a"))).empty());
    const auto plan = diff(before, config_of(config_text("a, b, w: a")));
    REQUIRE(plan.workers.size() == 1);
    CHECK(plan.workers[0].keys == std::vector<KeyChange>{{"dependsOn", Effect::live}});
    const auto changed = with_live_keys(before.workers[2], config_of(config_text("a, b, w")).workers[2]);
    CHECK(changed.depends_on.get() == nullptr);
}

TEST_CASE("graph: every worker, and an arrow to each that it depends on, for Graphviz and Mermaid") {
    const auto config = config_of(R"({"workers": {"db": {"command": "x"}, "web": {"command": "x", "dependsOn":
        {"db": {"condition": "started", "onFailure": "stop"}}}}})");
    CHECK(dot_graph(config) == R"(digraph talos {
    rankdir=LR;
    node [shape=box];
    "db";
    "web";
    "web" -> "db" [label="started, on failure stop"];
}
)");
    CHECK(mermaid_graph(config) == R"(flowchart LR
    w0["db"]
    w1["web"]
    w1 -->|"started, on failure stop"| w0
)");
}
