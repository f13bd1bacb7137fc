// Who may write what, and as whom. What needs several users is proven by root alone.
#include "posix/files/folder.hpp"
#include "posix/files/private_group.hpp"
#include "posix/files/walk.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace talos;
using namespace talos::test;
using posix::Folder;
using posix::Location;
using posix::OwnDirectory;

namespace {

constexpr uid_t nobody = 65534;

/// The effective capabilities of this thread, as the kernel shows them.
std::string effective() {
    std::ifstream status("/proc/thread-self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("CapEff:")) return line;
    return {};
}

uid_t owner_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_uid : ~0u;
}

void make(const std::string& kind, const TemporaryDirectory& dir, const std::string& path) {
    if (kind == "link") std::filesystem::create_symlink(dir / "victim", path);
    if (kind == "dangling link") std::filesystem::create_symlink(dir / "made", path);
    if (kind == "FIFO") REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    if (kind == "directory") std::filesystem::create_directory(path);
    if (kind == "second link") std::filesystem::create_hard_link(dir / "victim", path);
}

}   // namespace

TEST_CASE("folder: in talosd's own directory what is no file of its own is put aside, named once, and never written") {
    const TemporaryDirectory dir;
    write_text(dir / "victim", "precious");
    std::filesystem::create_directory(dir / "data");
    std::filesystem::permissions(dir / "data", std::filesystem::perms::owner_all);
    const auto own = std::make_shared<OwnDirectory>(dir / "data");
    const auto kind = GENERATE(as<std::string>{}, "link", "dangling link", "FIFO", "directory", "second link");
    CAPTURE(kind);
    make(kind, dir, dir / "data/daemon.log");
    {
        auto folder = Folder::open({dir / "data/daemon.log", own}, Folder::Use::write);
        REQUIRE(folder);
        const auto file = folder->open_or_create("daemon.log", O_RDWR | O_APPEND);
        REQUIRE(file);
        REQUIRE(::write(file->get(), "x", 1) == 1);
    }
    CHECK(read_text(dir / "data/daemon.log") == "x");
    CHECK(exists(dir / "data/daemon.log.refused-1"));
    CHECK(read_text(dir / "victim") == "precious");
    CHECK_FALSE(exists(dir / "made"));
    const auto warnings = own->take_warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings.front().find((dir / "data/daemon.log") + " is a ") == 0);
    CHECK(warnings.front().find("daemon.log.refused-1") != std::string::npos);
}

TEST_CASE("folder: a link in the place of a directory below talosd's own is put aside, and a fresh one made") {
    const TemporaryDirectory dir;
    std::filesystem::create_directories(dir / "elsewhere");
    std::filesystem::create_directory(dir / "data");
    std::filesystem::permissions(dir / "data", std::filesystem::perms::owner_all);
    std::filesystem::create_directory_symlink(dir / "elsewhere", dir / "data/logs");
    const auto own = std::make_shared<OwnDirectory>(dir / "data");
    {
        auto folder = Folder::open({dir / "data/logs/web.log", own}, Folder::Use::make);
        REQUIRE(folder);
        REQUIRE(folder->open_or_create("web.log", O_RDWR));
    }
    CHECK(exists(dir / "data/logs/web.log"));
    CHECK(std::filesystem::is_empty(dir / "elsewhere"));
    CHECK(own->take_warnings().size() == 1);
}

TEST_CASE("folder: elsewhere a link, a FIFO, a directory and a second link are refused by their kind, and left alone") {
    const TemporaryDirectory dir;
    write_text(dir / "victim", "precious");
    const auto kind = GENERATE(as<std::string>{}, "link", "dangling link", "FIFO", "directory", "second link");
    CAPTURE(kind);
    make(kind, dir, dir / "web.log");
    auto folder = Folder::open(dir / "web.log", Folder::Use::make);
    REQUIRE(folder);
    const auto file = folder->open_or_create("web.log", O_RDWR | O_APPEND);
    REQUIRE_FALSE(file);
    INFO(file.error().message());
    CHECK(file.error().message().find((dir / "web.log") + " is a ") == 0);
    CHECK(read_text(dir / "victim") == "precious");
    CHECK_FALSE(exists(dir / "made"));
    CHECK_FALSE(exists(dir / "web.log.refused-1"));
}

