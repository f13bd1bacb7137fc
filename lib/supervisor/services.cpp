#include "supervisor/services.hpp"

namespace talos::supervisor {

void Services::compress(const std::string& path, unsigned keep) {
    if (!compressor) {
        aio::Compressor::Hooks hooks{[this](pid_t pid) { processes.helper(pid); },
                                     [this](const std::string& text) { observer.message(Level::warning, text); }};
        compressor = std::make_unique<aio::Compressor>(executor, launcher.spawner(), std::move(hooks));
    }
    compressor->add(path, keep);
}

void Services::discard(posix::UniqueFd file) {
    if (!discarded) discarded = std::make_unique<aio::DiscardedFiles>(executor);
    discarded->add(std::move(file));
}

}  // namespace talos::supervisor
