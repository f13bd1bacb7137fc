#include "posix/processes/random.hpp"

#include <cerrno>
#include <sys/random.h>

namespace talos::posix {

std::uint64_t random_number() {
    std::uint64_t number = 0;
    while (::getrandom(&number, sizeof number, 0) < 0 && errno == EINTR) {}   // a read of 8 bytes is never partial
    return number;
}

}   // namespace talos::posix
