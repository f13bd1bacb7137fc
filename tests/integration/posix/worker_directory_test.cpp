// Directories of a worker's own, which its user may attack. What needs several users is proven by root alone.
#include "posix/children/worker_directory.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace talos;
using namespace talos::test;
using posix::DirectoryPlace;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

posix::DirectoryOwner ourselves() { return {::geteuid(), ::getegid()}; }

std::string failure_of(const Result<>& result) { return result ? "" : result.error().message(); }

struct Info {
    uid_t uid = ~0u;
    gid_t gid = ~0u;
    mode_t mode = 0;
};
Info info_of(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return {};
    return {info.st_uid, info.st_gid, info.st_mode & 07777u};
}

/// Takes it away and removes it here; false when not all of it could be.
bool remove(const DirectoryPlace& place, uid_t owner) {
    const auto taken = posix::take_away(place, owner);
    INFO((taken ? "" : taken.error().message()));
    REQUIRE(taken);
    REQUIRE(taken->has_value());
    CHECK_FALSE(fs::exists(fs::symlink_status(place.path())));
    return posix::remove_all(**taken);
}

/// Nothing but these names.
std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

using Names = std::vector<std::string>;

}   // namespace

TEST_CASE("worker directory: it has its mode whatever the umask is, again at each start, and what is in it stays as it is") {
    const TemporaryDirectory dir;
    const DirectoryPlace place{dir / "base/deep", "app/cache"};
    const mode_t before = ::umask(0077);
    const auto made = posix::make_directory(place, ourselves(), 0751);
    ::umask(before);
    CHECK(failure_of(made) == "");
    CHECK(info_of(place.path()).mode == 0751);
    CHECK(info_of(dir / "base/deep/app").mode == 0755);
    write_text(place.path() + "/file", "x");
    REQUIRE(::chmod((place.path() + "/file").c_str(), 0604) == 0);
    REQUIRE(::chmod(place.path().c_str(), 0700) == 0);
    CHECK(failure_of(posix::make_directory(place, ourselves(), 02770)) == "");
    CHECK(info_of(place.path()).mode == 02770);
    CHECK(info_of(place.path() + "/file").mode == 0604);
}

TEST_CASE("worker directory: no link is followed, at its end or on the way, and a file is no directory") {
    const TemporaryDirectory dir;
    fs::create_directories(dir / "victim/sub");
    REQUIRE(::chmod((dir / "victim").c_str(), 0700) == 0);
    fs::create_symlink(dir / "victim", dir / "link");
    fs::create_symlink(dir / "nothing", dir / "dangling");
    write_text(dir / "file", "x");
    for (const auto* name : {"link", "link/sub", "link/new", "dangling", "dangling/new"}) {
        CAPTURE(name);
        CHECK(failure_of(posix::make_directory({dir.path(), name}, ourselves(), 0755)).find("is a symbolic link to ") !=
              std::string::npos);
        CHECK_FALSE(posix::check_directory({dir.path(), name}, ::geteuid()));
        CHECK_FALSE(posix::take_away({dir.path(), name}, ::geteuid()));
    }
    CHECK(failure_of(posix::make_directory({dir.path(), "file"}, ourselves(), 0755)) == dir / "file is not a directory");
    CHECK(failure_of(posix::make_directory({dir.path(), "file/x"}, ourselves(), 0755)) == dir / "file is not a directory");
    CHECK(info_of(dir / "victim").mode == 0700);
    CHECK(names_in(dir / "victim") == Names{"sub"});
    CHECK_FALSE(fs::exists(dir / "nothing"));
    CHECK(fs::is_symlink(dir / "link"));
    CHECK(fs::exists(dir / "file"));
}

