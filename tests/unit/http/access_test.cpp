#include "http/routes/access.hpp"
#include "support/catch.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include <pwd.h>
#include <unistd.h>

using namespace talos;
using namespace talos::http;
using namespace talos::api;
using May = config::AccessRule::May;

namespace {

state::Requester peer(uid_t uid, gid_t gid = 54'399) { return {uid, gid, 4242, "curl"}; }

constexpr uid_t stranger = 54'321;
constexpr uid_t guest = 54'322;

Access access_of(const std::vector<config::AccessRule>& rules) {
    const auto access = Access::resolve(rules);
    REQUIRE(access);
    return *access;
}

config::AccessRule user_rule(uid_t uid, May may, std::string workers = "*") {
    return {std::to_string(uid), "", may, std::move(workers)};
}
config::AccessRule group_rule(std::string name, May may, std::string workers = "*") {
    return {"", std::move(name), may, std::move(workers)};
}

}   // namespace

TEST_CASE("access: without rules only the owner and root") {
    const Access access;
    for (const auto& who : {peer(0), peer(::geteuid())}) {
        CHECK(access.may(who, May::control));
        CHECK(access.may(who, May::control, {"web"}));
    }
    CHECK(!access.may(peer(stranger), May::read));
    CHECK(!access.may(peer(stranger), May::read, {"web"}));
}

TEST_CASE("access: control includes read, read is only that") {
    const auto access = access_of({user_rule(stranger, May::control), user_rule(guest, May::read)});
    CHECK(access.may(peer(stranger), May::read, {"web"}));
    CHECK(access.may(peer(stranger), May::control, {"web"}));
    CHECK(access.may(peer(stranger), May::control));
    CHECK(access.may(peer(guest), May::read, {"web"}));
    CHECK(access.may(peer(guest), May::read));
    CHECK(!access.may(peer(guest), May::control, {"web"}));
    CHECK(!access.may(peer(guest), May::control));
    CHECK(!access.may(peer(54'323), May::read, {"web"}));
}

TEST_CASE("access: a pattern lets in to the workers it matches, never to what concerns talosd") {
    const auto access = access_of({user_rule(stranger, May::control, "web*"), user_rule(stranger, May::read, "db-[ab]"),
                                   user_rule(guest, May::control, "**")});
    CHECK(access.may(peer(stranger), May::control, {"web2"}));
    CHECK(!access.may(peer(stranger), May::control, {"db-a"}));
    CHECK(access.may(peer(stranger), May::read, {"db-a"}));
    CHECK(!access.may(peer(stranger), May::read, {"db-c"}));
    CHECK(!access.may(peer(stranger), May::read));
    CHECK(access.may(peer(guest), May::control, {"anything"}));
    CHECK(!access.may(peer(guest), May::read));   // only a lone star means talosd too
}

TEST_CASE("access: many workers are answered like each of them") {
    const auto access = access_of({user_rule(stranger, May::control, "web*"), user_rule(stranger, May::read, "db")});
    const std::vector<api::Named> names{{"web1"}, {"db"}, {"queue"}, {"web2"}};
    for (const May what : {May::read, May::control}) {
        const auto answers = access.may(peer(stranger), what, names);
        REQUIRE(answers.size() == names.size());
        for (std::size_t i = 0; i < names.size(); ++i) CHECK(answers[i] == access.may(peer(stranger), what, names[i]));
    }
    CHECK(access.may(peer(0), May::control, names) == std::vector<bool>(4, true));
    CHECK(access.may(peer(0), May::control, std::vector<api::Named>{}).empty());
}

TEST_CASE("access: a rule for a worker with instances is one for each of them, a rule for one of them is not one for all") {
    const auto access = access_of({user_rule(stranger, May::control, "web"), user_rule(stranger, May::read, "a?i"),
                                   user_rule(stranger, May::read, "db-1")});
    CHECK(access.may(peer(stranger), May::control, {"web-1", "web"}));
    CHECK(access.may(peer(stranger), May::read, {"api-7", "api"}));
    CHECK(!access.may(peer(stranger), May::control, {"api-7", "api"}));
    CHECK(access.may(peer(stranger), May::read, {"db-1", "db"}));
    CHECK(!access.may(peer(stranger), May::read, {"db-2", "db"}));
    CHECK(!access.may(peer(stranger), May::read, {"web-1"}));   // a worker of that name and no instance
}

TEST_CASE("access: a group is the peer's own one") {
    const auto access = access_of({group_rule("54400", May::read)});
    CHECK(access.may(peer(stranger, 54'400), May::read, {"web"}));
    CHECK(!access.may(peer(stranger, 54'401), May::read, {"web"}));
}

TEST_CASE("access: a group is one that the database puts the peer's user in") {
    const auto* known = ::getpwnam("daemon");
    if (known == nullptr || known->pw_uid == ::geteuid()) TALOS_SKIP("needs a user `daemon` that does not run the test");
    const uid_t uid = known->pw_uid;
    const auto by_database = access_of({group_rule(std::to_string(known->pw_gid), May::read)});
    CHECK(by_database.may(peer(uid), May::read, {"web"}));
    CHECK(!by_database.may(peer(stranger), May::read, {"web"}));
}

TEST_CASE("access: names are looked up, numbers are taken as they are") {
    const auto access =
        access_of({{"root", "", May::read, "*"}, group_rule("0", May::read), group_rule("root", May::control, "web")});
    CHECK(access.may(peer(stranger, 0), May::control, {"web"}));
    CHECK(access.may(peer(stranger, 0), May::read, {"db"}));
    CHECK(!access.may(peer(stranger, 0), May::control, {"db"}));
}

TEST_CASE("access: whom nobody knows is told with the rule's place") {
    const auto no_user = Access::resolve({user_rule(stranger, May::read), {"nobody-of-that-name", "", May::read, "*"}});
    REQUIRE(!no_user);
    CHECK(no_user.error().message() == "/access/1/user: there is no user \"nobody-of-that-name\"");
    const auto no_group = Access::resolve({group_rule("no-such-group", May::read)});
    REQUIRE(!no_group);
    CHECK(no_group.error().message() == "/access/0/group: there is no group \"no-such-group\"");
    for (const auto* word : {"4294967295", "99999999999", "-1", "1x", " 1"})
        CHECK(!Access::resolve({{word, "", May::read, "*"}}));
}

TEST_CASE("access: of all routes, commands and the config need control, questions read") {
    for (const auto& [method, path] : all_routes()) {
        std::string target(path);
        if (const auto star = target.find('*'); star != std::string::npos) target.replace(star, 1, "web");
        if (path.ends_with("/scale")) target += "?instances=1";
        if (path.ends_with("/signal")) target += "?signal=HUP";
        CAPTURE(method, target);
        const auto answer = route({std::string(method), target, {}, {}});
        REQUIRE(std::holds_alternative<Command>(answer));
        const bool controls = method == "POST" || path == "/v1/config";
        CHECK(needed(std::get<Command>(answer)) == (controls ? May::control : May::read));
    }
}
