#include "logs/files/rotating_file.hpp"
#include "posix/children/discarded_file.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <csignal>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace talos;
using namespace talos::test;
using logs::RotatingFile;
using posix::set_discard;
using posix::UniqueFd;

namespace {

/// While it lives, files of this process cannot grow past `size` (writes fail with EFBIG after what fits), like on a full disk.
class FullDisk {
public:
    explicit FullDisk(rlim_t size) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{size, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, SIG_DFL);
    }

private:
    rlimit before_{};
};

}   // namespace

TEST_CASE("rotating file: the name stays with the newest lines, old files count upwards") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "logs/web.log", {12, 2});
    for (const auto* line : {"one..\n", "two..\n", "three\n", "four.\n", "five.\n", "six..\n", "seven\n"})
        REQUIRE(file.write(line));
    CHECK(read_text(dir / "logs/web.log") == "seven\n");
    CHECK(read_text(dir / "logs/web.log.1") == "five.\nsix..\n");
    CHECK(read_text(dir / "logs/web.log.2") == "three\nfour.\n");
    CHECK_FALSE(exists(dir / "logs/web.log.3"));
}

TEST_CASE("rotating file: one write is split between lines, never inside one") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {10, 9});
    std::size_t written = 0;
    const std::string lines = "aaaa\nbbbb\ncccc\nthis line is longer than a file\ndddd\n";
    REQUIRE(file.write(lines, &written));
    CHECK(written == lines.size());
    CHECK(read_text(dir / "log.3") == "aaaa\nbbbb\n");
    CHECK(read_text(dir / "log.2") == "cccc\n");
    CHECK(read_text(dir / "log.1") == "this line is longer than a file\n");
    CHECK(read_text(dir / "log") == "dddd\n");
}

TEST_CASE("rotating file: with keep 0 the current file is emptied") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {5, 0});
    REQUIRE(file.write("aaaa\n"));
    REQUIRE(file.write("bbbb\n"));
    CHECK(read_text(dir / "log") == "bbbb\n");
    CHECK_FALSE(exists(dir / "log.1"));
}

TEST_CASE("rotating file: with keep 0 one whose blocks take long to be freed is replaced, and handed over") {
    const TemporaryDirectory dir;
    RotatingFile::Policy policy{5, 0};
    policy.hand_over = true;
    RotatingFile file(dir / "log", policy);
    REQUIRE(file.write("aaaa\n"));
    if (::fallocate(file.fd(), FALLOC_FL_KEEP_SIZE, 0, 8 << 20) != 0)
        TALOS_SKIP("this file system allocates nothing behind the end");
    REQUIRE(file.write("bbbb\n"));
    CHECK(read_text(dir / "log") == "bbbb\n");
    const auto replaced = file.take_replaced();
    REQUIRE(replaced.size() == 1);
    struct stat old {};
    REQUIRE(::fstat(replaced.front().get(), &old) == 0);
    CHECK(old.st_nlink == 0);
    CHECK(old.st_size == 5);   // nothing was freed
    REQUIRE(file.write("cccc\n"));
    CHECK(read_text(dir / "log") == "cccc\n");   // a small one is emptied
    CHECK(file.take_replaced().empty());
}

TEST_CASE("rotating file: a large one that somebody else has removed is not closed, and so freed, by who writes the log") {
    const TemporaryDirectory dir;
    std::vector<UniqueFd> discarded;
    set_discard([&](UniqueFd fd) { discarded.push_back(std::move(fd)); });
    {
        RotatingFile file(dir / "log", {100 << 20, 1});
        REQUIRE(file.write("aaaa\n"));
        if (::fallocate(file.fd(), FALLOC_FL_KEEP_SIZE, 0, 8 << 20) != 0) {
            set_discard({});
            TALOS_SKIP("this file system allocates nothing behind the end");
        }
        REQUIRE(::unlink((dir / "log").c_str()) == 0);
        file.close();
        CHECK(discarded.size() == 1);
        REQUIRE(file.write("bbbb\n"));
        REQUIRE(::unlink((dir / "log").c_str()) == 0);
    }
    CHECK(discarded.size() == 1);   // a small one is closed
    set_discard({});
}

