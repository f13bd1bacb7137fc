#include "posix/processes/descriptors.hpp"
#include "support.hpp"
#include <fstream>
#include <sys/ioctl.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

TEST_CASE("closed standard descriptors are opened on /dev/null, open ones are left alone") {
    const int code = in_process([] {
        ::close(0);
        ::close(2);
        const auto output = std::filesystem::read_symlink("/proc/self/fd/1");
        if (!fill_standard_descriptors()) return 1;
        if (std::filesystem::read_symlink("/proc/self/fd/0") != "/dev/null") return 2;
        if (std::filesystem::read_symlink("/proc/self/fd/1") != output) return 3;
        if (std::filesystem::read_symlink("/proc/self/fd/2") != "/dev/null") return 4;
        if ((::fcntl(0, F_GETFD) & FD_CLOEXEC) != 0) return 5;
        return ::open("/dev/null", O_RDONLY) > 2 ? 0 : 6;
    });
    CHECK(code == 0);
}

TEST_CASE("inherited descriptors are closed at the next exec, the standard ones are not") {
    const int code = in_process([] {
        const int inherited = ::open("/dev/null", O_RDONLY);
        const int far = ::fcntl(inherited, F_DUPFD, 200);
        mark_inherited_cloexec();
        if ((::fcntl(inherited, F_GETFD) & FD_CLOEXEC) == 0) return 1;
        if ((::fcntl(far, F_GETFD) & FD_CLOEXEC) == 0) return 2;
        return (::fcntl(1, F_GETFD) & FD_CLOEXEC) == 0 ? 0 : 3;
    });
    CHECK(code == 0);
}

TEST_CASE("the soft limit of descriptors is raised to the hard one, and the former one returned") {
    const int code = in_process([] {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 100;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        const rlimit before = raise_descriptor_limit();
        if (before.rlim_cur != 100 || before.rlim_max != limit.rlim_max) return 1;
        ::getrlimit(RLIMIT_NOFILE, &limit);
        return limit.rlim_cur == limit.rlim_max ? 0 : 2;
    });
    CHECK(code == 0);
}

TEST_CASE("pipe: not inherited, the reader never blocks, the writer may") {
    const auto pipe = make_pipe().value();
    CHECK((::fcntl(pipe.read.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(pipe.write.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((::fcntl(pipe.read.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("pipe: without free descriptors it fails with EMFILE and leaves none behind") {
    const int code = in_process([] {
        if (!failures_work()) return 3;
        const int next = ::dup(0);
        ::close(next);
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit full{static_cast<rlim_t>(next) + 1, limit.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &full);
        const auto pipe = make_pipe();
        ::setrlimit(RLIMIT_NOFILE, &limit);
        if (pipe || pipe.error().errno_value() != EMFILE) return 1;
        return ::dup(0) == next ? 0 : 2;
    });
    CHECK(code == 0);
}

TEST_CASE("a session without a terminal has none, one that opened a terminal has one") {
    CHECK(in_process([] {
              ::setsid();
              return has_controlling_terminal() ? 1 : 0;
          }) == 0);
    CHECK(in_process([] {
              ::setsid();
              const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
              if (master < 0 || ::grantpt(master) < 0 || ::unlockpt(master) < 0) return 1;
              const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
              if (terminal < 0 || ::ioctl(terminal, TIOCSCTTY, 0) < 0) return 2;
              return has_controlling_terminal() ? 0 : 3;
          }) == 0);
}
