#include "aio/discarded_files.hpp"
#include "posix/children/discarded_file.hpp"
#include <boost/asio/post.hpp>
#include <utility>

namespace talos::aio {

namespace {

constexpr std::uint64_t piece = 512u << 10;   // twice what one pump can write in the same time, so that the queue does not grow
constexpr std::size_t most_files = 16;

}   // namespace

void DiscardedFiles::add(posix::UniqueFd file) {
    if (!posix::is_forgotten(file)) return;
    files_.push_back(std::move(file));
    // Closes the oldest file at once, even if that takes long: the disk space is not ours to keep.
    if (files_.size() > most_files) files_.pop_front();
    post_step();
}

bool DiscardedFiles::full() const { return files_.size() >= most_files; }

void DiscardedFiles::post_step() {
    if (std::exchange(posted_, true)) return;
    asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) step();
    });
}

void DiscardedFiles::step() {
    posted_ = false;
    if (!posix::shorten(files_.front(), piece)) files_.pop_front();
    if (!files_.empty()) post_step();
}

}   // namespace talos::aio