TEST_CASE("worker directory: it is the worker's, and one of another user is refused with path and owner") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const TemporaryDirectory dir;
    const DirectoryPlace place{dir.path(), "app"};
    CHECK(failure_of(posix::make_directory(place, {nobody, 7}, 0750)) == "");
    CHECK(info_of(place.path()).uid == nobody);
    CHECK(info_of(place.path()).gid == 7);
    CHECK(info_of(place.path()).mode == 0750);
    const auto refusal = failure_of(posix::make_directory(place, {4711, 7}, 0755));
    CHECK(refusal == place.path() + " belongs to nobody (uid 65534), not to uid 4711, the worker's user; `chown -R 4711 " +
                         place.path() + "` if it is the worker's");
    CHECK(failure_of(posix::check_directory(place, 4711)) == refusal);
    CHECK(failure_of(posix::check_directory(place, nobody)) == "");
    CHECK_FALSE(posix::take_away(place, 4711));
    CHECK(info_of(place.path()).uid == nobody);
    CHECK(names_in(dir.path()) == Names{"app"});
}

TEST_CASE("worker directory: an empty one of root is given to the worker's user, one with files is not") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const TemporaryDirectory dir;
    fs::create_directory(dir / "empty");
    fs::create_directory(dir / "full");
    write_text(dir / "full/file", "root's");
    CHECK(failure_of(posix::make_directory({dir.path(), "empty"}, {nobody, nobody}, 0755)) == "");
    CHECK(info_of(dir / "empty").uid == nobody);
    CHECK(failure_of(posix::make_directory({dir.path(), "full"}, {nobody, nobody}, 0755))
              .find("belongs to root (uid 0), not to nobody") != std::string::npos);
    CHECK(info_of(dir / "full").uid == 0);
    CHECK(info_of(dir / "full/file").uid == 0);
}

TEST_CASE("worker directory: files of others in it keep their owners, and links in it are left alone") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const TemporaryDirectory dir;
    write_text(dir / "victim", "precious");
    CHECK(failure_of(posix::make_directory({dir.path(), "app"}, {nobody, nobody}, 0755)) == "");
    write_text(dir / "app/of-root", "x");
    fs::create_symlink(dir / "victim", dir / "app/link");
    CHECK(failure_of(posix::make_directory({dir.path(), "app"}, {nobody, 7}, 0700)) == "");
    CHECK(info_of(dir / "app/of-root").uid == 0);
    CHECK(info_of(dir / "victim").uid == 0);
    CHECK(info_of(dir / "app").gid == 7);
}

TEST_CASE("worker directory: one on the way that another user could replace is refused") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const TemporaryDirectory dir;
    fs::create_directory(dir / "theirs");
    REQUIRE(::chown((dir / "theirs").c_str(), 4711, 4711) == 0);
    fs::create_directory(dir / "shared");
    REQUIRE(::chmod((dir / "shared").c_str(), 0777) == 0);
    CHECK(failure_of(posix::make_directory({dir.path(), "theirs/app"}, {nobody, nobody}, 0755)) ==
          dir / "theirs belongs to uid 4711, which could replace its contents");
    CHECK(failure_of(posix::make_directory({dir.path(), "shared/app"}, {nobody, nobody}, 0755)) ==
          "users other than its owner can write to " + (dir / "shared") + " and replace its contents");
    CHECK(failure_of(posix::make_directory({dir.path(), "theirs/app"}, {4711, 4711}, 0755)) == "");
    CHECK(info_of(dir / "theirs/app").uid == 4711);
    CHECK(names_in(dir / "shared").empty());
}

TEST_CASE("worker directory: removed with all that is in it, links as links, however deep it is and whatever its modes are") {
    const TemporaryDirectory dir;
    fs::create_directory(dir / "victim");
    write_text(dir / "victim/file", "precious");
    const DirectoryPlace place{dir.path(), "app"};
    REQUIRE(posix::make_directory(place, ourselves(), 0755));
    fs::create_symlink(dir / "victim", place.path() + "/link");
    fs::create_symlink(dir / "victim/file", place.path() + "/link-to-file");
    REQUIRE(::mkfifo((place.path() + "/fifo").c_str(), 0600) == 0);
    fs::create_hard_link(dir / "victim/file", place.path() + "/second-link");
    int at = ::open(place.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 500; ++i) {
        REQUIRE(::mkdirat(at, "deeper", 0700) == 0);
        REQUIRE(::mkdirat(at, "beside", 0700) == 0);
        const int file = ::openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0400);
        ::close(file);
        const int next = ::openat(at, "deeper", O_PATH | O_DIRECTORY | O_CLOEXEC);
        ::close(at);
        at = next;
    }
    ::close(at);
    fs::create_directories(place.path() + "/closed/inner");
    REQUIRE(::chmod((place.path() + "/closed").c_str(), 0) == 0);
    CHECK(remove(place, ::geteuid()));
    CHECK(names_in(dir.path()) == Names{"victim"});
    CHECK(read_text(dir / "victim/file") == "precious");
}

