#include "posix/files/glob.hpp"
#include "support.hpp"
#include <algorithm>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

std::vector<std::string> sorted(const std::string& pattern) {
    auto found = posix::glob(pattern).value();
    std::sort(found.begin(), found.end());
    return found;
}

}   // namespace

TEST_CASE("glob: the files that match, none that begin with a dot") {
    const TemporaryDirectory dir;
    for (const auto* name : {"b.json", "a.json", ".hidden.json", "a.txt", "[x].json"}) std::ofstream(dir / name) << "{}";
    CHECK(sorted(dir / "*.json") == std::vector<std::string>{dir / "[x].json", dir / "a.json", dir / "b.json"});
    CHECK(sorted(dir / "[ab].*") == std::vector<std::string>{dir / "a.json", dir / "a.txt", dir / "b.json"});
    CHECK(sorted(dir / "\\[x].*") == std::vector<std::string>{dir / "[x].json"});
}

TEST_CASE("glob: nothing that matches, and a folder that is not there, are no failures") {
    const TemporaryDirectory dir;
    CHECK(sorted(dir / "*.json").empty());
    CHECK(sorted(dir / "none/*.json").empty());
    CHECK(sorted(dir / "none*/*.json").empty());
}

TEST_CASE("glob: a folder that cannot be read is a failure that names it") {
    const TemporaryDirectory dir;
    const std::string closed = dir / "closed";
    REQUIRE(::mkdir(closed.c_str(), 0) == 0);
    const auto found = posix::glob(closed + "/*.json");
    if (::geteuid() == 0) {
        CHECK(found.value().empty());   // root may
    } else {
        CHECK(found.error().errno_value() == EACCES);
        CHECK(found.error().message() == "read the directory " + closed + ": Permission denied");
    }
    CHECK(::chmod(closed.c_str(), 0700) == 0);
}
