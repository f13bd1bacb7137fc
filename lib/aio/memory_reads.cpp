#include "aio/memory_reads.hpp"

#include <chrono>
#include <utility>

namespace talos::aio {

namespace {

constexpr Millis longest_wait{1000};
constexpr Millis after_failure{50};

}   // namespace

MemoryReads::MemoryReads(Executor executor, Children children)
    : executor_(std::move(executor)), children_(std::move(children)), timer_(executor_) {}

MemoryReads::~MemoryReads() { finish(); }

void MemoryReads::ask(const posix::MemoryOf& of, Done done) {
    auto& waiting = requests_[of.pid];
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) return;
    queue_.add(of, Clock::now());
    if (!reader_ && requests_.size() == 1) start_soon(Millis{0});
}

bool MemoryReads::suspects(uid_t user) const { return queue_.suspects(user, Clock::now()); }

/// Starts later, because more requests may follow in this turn and one child reads them all.
void MemoryReads::start_soon(Millis delay) {
    timer_.expires_after(delay);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired()) start();
    });
}

void MemoryReads::start() {
    give_up_late();
    if (reader_ || queue_.empty()) return;
    auto reader = posix::MemoryReader::start(queue_.batch(), posix::AlsoRead::command);
    if (!reader) return start_soon(after_failure);
    reader_.emplace(std::move(*reader));
    children_(reader_->child(), [] {});
    watch_.emplace(executor_, reader_->descriptor());
    wait();
    watch_patience();
}

void MemoryReads::wait() {
    watch_->async_wait(Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!alive.expired()) progress(error);
    });
}

void MemoryReads::progress(const boost::system::error_code& error) {
    if (error || !reader_) return;
    const auto* of = reader_->reads();
    std::vector<posix::MemoryReader::Answer> answers;
    const bool more = reader_->take(answers);
    // The child died while reading this process.
    if (!more && of != nullptr && answers.empty()) queue_.stalled(of->pid, Clock::now());
    for (const auto& found : answers) answer(found.of, found.memory);
    if (more) {
        wait();
        return watch_patience();
    }
    finish();
    if (!requests_.empty()) start_soon(Millis{0});
}

void MemoryReads::watch_patience() {
    const auto* of = reader_->reads();
    timer_.expires_after(of != nullptr ? queue_.patience(of->pid) : longest_wait);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && reader_) stalled();
    });
}

void MemoryReads::stalled() {
    if (const auto* of = reader_->reads()) queue_.stalled(of->pid, Clock::now());
    finish();
    start();
}

void MemoryReads::finish() {
    if (!reader_) return;
    if (watch_) (void)watch_->release();
    watch_.reset();
    reader_->kill();
    reader_.reset();
}

void MemoryReads::give_up_late() {
    for (const auto& late : queue_.take_waiting_since(Clock::now() - longest_wait)) answer(late, std::nullopt);
}

void MemoryReads::answer(const posix::MemoryOf& of, const std::optional<posix::ProcessMemory>& memory) {
    queue_.remove(of.pid);
    const auto waiting = requests_.extract(of.pid);
    if (waiting.empty()) return;
    for (const auto& done : waiting.mapped()) done(memory);
}

}   // namespace talos::aio
