#include "posix/files/file.hpp"
#include "posix/files/open_beneath.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <fcntl.h>

using namespace talos;
using namespace talos::test;
using posix::Beneath;
using posix::open_beneath;

namespace {

struct Tree {
    TemporaryDirectory dir;
    posix::UniqueFd root;
    Tree() {
        std::filesystem::create_directories(dir / "root/a/b");
        write_text(dir / "outside", "precious");
        write_text(dir / "root/a/b/file", "content");
        std::filesystem::create_symlink("b/file", dir / "root/a/link");
        std::filesystem::create_directory_symlink("a", dir / "root/way");
        std::filesystem::create_symlink("../outside", dir / "root/out");
        root.reset(::open((dir / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
};

}   // namespace

TEST_CASE("open beneath: a file below is opened, nothing outside and nothing behind a link, with openat2 and without") {
    const Tree tree;
    const auto how = GENERATE(Beneath::openat2, Beneath::by_component);
    const auto open = [&](const std::string& path, int flags = O_RDONLY) {
        return open_beneath(tree.root.get(), path, flags, 0600, path, how);
    };
    const auto error = [&](const std::string& path, int flags = O_RDONLY) {
        const auto opened = open(path, flags);
        return opened ? 0 : opened.error().errno_value();
    };
    const auto file = open("a/b/file");
    REQUIRE(file);
    CHECK((::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(open("./a//b/./file"));
    CHECK(error("a/link") == ELOOP);
    CHECK(error("way/b/file") == ELOOP);
    CHECK(error("out") == ELOOP);
    CHECK(error("out", O_WRONLY | O_TRUNC) == ELOOP);
    CHECK(error("../outside") == EXDEV);
    CHECK(error(tree.dir / "outside") == EXDEV);
    CHECK(error("a/none") == ENOENT);
    CHECK(error("a/b/file/below") == ENOTDIR);
    CHECK(open("a/new", O_WRONLY | O_CREAT | O_EXCL));
    CHECK(error("a/link", O_WRONLY | O_CREAT | O_EXCL) == EEXIST);
    CHECK(read_text(tree.dir / "outside") == "precious");
}