TEST_CASE("folder: a replaced file is replaced in one step, a link to another file is not followed") {
    const TemporaryDirectory dir;
    write_text(dir / "victim", "precious");
    write_text(dir / "new", "new");
    std::filesystem::create_symlink(dir / "victim", dir / "old");
    std::filesystem::create_directory(dir / "folder");
    auto folder = Folder::open(dir / "new", Folder::Use::write);
    REQUIRE(folder);
    REQUIRE(folder->rename("new", "old"));
    CHECK(read_text(dir / "old") == "new");
    CHECK(read_text(dir / "victim") == "precious");
    REQUIRE(folder->rename("old", "folder"));
    CHECK(read_text(dir / "folder") == "new");
    CHECK(std::filesystem::is_directory(dir / "folder.refused-1"));
    CHECK(folder->rename("none", "old").error().errno_value() == ENOENT);
}

TEST_CASE("walk: a link in a directory that only this user can write is followed, another is named") {
    const TemporaryDirectory dir;
    std::filesystem::create_directories(dir / "real");
    std::filesystem::create_directory(dir / "open");
    std::filesystem::create_directory_symlink(dir / "real", dir / "link");
    std::filesystem::create_directory_symlink(dir / "real", dir / "open/link");
    REQUIRE(::chmod((dir / "open").c_str(), 0777) == 0);
    CHECK(posix::walk(dir / "link", {}));
    const auto refused = posix::walk(dir / "open/link", {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().errno_value() == ELOOP);
    CHECK(refused.error().message().find((dir / "open/link") + " is a symbolic link to " + (dir / "real")) != std::string::npos);
}

TEST_CASE("own directory: one that others can write is refused with path, mode and what to do, a removed one is made again") {
    const TemporaryDirectory dir;
    std::filesystem::create_directory(dir / "data");
    REQUIRE(::chmod((dir / "data").c_str(), GENERATE(0772, 0702, 01777)) == 0);
    OwnDirectory own(dir / "data");
    const auto refused = own.descriptor();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("`chmod 700 " + (dir / "data") + "`") != std::string::npos);
    REQUIRE(::chmod((dir / "data").c_str(), 0700) == 0);
    REQUIRE(own.descriptor());
    std::filesystem::remove(dir / "data");
    CHECK_FALSE(own.descriptor());
    CHECK(own.descriptor(OwnDirectory::Make::yes));
    CHECK(exists(dir / "data"));
}

TEST_CASE("own directory: root makes its own in a directory of another user, who can move it away and put no link in its place") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    const TemporaryDirectory dir;
    const std::string theirs = dir / "theirs";
    std::filesystem::create_directory(theirs);
    REQUIRE(::chown(theirs.c_str(), nobody, nobody) == 0);
    REQUIRE(::chmod(theirs.c_str(), GENERATE(0755, 0777)) == 0);
    OwnDirectory own(theirs + "/new/data");
    REQUIRE(own.descriptor(OwnDirectory::Make::yes));
    struct stat info {};
    REQUIRE(::lstat(own.path().c_str(), &info) == 0);
    CHECK(info.st_uid == 0);
    CHECK((info.st_mode & 07777) == 0700);
    std::filesystem::rename(theirs + "/new", theirs + "/moved");
    {
        auto folder = Folder::open({own.path() + "/status.json", std::make_shared<OwnDirectory>(own)}, Folder::Use::write);
        REQUIRE(folder);
        CHECK(folder->create("status.json"));
    }
    CHECK(owner_of(theirs + "/moved/data/status.json") == 0);
    std::filesystem::create_directory_symlink("moved", theirs + "/new");
    REQUIRE(::lchown((theirs + "/new").c_str(), nobody, nobody) == 0);
    CHECK_FALSE(OwnDirectory(own.path()).descriptor(OwnDirectory::Make::yes));
}

