#include "system/talos/notifier.hpp"

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace talos::test {

namespace {

constexpr const char* helpers = R"(
import array, os, select, socket, subprocess, sys, time
def notify(text, fds=()):
    name = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.connect(name)
        s.sendmsg([text.encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else [])
def barrier():
    r, w = os.pipe()
    notify("BARRIER=1", [w])
    os.close(w)
    p = select.poll()
    p.register(r, 0)
    return bool(p.poll(20000))
def wait_for(path):
    while not os.path.exists(path): time.sleep(0.005)
def rest(): time.sleep(120)
)";

std::string text_of(const boost::json::object& event, const char* key) {
    const auto* value = event.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string().c_str()) : std::string();
}

}   // namespace

std::vector<std::string> python(const Daemon& daemon, const std::string& script) {
    write_text(daemon.path("helpers.py"), helpers);
    return {installed("python3"), "-u", "-B", "-c", "from helpers import *\n" + script};
}

Stranger::Stranger(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name.starts_with('/'));
    REQUIRE(name.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name.data(), name.size());
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

bool Stranger::send(const std::string& text) const {
    return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::string notify_socket_of(const WorkerView& worker) {
    constexpr std::string_view variable = "NOTIFY_SOCKET=";
    std::string environment;
    std::size_t at = std::string::npos;
    const auto is_there = [&] {   // during an exec the environment is empty, and the program may be one that executes another
        environment = read_text("/proc/" + std::to_string(worker.pid) + "/environ");
        at = environment.find(variable);
        return at != std::string::npos;
    };
    REQUIRE(eventually(is_there));
    return environment.substr(at + variable.size()).c_str();   // to the NUL
}

Told last_told(const Daemon& daemon, const std::string& worker, const std::string& to) {
    Told told;
    for (const auto& event : daemon.events())
        if (text_of(event, "worker") == worker && text_of(event, "to") == to)
            told = {text_of(event, "cause"), text_of(event, "reason")};
    return told;
}

}   // namespace talos::test
