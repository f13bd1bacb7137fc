#include "posix/children/discarded_file.hpp"
#include "posix/files/file.hpp"
#include "support.hpp"
#include "support/result_text.hpp"
#include "support/skip.hpp"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

void fill(const std::string& path, std::size_t size) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    REQUIRE(write_all(file.get(), std::string(size, 'x'), path));
}

std::size_t size_of(const UniqueFd& file) {
    struct stat info {};
    REQUIRE(::fstat(file.get(), &info) == 0);
    return static_cast<std::size_t>(info.st_size);
}

}   // namespace

TEST_CASE("discarded file: only a large regular file is worth being held") {
    const TemporaryDirectory dir;
    fill(dir / "small", mebibyte - 1);
    fill(dir / "large", mebibyte);
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    REQUIRE(::symlink((dir / "large").c_str(), (dir / "link").c_str()) == 0);
    CHECK_FALSE(hold_large(dir / "small"));
    CHECK_FALSE(hold_large(dir / "fifo"));
    CHECK_FALSE(hold_large(dir / "link"));
    CHECK_FALSE(hold_large(dir / "missing"));
    CHECK(hold_large(dir / "large"));
}

TEST_CASE("discarded file: it is forgotten when it has no name and nobody else has it open") {
    const TemporaryDirectory dir;
    fill(dir / "log", mebibyte);
    const auto file = hold_large(dir / "log");
    CHECK_FALSE(is_forgotten(file));
    REQUIRE(::link((dir / "log").c_str(), (dir / "kept").c_str()) == 0);
    UniqueFd reader(::open((dir / "log").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::unlink((dir / "log").c_str()) == 0);
    CHECK_FALSE(is_forgotten(file));   // somebody gave it another name
    REQUIRE(::unlink((dir / "kept").c_str()) == 0);
    CHECK_FALSE(is_forgotten(file));   // somebody reads it
    reader.reset();
    CHECK(is_forgotten(file));
}

TEST_CASE("discarded file: shortened piece by piece until nothing is left") {
    const TemporaryDirectory dir;
    fill(dir / "log", 2 * mebibyte + 5);
    const auto file = hold_large(dir / "log");
    CHECK(shorten(file, mebibyte));
    CHECK(size_of(file) == mebibyte + 5);
    CHECK(shorten(file, mebibyte));
    CHECK_FALSE(shorten(file, mebibyte));
    CHECK(size_of(file) == 0);
    CHECK_FALSE(shorten(file, mebibyte));
}

TEST_CASE("discarded file: what its owner has allocated behind its end is freed by a child") {
    const TemporaryDirectory dir;
    fill(dir / "log", 5);
    UniqueFd writer(::open((dir / "log").c_str(), O_WRONLY | O_CLOEXEC));
    if (::fallocate(writer.get(), FALLOC_FL_KEEP_SIZE, 0, 8 * mebibyte) != 0)
        TALOS_SKIP("this file system allocates nothing behind the end");
    auto file = hold_large(dir / "log");
    REQUIRE(file);
    CHECK(has_blocks_behind_its_end(file));
    REQUIRE(::unlink((dir / "log").c_str()) == 0);
    writer.reset();
    const int was = file.get();
    const auto child = free_in_child(file);
    REQUIRE(child);
    CHECK_FALSE(file);
    CHECK(::fcntl(was, F_GETFD) == -1);
    int status = -1;
    REQUIRE(::waitpid(*child, &status, 0) == *child);
    CHECK(status == 0);
}
