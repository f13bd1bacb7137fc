#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/health.hpp"
#include "system/talos/net.hpp"
#include <algorithm>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace talos::test;

// Probes that name a host. The names are those of a mount namespace: its /etc/hosts, and a name server on the loopback that never answers.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A name server that never answers, on an address of the loopback that nobody else uses.
struct SilentServer {
    SilentServer() : fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(53);
        for (unsigned last = 200; last < 250; ++last) {
            where.sin_addr.s_addr = htonl((127u << 24) + last);
            if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) continue;
            address = "127.0.0." + std::to_string(last);
            return;
        }
    }
    talos::posix::UniqueFd fd;
    std::string address;   // empty: port 53 may not be used
};

std::vector<std::string> own_mounts() {
    std::vector<std::string> words{"unshare", "--mount"};
    if (!is_root()) words.insert(words.end(), {"--user", "--map-root-user"});
    return words;
}

bool can_have_names() {
    auto words = own_mounts();
    words.insert(
        words.end(),
        {"sh", "-c", "for file in hosts resolv.conf nsswitch.conf; do mount --bind /etc/$file /etc/$file || exit 1; done"});
    return run(Command{.argv = words}).code == 0;
}

/// talosd with these names.
Command with_names(const Daemon& daemon, const std::string& server) {
    auto words = own_mounts();
    write_text(daemon.path("hosts"),
               "127.0.0.1 localhost web.internal both.internal\n::1 localhost both.internal\n127.0.0.9 refused.internal\n");
    write_text(daemon.path("resolv.conf"), "nameserver " + server + "\noptions timeout:30 attempts:5\n");
    write_text(daemon.path("nsswitch.conf"), "hosts: files dns\n");
    std::string script;
    for (const auto* name : {"hosts", "resolv.conf", "nsswitch.conf"})
        script += "mount --bind " + daemon.path(name) + " /etc/" + name + " && ";
    words.insert(words.end(), {"sh", "-c", script + "exec \"$@\"", "sh"});
    auto how = daemon.command();
    words.insert(words.end(), how.argv.begin(), how.argv.end());
    how.argv = words;
    return how;
}

std::vector<std::string> server(std::uint16_t port) {
    return {installed("python3"), "-m", "http.server", "--bind", "127.0.0.1", std::to_string(port)};
}

}   // namespace

TEST_CASE("host names: a probe finds its server by name, in ready and in health") {
    if (!can_have_names()) TALOS_SKIP("needs mount namespaces");
    Daemon daemon;
    const auto port = free_port();
    const auto text = std::to_string(port);
    daemon.configure(worker("w", server(port),
                            R"("ready": {"http": "http://web.internal:)" + text + R"(/"}, "health": {"tcp": "both.internal:)" +
                                text + R"(", "interval": "20ms"})"));
    daemon.start(with_names(daemon, "127.0.0.1"));
    daemon.worker_in("w", "running");
    await_health(daemon, "w", "healthy");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("host names: one that is not known is told in the resolver's words") {
    if (!can_have_names()) TALOS_SKIP("needs mount namespaces");
    Daemon daemon;
    daemon.configure(worker("w", sleeper(), R"("ready": {"tcp": "db.internal:5432", "interval": "20ms"})") +
                     worker("refused", sleeper(), R"("ready": {"tcp": "refused.internal:1", "interval": "20ms"})"));
    auto how = with_names(daemon, "127.0.0.1");
    write_text(daemon.path("nsswitch.conf"), "hosts: files\n");
    daemon.start(how);
    CHECK(daemon.worker_when("w", [](const auto& view) { return has(view.reason, ": cannot resolve"); }).reason ==
          "waiting to be ready (tcp db.internal:5432): cannot resolve db.internal: Name or service not known");
    CHECK(daemon.worker_when("refused", [](const auto& view) { return has(view.reason, ": connect"); }).reason ==
          "waiting to be ready (tcp refused.internal:1): connect 127.0.0.9:1: Connection refused");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("host names: name servers that do not answer hold nothing up, and leave no process") {
    const SilentServer silent;
    if (silent.address.empty()) TALOS_SKIP("port 53 may not be used");
    if (!can_have_names()) TALOS_SKIP("needs mount namespaces");
    Daemon daemon;
    std::string workers = worker("other", sleeper());
    for (int i = 0; i < 5; ++i)
        workers += worker("w" + std::to_string(i), sleeper(),
                          R"("health": {"tcp": "db)" + std::to_string(i) +
                              R"(.internal:5432", "interval": "20ms", "timeout": "300ms", "failures": 2, "action": "mark"})");
    daemon.configure(workers);
    daemon.start(with_names(daemon, silent.address));
    for (int i = 0; i < 5; ++i) {
        const auto view = await_health(daemon, "w" + std::to_string(i), "unhealthy");
        CHECK(view.reason == "tcp db" + std::to_string(i) + ".internal:5432: cannot resolve db" + std::to_string(i) +
                                 ".internal: no answer within 300ms");
    }
    CHECK(daemon.ctl({"restart", "other"}).code == 0);
    const auto children = [&] {
        return read_text("/proc/" + std::to_string(daemon.pid()) + "/task/" + std::to_string(daemon.pid()) + "/children");
    };
    const auto count = [&] {
        const auto text = children();
        return std::count(text.begin(), text.end(), ' ');
    };
    CHECK(count() <= 6 + 5);   // the workers, and one lookup for each probe
    CHECK(daemon.ctl({"stop", "w0", "w1", "w2", "w3", "w4"}).code == 0);
    CHECK(eventually([&] { return count() == 1; }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}