TEST_CASE("rotating file: one that another user has made synchronous is told of, once") {
    if (::geteuid() != 0) TALOS_SKIP("only root has logs in the directories of other users");
    constexpr uid_t nobody = 65534;
    const TemporaryDirectory dir;
    REQUIRE(::chown(dir.path().c_str(), nobody, nobody) == 0);
    RotatingFile file(dir / "log", {100, 1});
    REQUIRE(file.write("aaaa\n"));
    CHECK_FALSE(file.take_notice());
    int flags = 0;
    if (::ioctl(file.fd(), FS_IOC_GETFLAGS, &flags) != 0) TALOS_SKIP("this file system has no flags");
    flags |= FS_SYNC_FL;
    if (::ioctl(file.fd(), FS_IOC_SETFLAGS, &flags) != 0) TALOS_SKIP("this file system does not have that flag");
    file.close();
    REQUIRE(file.write("bbbb\n"));
    const auto notice = file.take_notice();
    REQUIRE(notice);
    CHECK(notice->find("chattr -S " + (dir / "log")) != std::string::npos);
    file.close();
    REQUIRE(file.write("cccc\n"));
    CHECK_FALSE(file.take_notice());
}

TEST_CASE("rotating file: an existing file is continued, and its size counts") {
    const TemporaryDirectory dir;
    write_text(dir / "log", "old..\n");
    RotatingFile file(dir / "log", {12, 1});
    REQUIRE(file.write("new..\n"));
    CHECK(read_text(dir / "log") == "old..\nnew..\n");
    REQUIRE(file.write("more.\n"));
    CHECK(read_text(dir / "log") == "more.\n");
}

TEST_CASE("rotating file: a line that an earlier writer left unfinished does not run together with the next") {
    const TemporaryDirectory dir;
    write_text(dir / "log", "torn");
    RotatingFile file(dir / "log", {100, 1});
    REQUIRE(file.write("whole\n"));
    CHECK(read_text(dir / "log") == "torn\nwhole\n");
}

TEST_CASE("rotating file: files and folders are the owner's alone, whatever the umask allows") {
    const TemporaryDirectory dir;
    const mode_t before = ::umask(0);
    RotatingFile file(dir / "a/b/log", {100, 1});
    const auto opened = file.open();
    ::umask(before);
    REQUIRE(opened);
    struct stat info {};
    REQUIRE(::stat((dir / "a/b/log").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777u) == 0600u);
    REQUIRE(::stat((dir / "a/b").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777u) == 0700u);
}

TEST_CASE("rotating file: a full disk leaves whole lines, says how many bytes, and heals") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1000, 1});
    const std::string lines = "first\nsecond\nthird\n";
    std::size_t written = 0;
    {
        const FullDisk full(10);
        const auto result = file.write(lines, &written);
        REQUIRE_FALSE(result);
        CHECK(result.error().what.find(dir / "log") != std::string::npos);
        CHECK(read_text(dir / "log") == "first\n");
        CHECK(written == 6);
    }
    REQUIRE(file.write(lines.substr(written)));
    CHECK(read_text(dir / "log") == lines);
}

TEST_CASE("rotating file: after close the next write opens whatever has the name then") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1000, 1});
    REQUIRE(file.write("before\n"));
    const auto generation = file.generation();
    std::filesystem::rename(dir / "log", dir / "moved");
    REQUIRE(file.write("still in the moved one\n"));
    file.close();
    CHECK_FALSE(file.is_open());
    REQUIRE(file.write("after\n"));
    CHECK(read_text(dir / "log") == "after\n");
    CHECK(file.generation() > generation);
}

TEST_CASE("rotating file: rotation is told to who shares the descriptor") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {5, 1});
    REQUIRE(file.write("aaaa\n"));
    const auto generation = file.generation();
    REQUIRE(file.write("bbbb\n"));
    CHECK(file.generation() == generation + 1);
}

TEST_CASE("rotating file: more files than are kept now go at the next rotation") {
    const TemporaryDirectory dir;
    for (const auto* old : {"log.1", "log.2", "log.3"}) write_text(dir / old, "old\n");
    RotatingFile file(dir / "log", {5, 1});
    REQUIRE(file.write("aaaa\n"));
    REQUIRE(file.write("bbbb\n"));
    CHECK(read_text(dir / "log.1") == "aaaa\n");
    CHECK_FALSE(exists(dir / "log.2"));
    CHECK_FALSE(exists(dir / "log.3"));
}

TEST_CASE("rotating file: devices, FIFOs and directories are refused, not waited for and not renamed") {
    const TemporaryDirectory dir;
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    std::filesystem::create_directory(dir / "folder");
    for (const auto& path : {dir / "fifo", dir / "folder", std::string("/dev/null")}) {
        CAPTURE(path);
        CHECK_FALSE(RotatingFile(path, {5, 1}).write("aaaa\n"));
    }
}
