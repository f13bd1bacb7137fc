// With a umask of 002, what a user makes is writable by its group: a private group is the user, another one is not.
#include "posix/files/folder.hpp"
#include "posix/files/inspect.hpp"
#include "posix/files/private_group.hpp"
#include "state/own_directory.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <cstdint>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace talos;
using namespace talos::test;

namespace {

constexpr uid_t user = 1;   // `daemon`, which has a private group on each system that has it at all
constexpr gid_t other_group = 65534;

bool provable() { return ::geteuid() == 0 && posix::is_private_group(user, user); }

void give(const std::string& path, gid_t group, mode_t mode) {
    REQUIRE(::chown(path.c_str(), user, group) == 0);
    REQUIRE(::chmod(path.c_str(), mode) == 0);
}

/// What a process of the user finds.
template <class Question>
bool as_user(const Question& question) {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool became =
            ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
        ::_exit(became && question() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status == 0;
}

/// Entries of acl(5), as the kernel stores them: `more` may read and write, too.
int add_to_access_list(const std::string& path, std::uint32_t more) {
    struct Entry {
        std::uint16_t tag, permissions;
        std::uint32_t id;
    };
    constexpr std::uint32_t none = 0xffff'ffff;
    const struct {
        std::uint32_t version = 2;
        Entry entries[5];
    } list{2, {{0x01, 6, none}, {0x02, 6, more}, {0x04, 4, none}, {0x10, 6, none}, {0x20, 4, none}}};
    return ::setxattr(path.c_str(), "system.posix_acl_access", &list, sizeof list, 0);
}

}   // namespace

TEST_CASE("private group: a file and a directory that it can write have no objection, with another group both have one") {
    if (!provable()) TALOS_SKIP("needs root and a user daemon with a private group");
    const TemporaryDirectory dir;
    write_text(dir / "talos.json", "{}");
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    const auto group = GENERATE(as<gid_t>{}, user, other_group);
    give(dir.path(), group, 0775);
    give(dir / "talos.json", group, 0664);
    const auto found = posix::inspect(dir / "talos.json", {user}, O_RDONLY);
    REQUIRE(found);
    CHECK(found->objections.size() == (group == user ? 0u : 2u));
    REQUIRE(::chmod((dir / "talos.json").c_str(), 0666) == 0);
    const auto open = posix::inspect(dir / "talos.json", {user}, O_RDONLY);
    REQUIRE(open);
    CHECK(open->objections.size() == (group == user ? 1u : 2u));
}

TEST_CASE("private group: an access control list may name others, so the file is writable by others") {
    if (!provable()) TALOS_SKIP("needs root and a user daemon with a private group");
    const TemporaryDirectory dir;
    write_text(dir / "talos.json", "{}");
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    give(dir / "talos.json", user, 0664);
    if (add_to_access_list(dir / "talos.json", 2) != 0) TALOS_SKIP("the file system has no access control lists");
    const auto found = posix::inspect(dir / "talos.json", {user}, O_RDONLY);
    REQUIRE(found);
    CHECK(found->objections.size() == 1);
}

TEST_CASE("private group: a data directory that it can write is the user's own, for talosd and for talosctl") {
    if (!provable()) TALOS_SKIP("needs root and a user daemon with a private group");
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    const std::string data = dir / "data";
    std::filesystem::create_directory(data);
    write_text(data + "/status.json", "{}");
    const auto group = GENERATE(as<gid_t>{}, user, other_group);
    give(data, group, 0775);
    give(data + "/status.json", group, 0664);
    CHECK(as_user([&] { return posix::OwnDirectory(data).descriptor().has_value(); }) == (group == user));
    const auto acts = [&] {
        const auto own = state::OwnDirectory::open(data);
        return own && !own->objection() && !own->objection_to("status.json") && own->read("status.json", 10).has_value();
    };
    CHECK(as_user(acts) == (group == user));
}

TEST_CASE("private group: root's logs in a directory that it can write are used, with another group they are refused") {
    if (!provable()) TALOS_SKIP("needs root and a user daemon with a private group");
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    std::filesystem::create_directory(dir / "log");
    give(dir / "log", user, 0775);
    {
        auto folder = posix::Folder::open(dir / "log/web.log", posix::Folder::Use::make);
        REQUIRE(folder);
        CHECK(folder->open_or_create("web.log", O_WRONLY | O_APPEND));
    }
    struct stat info {};
    REQUIRE(::stat((dir / "log/web.log").c_str(), &info) == 0);
    CHECK(info.st_uid == user);
}
