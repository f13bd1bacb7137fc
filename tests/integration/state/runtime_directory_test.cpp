#include "core/stable_name.hpp"
#include "state/runtime_directory.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace talos;
using namespace talos::state;
namespace fs = std::filesystem;

namespace {

bool is_root() { return ::geteuid() == 0; }

/// A data directory, and for an ordinary user a session's directory. All that it can have led to is removed with it.
class Home {
public:
    Home() {
        if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
        ::setenv("XDG_RUNTIME_DIR", session_.path().c_str(), 1);
        if (is_root()) fs::create_directories("/run/talos");
        else fs::create_directories(session_ / "talos");
    }
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;
    ~Home() {
        if (before_) ::setenv("XDG_RUNTIME_DIR", before_->c_str(), 1);
        else ::unsetenv("XDG_RUNTIME_DIR");
        std::error_code ignored;
        fs::remove_all(first(), ignored);
        for (const auto& entry : fs::directory_iterator("/tmp", ignored))
            if (entry.path().filename().string().starts_with("talos-" + id())) fs::remove_all(entry.path(), ignored);
    }

    [[nodiscard]] std::string id() const { return stable_name(fs::canonical(data_.path()).string()); }
    [[nodiscard]] DataDirectory files() const { return DataDirectory(data_.path()); }
    [[nodiscard]] const std::string& data() const { return data_.path(); }
    /// The place that is tried first, and the last one with a name that can be known in advance.
    [[nodiscard]] std::string first() const { return (is_root() ? std::string("/run/talos/") : session_ / "talos/") + id(); }
    [[nodiscard]] std::string last() const { return "/tmp/talos-" + id(); }

private:
    test::TemporaryDirectory data_;
    test::TemporaryDirectory session_;
    std::optional<std::string> before_;
};

struct Opened {
    std::vector<std::string> complaints;
    Result<RuntimeDirectory> directory;
    explicit Opened(const DataDirectory& files) : directory(RuntimeDirectory::open(files, complaints)) {}
    [[nodiscard]] std::string path() const { return directory ? directory->path() : "none: " + directory.error().message(); }
};

struct stat info_of(const std::string& path) {
    struct stat info {};
    REQUIRE(::lstat(path.c_str(), &info) == 0);
    return info;
}

void make_socket(const std::string& path) {
    const posix::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}   // namespace

TEST_CASE("runtime directory: only its user can write in it, its path is the same again, and it can be removed") {
    const Home home;
    {
        const Opened first(home.files());
        CHECK(first.path() == home.first());
        CHECK(first.complaints.empty());
        CHECK(info_of(home.first()).st_uid == ::geteuid());
        CHECK((info_of(home.first()).st_mode & 07777) == (is_root() ? 0711 : 0700));
        make_socket(home.first() + "/left");
    }
    const Opened again(home.files());
    CHECK(again.path() == home.first());
    CHECK(fs::is_empty(home.first()));
    make_socket(home.first() + "/web");
    again.directory->remove();
    CHECK_FALSE(fs::exists(home.first()));
}

TEST_CASE("runtime directory: what a killed talosd left is removed, and only that") {
    const Home home;
    {
        const Opened first(home.files());
        make_socket(home.first() + "/web");
    }
    RuntimeDirectory::remove_leftovers(home.files());
    CHECK_FALSE(fs::exists(home.first()));
    RuntimeDirectory::remove_leftovers(home.files());
    const Opened living(home.files());
    make_socket(home.first() + "/web");
    RuntimeDirectory::remove_leftovers(home.files());   // its lock says that it is in use
    CHECK(fs::exists(home.first() + "/web"));
}

TEST_CASE("runtime directory: a link in its place is not followed, and the next place is used") {
    const Home home;
    const test::TemporaryDirectory target;
    fs::create_directory_symlink(target.path(), home.first());
    make_socket(target / "precious");
    const Opened opened(home.files());
    CHECK(opened.path() == (is_root() ? home.last() : home.data() + "/run"));
    REQUIRE(opened.complaints.size() == 1);
    CHECK(opened.complaints[0] == home.first() + " is not used for sockets: it is not a directory");
    RuntimeDirectory::remove_leftovers(home.files());
    CHECK(fs::exists(target / "precious"));
    CHECK(fs::is_symlink(home.first()));
}

TEST_CASE("runtime directory: one that others can write in is not trusted") {
    const Home home;
    fs::create_directory(home.first());
    REQUIRE(::chmod(home.first().c_str(), 01777) == 0);
    const Opened opened(home.files());
    CHECK(opened.path() != home.first());
    REQUIRE(opened.complaints.size() == 1);
    CHECK(opened.complaints[0] == home.first() + " is not used for sockets: other users can write to it (mode 1777)");
}

TEST_CASE("runtime directory: one of another user is not trusted, nor a chosen name in /tmp, and there is still a place") {
    if (!is_root()) TALOS_SKIP("only root can make a directory of another user");
    const Home home;
    constexpr uid_t nobody = 65534;
    for (const auto& path : {home.first(), home.last()}) {
        fs::create_directory(path);
        REQUIRE(::chown(path.c_str(), nobody, nobody) == 0);
    }
    const Opened opened(home.files());
    CHECK(opened.path().starts_with(home.last() + "-"));
    REQUIRE(opened.complaints.size() == 2);
    CHECK(opened.complaints[0] == home.first() + " is not used for sockets: it belongs to uid 65534 and not to uid 0");
    CHECK(opened.complaints[1] == home.last() + " is not used for sockets: it belongs to uid 65534 and not to uid 0");
    CHECK(info_of(home.first()).st_uid == nobody);
    opened.directory->remove();
    CHECK_FALSE(fs::exists(opened.path()));
}

TEST_CASE("runtime directory: two at once do not share one") {
    const Home home;
    const Opened first(home.files());
    const Opened second(home.files());
    CHECK(first.path() == home.first());
    CHECK(second.path() != home.first());
    REQUIRE(second.complaints.size() == 1);
    CHECK(second.complaints[0] == home.first() + " is not used for sockets: another talosd uses it");
}

TEST_CASE("runtime directory: the path of a socket always fits an address") {
    const Home home;
    const std::string deep = home.data() + "/" + std::string(120, 'd');
    fs::create_directories(deep);
    const std::string long_session = home.data() + "/" + std::string(60, 's');
    fs::create_directories(long_session);
    ::setenv("XDG_RUNTIME_DIR", long_session.c_str(), 1);
    const Opened opened{DataDirectory(deep)};
    REQUIRE(opened.directory.has_value());
    CHECK(opened.path().size() + 1 + RuntimeDirectory::longest_name < sizeof(sockaddr_un{}.sun_path));
    if (!is_root()) CHECK(opened.path() == "/tmp/talos-" + stable_name(fs::canonical(deep).string()));
    opened.directory->remove();
}
