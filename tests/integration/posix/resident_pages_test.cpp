#include "posix/processes/resident_pages.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <unistd.h>

using namespace talos::posix;

namespace {

/// The code of this program as it is mapped.
struct Code {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    long resident_kib = 0;
};

Code own_code() {
    std::array<char, 4096> path{};
    REQUIRE(::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0);
    std::ifstream smaps("/proc/self/smaps");
    Code code;
    bool inside = false;
    for (std::string line; std::getline(smaps, line);) {
        const bool heading = line.find('-') != std::string::npos && line.find('-') < line.find(' ');
        if (heading) {
            inside = line.find(" r-xp ") != std::string::npos && line.ends_with(path.data());
            if (inside)
                code.begin = std::stoull(line, nullptr, 16), code.end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
        } else if (inside && line.starts_with("Rss:")) {
            code.resident_kib = std::stol(line.substr(4));
        }
    }
    return code;
}

bool traced() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("TracerPid:")) return std::stol(line.substr(10)) != 0;
    return true;
}

int changed = 1;
const std::array<const char*, 3> relocated{"one", "two", "three"};

}   // namespace

TEST_CASE("resident pages: code that was used is given back, and is there again when it is used") {
    if (traced()) TALOS_SKIP("a tracer is attached");
    give_back_pages();
    const auto mapped = own_code();   // what reading it takes is resident
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    unsigned sum = 0;
    for (auto at = mapped.begin; at < mapped.end; at += page) sum += *reinterpret_cast<const volatile unsigned char*>(at);
    changed = 2;
    const auto before = own_code();
    give_back_pages();
    const auto after = own_code();
    REQUIRE(before.resident_kib > mapped.resident_kib);
    CHECK(after.resident_kib < (before.resident_kib + mapped.resident_kib) / 2);
    CHECK(changed == 2);
    CHECK(std::strcmp(relocated[2], "three") == 0);
    unsigned again = 0;
    for (auto at = mapped.begin; at < mapped.end; at += page) again += *reinterpret_cast<const volatile unsigned char*>(at);
    CHECK(again == sum);
}
