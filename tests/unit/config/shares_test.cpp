#include "config/model/shares.hpp"
#include "support/catch.hpp"

using namespace talos::config;

namespace {

WorkerSpec running(std::vector<std::string> command) {
    WorkerSpec spec;
    spec.command = std::move(command);
    return spec;
}

WorkerSpec probed(ProbeSpec::Kind kind, const std::string& target) {
    auto spec = running({"server", target});
    auto& ready = spec.ready.make();
    ready.kind = ReadySpec::Kind::probe;
    ready.probe.kind = kind;
    ready.probe.target = target;
    return spec;
}

}   // namespace

TEST_CASE("shares: two workers that have nothing in common") {
    CHECK(shared_by(running({"a"}), running({"b"})).empty());
    CHECK(shared_by(probed(ProbeSpec::Kind::tcp, "127.0.0.1:1"), probed(ProbeSpec::Kind::tcp, "127.0.0.1:2")).empty());
    CHECK(shared_by(probed(ProbeSpec::Kind::exec, ""), probed(ProbeSpec::Kind::exec, "x")).empty());
}

TEST_CASE("shares: the command, a log file that is named, the address of a probe") {
    CHECK(shared_by(running({"server", "-p", "80"}), running({"server", "-p", "80"})) == "the same command");
    auto one = running({"a"});
    auto other = running({"b"});
    CHECK(shared_by(one, other).empty());   // each logs to a file of its name
    one.log[0].file = other.log[0].file = "/var/log/x.log";
    CHECK(shared_by(one, other) == "the log file /var/log/x.log");

    const auto tcp = probed(ProbeSpec::Kind::tcp, "127.0.0.1:80");
    CHECK(shared_by(tcp, probed(ProbeSpec::Kind::http, "http://127.0.0.1/ready?x")) == "the address 127.0.0.1:80");
    CHECK(shared_by(probed(ProbeSpec::Kind::http, "http://[::1]:8080/"), probed(ProbeSpec::Kind::tcp, "[::1]:8080")) ==
          "the address [::1]:8080");
    auto health = running({"h"});
    health.health.make().probe.target = "127.0.0.1:80";
    CHECK(shared_by(health, tcp) == "the address 127.0.0.1:80");
}
