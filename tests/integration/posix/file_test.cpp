#include "posix/files/file.hpp"
#include "support.hpp"
#include <fstream>
#include <sys/stat.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

void put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
std::string get(const std::string& path) { return read_file(path, 1 << 20).value(); }
std::size_t entries(const TemporaryDirectory& dir) {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(dir.path()), std::filesystem::directory_iterator()));
}

}   // namespace

TEST_CASE("read_file: the whole file up to the limit, EFBIG beyond it") {
    const TemporaryDirectory dir;
    put(dir / "file", std::string(5000, 'x'));
    CHECK(read_file(dir / "file", 5000).value().size() == 5000);
    CHECK(read_file(dir / "file", 100'000).value().size() == 5000);
    CHECK(read_file(dir / "file", 4999).error().errno_value() == EFBIG);
    CHECK(read_file(dir / "file", 0).error().errno_value() == EFBIG);
    put(dir / "empty", "");
    CHECK(read_file(dir / "empty", 0).value().empty());
    put(dir / "nul", std::string(3, '\0'));
    CHECK(read_file(dir / "nul", 10).value() == std::string(3, '\0'));
}

TEST_CASE("read_file: files of /proc, which have no size, are read whole") {
    CHECK(read_file("/proc/self/stat", 4096).value().find(std::to_string(::getpid())) == 0);
}

TEST_CASE("read_file: what is no regular file is named and never waited for") {
    const TemporaryDirectory dir;
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    CHECK(read_file(dir / "fifo", 10).error().errno_value() == ENXIO);
    CHECK(read_file(dir.path(), 10).error().errno_value() == EISDIR);
    CHECK(read_file("/dev/zero", 10).error().errno_value() == ENXIO);
    CHECK(read_file(dir / "none", 10).error().message() == "open " + (dir / "none") + ": No such file or directory");
}

TEST_CASE("atomic file: the old text stands until the commit, then the new one, with mode 0600") {
    const TemporaryDirectory dir;
    put(dir / "status.json", "old");
    {
        auto file = AtomicFile::create(dir / "status.json");
        REQUIRE(file.has_value());
        REQUIRE(file->write("new ").has_value());
        REQUIRE(file->write("text").has_value());
        CHECK(get(dir / "status.json") == "old");
        CHECK(std::filesystem::exists(dir / (".status.json." + std::to_string(::getpid()) + ".tmp")));
        REQUIRE(file->commit().has_value());
    }
    CHECK(get(dir / "status.json") == "new text");
    CHECK(entries(dir) == 1);
    struct stat info {};
    REQUIRE(::stat((dir / "status.json").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("atomic file: without a commit nothing changes and nothing is left, also after a move") {
    const TemporaryDirectory dir;
    put(dir / "file", "old");
    {
        auto file = AtomicFile::create(dir / "file");
        REQUIRE(file.has_value());
        auto moved = std::move(*file);
        REQUIRE(moved.write("half").has_value());
    }
    CHECK(get(dir / "file") == "old");
    CHECK(entries(dir) == 1);
}

TEST_CASE("atomic file: a temporary file left by a dead process with our PID is in nobody's way") {
    const TemporaryDirectory dir;
    put(dir / (".file." + std::to_string(::getpid()) + ".tmp"), "stale and longer than the new text");
    auto file = AtomicFile::create(dir / "file");
    REQUIRE(file.has_value());
    REQUIRE(file->write("new").has_value());
    REQUIRE(file->commit().has_value());
    CHECK(get(dir / "file") == "new");
    CHECK(entries(dir) == 1);
}

TEST_CASE("atomic file: failures name the call and the path") {
    const TemporaryDirectory dir;
    const auto created = AtomicFile::create(dir / "none/file");
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().errno_value() == ENOENT);
    CHECK(created.error().what.find(dir / "none/.file.") != std::string::npos);

    std::filesystem::create_directory(dir / "taken");
    auto file = AtomicFile::create(dir / "taken");
    REQUIRE(file.has_value());
    const auto committed = file->commit();
    REQUIRE_FALSE(committed.has_value());
    CHECK(committed.error().what.find("rename ") == 0);
}

TEST_CASE("atomic file: writing to a full device fails and keeps the reason") {
    const auto full = open_file("/dev/full", O_WRONLY);
    REQUIRE(full.has_value());
    CHECK(write_all(full->get(), "text", "/dev/full").error().message() == "write /dev/full: No space left on device");
}

TEST_CASE("opened files are not inherited") {
    const TemporaryDirectory dir;
    const auto file = open_file(dir / "file", O_RDWR | O_CREAT, 0640);
    REQUIRE(file.has_value());
    CHECK((::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
}
