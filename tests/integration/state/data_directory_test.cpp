#include "state/data_directory.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <sys/stat.h>
#include <unistd.h>

using namespace talos;
using namespace talos::state;
using namespace talos::test;

namespace {

Result<> prepare(const std::string& path, std::string* warning = nullptr) {
    std::string ignored;
    return DataDirectory(path).prepare(warning != nullptr ? *warning : ignored);
}

mode_t mode_of(const std::string& path) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 0777u;
}

}   // namespace

TEST_CASE("data directory: made with its parents, for the owner alone") {
    const TemporaryDirectory dir;
    std::string warning;
    REQUIRE(prepare(dir / "a/b/.talos", &warning));
    CHECK(warning.empty());
    CHECK(mode_of(dir / "a/b/.talos") == 0700u);
    REQUIRE(prepare(dir / "a/b/.talos/", &warning));   // again, and with a slash at its end
    CHECK(warning.empty());
}

TEST_CASE("data directory: a looser mode is warned about and left as it is") {
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    std::string warning;
    REQUIRE(prepare(dir.path(), &warning));
    CHECK(warning.find(dir.path() + " has mode 0755") != std::string::npos);
    CHECK(mode_of(dir.path()) == 0755u);
}

TEST_CASE("data directory: one that others can write is refused with its mode and what to do") {
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), GENERATE(0770, 0720, 0702, 01777)) == 0);
    const auto failed = prepare(dir.path());
    REQUIRE_FALSE(failed);
    CHECK(failed.error().errno_value() == EPERM);
    CHECK(failed.error().message().find("data directory " + dir.path() + " has mode ") == 0);
    CHECK(failed.error().message().find("`chmod 700 " + dir.path() + "`") != std::string::npos);
}

TEST_CASE("data directory: a link to a directory is followed, a link to nothing is named") {
    const TemporaryDirectory dir;
    std::filesystem::create_directory_symlink(dir.path(), dir / "link");
    CHECK(prepare(dir / "link"));
    std::filesystem::create_symlink(dir / "nothing", dir / "dangling");
    const auto failed = prepare(dir / "dangling");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message().find((dir / "dangling") + " is a symbolic link to nothing") != std::string::npos);
    CHECK_FALSE(exists(dir / "nothing"));
}

TEST_CASE("data directory: a file in its place is named, also as a parent") {
    const TemporaryDirectory dir;
    write_text(dir / "file", "");
    for (const auto& path : {dir / "file", dir / "file/below"}) {
        const auto failed = prepare(path);
        REQUIRE_FALSE(failed);
        CHECK(failed.error().errno_value() == ENOTDIR);
        CHECK(failed.error().message().find(path) != std::string::npos);
    }
    CHECK_FALSE(prepare(""));
}

TEST_CASE("data directory: one that belongs to somebody else is refused, and the owner named") {
    const TemporaryDirectory dir;
    std::string path = "/";   // root's, for an ordinary user
    std::string owner = "uid 0";
    if (::geteuid() == 0) {
        path = dir.path();
        owner = "uid 65534";
        REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    }
    const auto failed = prepare(path);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().errno_value() == EPERM);
    CHECK(failed.error().message().find(path + " belongs to " + owner) != std::string::npos);
}

TEST_CASE("data directory: one that cannot be written into is refused") {
    if (::geteuid() == 0) TALOS_SKIP("needs an ordinary user: root is refused nothing");
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), 0500) == 0);
    const auto failed = prepare(dir.path());
    const auto below = prepare(dir / "below");
    ::chmod(dir.path().c_str(), 0700);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().errno_value() == EACCES);
    REQUIRE_FALSE(below);
    CHECK(below.error().errno_value() == EACCES);
}