TEST_CASE("worker directory: what its owner could not remove is not removed for it") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const TemporaryDirectory dir;
    const DirectoryPlace place{dir.path(), "app"};
    constexpr uid_t other = 4711;
    CHECK(failure_of(posix::make_directory(place, {nobody, nobody}, 0755)) == "");
    write_text(dir / "app/file-of-root", "x");
    fs::create_directories(dir / "app/drop/private");
    write_text(dir / "app/drop/private/key", "precious");
    for (const auto* name : {"app/drop", "app/drop/private", "app/drop/private/key"})
        REQUIRE(::chown((dir / name).c_str(), other, other) == 0);
    REQUIRE(::chmod((dir / "app/drop").c_str(), 0777) == 0);
    REQUIRE(::chmod((dir / "app/drop/private").c_str(), 0700) == 0);
    const auto taken = posix::take_away(place, nobody);
    REQUIRE(taken);
    REQUIRE(taken->has_value());
    CHECK_FALSE(posix::remove_all(**taken));
    CHECK(read_text((*taken)->path + "/drop/private/key") == "precious");
    CHECK_FALSE(exists((*taken)->path + "/file-of-root"));
}

TEST_CASE("worker directory: what is mounted in it stays, and is named as what is left") {
    if (::geteuid() != 0 || ::system("unshare --mount true") != 0) TALOS_SKIP("needs root and mount namespaces");
    const TemporaryDirectory dir;
    fs::create_directory(dir / "victim");
    write_text(dir / "victim/file", "precious");
    const DirectoryPlace place{dir.path(), "app"};
    REQUIRE(posix::make_directory(place, ourselves(), 0755));
    fs::create_directory(place.path() + "/mount");
    write_text(place.path() + "/file", "x");
    const pid_t child = ::fork();
    if (child == 0) {
        const auto mount = "mount --bind " + (dir / "victim") + " " + place.path() + "/mount";
        if (::unshare(CLONE_NEWNS) != 0 || ::system(("mount --make-rprivate / && " + mount).c_str()) != 0) ::_exit(2);
        const auto taken = posix::take_away(place, ::geteuid());
        if (!taken || !taken->has_value()) ::_exit(3);
        ::_exit(posix::remove_all(**taken) ? 4 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(read_text(dir / "victim/file") == "precious");
}

TEST_CASE("worker directory: a new one can be made while the former one is still being removed, in a child that leaves nothing") {
    const TemporaryDirectory dir;
    const DirectoryPlace place{dir.path(), "app"};
    REQUIRE(posix::make_directory(place, ourselves(), 0755));
    for (int i = 0; i < 2000; ++i) write_text(place.path() + "/" + std::to_string(i), "x");
    const auto taken = posix::take_away(place, ::geteuid());
    REQUIRE(taken);
    REQUIRE(taken->has_value());
    const auto child = posix::remove_in_child(**taken);
    REQUIRE(child);
    CHECK(posix::make_directory(place, ourselves(), 0755));
    write_text(place.path() + "/new", "x");
    int status = -1;
    REQUIRE(::waitpid(*child, &status, 0) == *child);
    CHECK(status == 0);
    CHECK(names_in(dir.path()) == Names{"app"});
    CHECK(names_in(place.path()) == Names{"new"});
}

TEST_CASE("worker directory: one that is not there needs no removal") {
    const TemporaryDirectory dir;
    const auto taken = posix::take_away({dir.path(), "app"}, ::geteuid());
    REQUIRE(taken);
    CHECK_FALSE(taken->has_value());
    CHECK(posix::check_directory({dir.path(), "app/deep"}, ::geteuid()));
    CHECK(names_in(dir.path()).empty());
}