TEST_CASE("folder: root uses a directory of another user with that user's rights, and its own return") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    const TemporaryDirectory dir;
    std::filesystem::create_directory(dir / "theirs");
    REQUIRE(::chown((dir / "theirs").c_str(), nobody, nobody) == 0);
    write_text(dir / "theirs/roots.log", "precious");
    REQUIRE(::chmod((dir / "theirs/roots.log").c_str(), 0600) == 0);
    const auto before = effective();
    const auto groups = ::getgroups(0, nullptr);
    {
        auto folder = Folder::open(dir / "theirs/below/web.log", Folder::Use::make);
        REQUIRE(folder);
        REQUIRE(folder->acting() != nullptr);
        CHECK(folder->acting()->uid == nobody);
        CHECK(folder->open_or_create("web.log", O_RDWR));
        CHECK(::open((dir / "theirs/roots.log").c_str(), O_RDONLY | O_CLOEXEC) < 0);   // nor anything else of root's
    }
    CHECK(owner_of(dir / "theirs/below") == nobody);
    CHECK(owner_of(dir / "theirs/below/web.log") == nobody);
    CHECK(effective() == before);
    CHECK(::getgroups(0, nullptr) == groups);
    write_text(dir / "mine", "");
    CHECK(owner_of(dir / "mine") == 0);
    auto folder = Folder::open(dir / "theirs/roots.log", Folder::Use::write);
    REQUIRE(folder);
    const auto roots = folder->open_or_create("roots.log", O_RDWR);
    REQUIRE_FALSE(roots);
    CHECK(roots.error().errno_value() == EACCES);
    CHECK(roots.error().message().find("belongs to root; `chown nobody " + (dir / "theirs/roots.log") + "`") !=
          std::string::npos);
}

TEST_CASE("folder: a directory that its owner's private group can write is used, one of any other group is not") {
    constexpr uid_t daemon = 1;
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    if (!posix::is_private_group(daemon, daemon)) TALOS_SKIP("uid 1 has no private group here");
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    for (const auto* name : {"private", "shared"}) {
        std::filesystem::create_directory(dir / name);
        REQUIRE(::chown((dir / name).c_str(), daemon, std::string(name) == "private" ? daemon : nobody) == 0);
        REQUIRE(::chmod((dir / name).c_str(), 0775) == 0);
    }
    for (const auto* below : {"/web.log", "/a/web.log"}) {
        CHECK(Folder::check((dir / "private") + below));
        CHECK_FALSE(Folder::check((dir / "shared") + below));
        CHECK_FALSE(Folder::open((dir / "shared") + below, Folder::Use::make));
        auto folder = Folder::open((dir / "private") + below, Folder::Use::make);
        REQUIRE(folder);
        CHECK(folder->open_or_create("web.log", O_RDWR));
        CHECK(owner_of((dir / "private") + below) == daemon);
    }
}

TEST_CASE("folder: an ordinary user is told whose a directory is, not to take it") {
    if (::geteuid() == 0) TALOS_SKIP("root may write everywhere");
    const auto refused = Folder::check("/usr/talos-test.log");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find("the directory belongs to root") != std::string::npos);
    CHECK(refused.error().message().find("chown") == std::string::npos);
}

