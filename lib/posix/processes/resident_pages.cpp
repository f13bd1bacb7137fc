#include "posix/processes/resident_pages.hpp"
#include "posix/processes/proc.hpp"
#include <cstddef>
#include <cstdint>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace talos::posix {

namespace {

/// Returns true if the state is unknown.
bool is_traced() {
    constexpr std::size_t longest_status = 16 * 1024;
    const auto self = ProcessDirectory::open(::getpid());
    if (!self) return true;
    const auto status = self->read("status", longest_status);
    return !status || status->find("\nTracerPid:\t0\n") == std::string::npos;
}

/// The first object is the program itself. Pages of its libraries are already shared with other processes.
int give_back_program(dl_phdr_info* info, std::size_t /*size*/, void* /*unused*/) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = (info->dlpi_addr + segment.p_vaddr) / page * page;
        const std::uintptr_t end =
            (info->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;   // excludes a page shared with the next segment
        if (end > begin) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 1;   // stop after the first object
}

}   // namespace

void give_back_pages() {
    if (is_traced()) return;
#ifdef __GLIBC__
    (void)::malloc_trim(0);
#endif
    (void)::dl_iterate_phdr(give_back_program, nullptr);
}

}   // namespace talos::posix
