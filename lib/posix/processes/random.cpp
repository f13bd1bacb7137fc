#include "posix/processes/random.hpp"

#include <cerrno>
#include <sys/random.h>

namespace talos::posix {

std::uint64_t random_number() {
    std::uint64_t number = 0;
    while (::getrandom(&number, sizeof number, 0) < 0 && errno == EINTR) {}   // 8 bytes come whole or not at all
    return number;
}

}   // namespace talos::posix