TEST_CASE("folder: a check fails as the writer would, and makes nothing") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    const TemporaryDirectory dir;
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    for (const auto* name : {"theirs", "shared", "sticky", "closed"}) std::filesystem::create_directory(dir / name);
    for (const auto* name : {"theirs", "closed"}) REQUIRE(::chown((dir / name).c_str(), nobody, nobody) == 0);
    std::filesystem::create_directory(dir / "theirs/roots");
    REQUIRE(::chmod((dir / "shared").c_str(), 0777) == 0);
    REQUIRE(::chmod((dir / "sticky").c_str(), 01777) == 0);
    REQUIRE(::chmod((dir / "closed").c_str(), 0500) == 0);
    write_text(dir / "theirs/left.log", "line");
    write_text(dir / "theirs/two.log", "line");
    std::filesystem::create_hard_link(dir / "theirs/two.log", dir / "theirs/second");
    for (const auto* name : {"theirs/daemon.log", "sticky/theirs.log"}) {
        write_text(dir / name, "line");
        REQUIRE(::chown((dir / name).c_str(), std::string(name).starts_with("theirs") ? 1 : nobody, nobody) == 0);
        REQUIRE(::chmod((dir / name).c_str(), 0600) == 0);
    }
    const auto complaint = [&](const std::string& name) {
        const auto checked = Folder::check(dir / name);
        return checked ? std::string() : checked.error().message();
    };
    for (const auto* name : {"new.log", "a/b/new.log", "theirs/new.log", "theirs/a/b/new.log", "theirs/left.log",
                             "sticky/new.log", "sticky/a/new.log"}) {
        CAPTURE(name);
        CHECK(complaint(name).empty());
        CHECK(Folder::check(dir / name));
    }
    CHECK(complaint("shared/new.log").find("mode 0777") != std::string::npos);
    CHECK(complaint("shared/a/new.log").find("`mkdir " + (dir / "shared/a") + "`") != std::string::npos);
    CHECK(complaint("closed/new.log").find("`chmod u+rwx " + (dir / "closed")) != std::string::npos);
    CHECK(complaint("closed/a/new.log").find("create directory " + (dir / "closed/a")) != std::string::npos);
    CHECK(complaint("theirs/roots/new.log").find("the directory belongs to root; `chown nobody " + (dir / "theirs/roots/")) !=
          std::string::npos);
    CHECK(complaint("theirs/daemon.log").find("the file belongs to daemon; `chown nobody " + (dir / "theirs/daemon.log") + "`") !=
          std::string::npos);
    CHECK(complaint("theirs/two.log").find("2 links") != std::string::npos);
    CHECK(complaint("sticky/theirs.log").find("uid 65534") != std::string::npos);
    for (const auto* name : {"new.log", "a", "theirs/new.log", "theirs/a", "shared/a", "closed/a", "sticky/a"})
        CHECK_FALSE(exists(dir / name));
    CHECK(read_text(dir / "theirs/left.log") == "line");
    CHECK(owner_of(dir / "theirs/left.log") == 0);
}

TEST_CASE("folder: root refuses a directory that others can write, in a sticky one it uses only its own files") {
    if (::geteuid() != 0) TALOS_SKIP("only root can become another user");
    const TemporaryDirectory dir;
    std::filesystem::create_directory(dir / "shared");
    REQUIRE(::chmod((dir / "shared").c_str(), 0770) == 0);
    const auto refused = Folder::open(dir / "shared/web.log", Folder::Use::make);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message().find(dir / "shared") != std::string::npos);
    CHECK(refused.error().message().find("chmod") == std::string::npos);   // others need it as it is
    CHECK(refused.error().message().find("/var/log/talos/") != std::string::npos);

    REQUIRE(::chmod((dir / "shared").c_str(), 01777) == 0);
    write_text(dir / "shared/theirs.log", "");
    REQUIRE(::chown((dir / "shared/theirs.log").c_str(), nobody, nobody) == 0);
    write_text(dir / "shared/open.log", "");
    REQUIRE(::chmod((dir / "shared/open.log").c_str(), 0666) == 0);
    write_text(dir / "shared/mine.log", "");
    REQUIRE(::chmod((dir / "shared/mine.log").c_str(), 0600) == 0);
    auto folder = Folder::open(dir / "shared/web.log", Folder::Use::make);
    REQUIRE(folder);
    CHECK_FALSE(folder->open_or_create("theirs.log", O_RDWR));
    CHECK_FALSE(folder->open_or_create("open.log", O_RDWR));
    CHECK(folder->open_or_create("mine.log", O_RDWR));
    CHECK(folder->open_or_create("web.log", O_RDWR));
    REQUIRE(folder->rename("mine.log", "theirs.log"));
    CHECK(owner_of(dir / "shared/theirs.log.refused-1") == nobody);   // not removed
}
