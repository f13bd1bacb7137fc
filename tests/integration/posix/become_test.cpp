#include "posix/files/folder.hpp"
#include "posix/files/walk.hpp"
#include "posix/rights/act_as.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace talos::posix;
using namespace talos::test;

namespace {

constexpr uid_t nobody = 65534;

/// In a process of its own, which cannot come back from there: the number of the first check that fails, 0 for none.
int in_child(const std::function<int()>& checks) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(checks());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/// home/logs of `nobody`, in a directory that is closed to it.
struct DaemonLocation {
    TemporaryDirectory dir;
    std::string logs = dir / "home/logs";
    DaemonLocation() {
        std::filesystem::create_directories(logs);
        std::filesystem::create_directory(dir / "roots");
        for (const auto& path : {dir / "home", logs}) REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
    }
};

}   // namespace

TEST_CASE("foreign directory: the first one on the way that another user owns, and nothing where there is none") {
    if (::geteuid() != 0) TALOS_SKIP("all directories are an ordinary user's own");
    const DaemonLocation place;
    const auto found = find_foreign_directory(place.logs + "/below/it");
    REQUIRE(found.has_value());
    CHECK(found->owner == nobody);
    CHECK(found->rest == "logs/below/it");
    struct stat info {};
    REQUIRE(::fstat(found->fd.get(), &info) == 0);
    CHECK(info.st_uid == nobody);
    CHECK_FALSE(find_foreign_directory(place.dir / "roots").has_value());
    CHECK_FALSE(find_foreign_directory(place.dir / "missing").has_value());
}

TEST_CASE("become: the rights are given up for good, and a walk begins where it was told to") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    const DaemonLocation place;
    CHECK(in_child([&] {
              auto found = find_foreign_directory(place.logs);
              if (!become(file_rights_of(nobody))) return 1;
              if (::geteuid() != nobody || ::getuid() != nobody || own_user() != 0) return 2;
              if (::setuid(0) == 0) return 3;
              if (Folder::open(place.logs + "/web.log", Folder::Use::make)) return 4;   // the directory above is closed
              walk_from(place.logs, std::move(found->fd), found->rest);
              auto folder = Folder::open(place.logs + "/web.log", Folder::Use::make);
              if (!folder || folder->acting() == nullptr) return 5;
              if (!folder->open_or_create("web.log", O_RDWR)) return 6;
              forget_walk_from(place.logs);
              return Folder::open(place.logs + "/web.log", Folder::Use::make) ? 7 : 0;
          }) == 0);
    struct stat info {};
    REQUIRE(::stat((place.logs + "/web.log").c_str(), &info) == 0);
    CHECK(info.st_uid == nobody);
}

TEST_CASE("become: what is in a directory of root or of a third user is refused, also where it could be written") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    const DaemonLocation place;
    const uid_t owner = GENERATE(0u, 1u);
    REQUIRE(::chmod(place.dir.path().c_str(), 0755) == 0);
    REQUIRE(::chown((place.dir / "roots").c_str(), owner, owner) == 0);
    REQUIRE(::chmod((place.dir / "roots").c_str(), 01777) == 0);
    CHECK(in_child([&] {
              if (!become(file_rights_of(nobody))) return 1;
              return Folder::open(place.dir / "roots/web.log", Folder::Use::make) ? 2 : 0;
          }) == 0);
}
