#include "posix/spawn/exec_path.hpp"
#include "posix/spawn/spawn.hpp"
#include "support/catch.hpp"
#include <cerrno>

using namespace talos::posix;
using Strings = std::vector<std::string>;

TEST_CASE("exec: a name with a slash is not looked for") {
    CHECK(exec_candidates("./server", {"PATH=/bin"}) == Strings{"./server"});
    CHECK(exec_candidates("/bin/true", {}) == Strings{"/bin/true"});
}

TEST_CASE("exec: a name without a slash is looked for in PATH of the given environment") {
    CHECK(exec_candidates("web", {"A=b", "PATH=/opt/bin:/bin", "PATH=/no"}) == Strings{"/opt/bin/web", "/bin/web"});
}

TEST_CASE("exec: without PATH there is a default, and an empty directory in it is the current one") {
    CHECK(exec_candidates("web", {}) == Strings{"/usr/local/bin/web", "/usr/bin/web", "/bin/web"});
    CHECK(exec_candidates("web", {"PATH="}) == Strings{"./web"});
    CHECK(exec_candidates("web", {"PATH=:/bin:"}) == Strings{"./web", "/bin/web", "./web"});
}

TEST_CASE("exec: an empty name leads nowhere") { CHECK(exec_candidates("", {"PATH=/bin"}).empty()); }

TEST_CASE("a script's interpreter is the first word after #!") {
    CHECK(interpreter_of("#!/bin/sh\necho") == "/bin/sh");
    CHECK(interpreter_of("#! \t/usr/bin/env python3 -u\n") == "/usr/bin/env");
    CHECK(interpreter_of("#!/bin/sh\r\n") == "/bin/sh\r");
    CHECK(interpreter_of("#!/no/newline") == "/no/newline");
    CHECK(interpreter_of("#!\n/bin/sh").empty());
    CHECK(interpreter_of("#!   ").empty());
    CHECK(interpreter_of("#").empty());
    CHECK(interpreter_of("").empty());
    CHECK(interpreter_of("\x7f"
                         "ELF")
              .empty());
}

TEST_CASE("a failed start names step, operand, reason and what the reason does not say") {
    CHECK(to_text(SpawnFailure{SpawnStep::exec, EACCES, "./server", ""}) == "exec ./server: Permission denied");
    CHECK(to_text(SpawnFailure{SpawnStep::exec, ENOENT, "/x/run", "its interpreter /no/such is missing"}) ==
          "exec /x/run: No such file or directory (its interpreter /no/such is missing)");
    CHECK(to_text(SpawnFailure{SpawnStep::clone, EAGAIN, "", ""}) == "clone: Resource temporarily unavailable");
    CHECK(to_text(SpawnFailure{SpawnStep::chdir, ENOTDIR, "/etc/passwd", ""}) == "chdir /etc/passwd: Not a directory");
}
