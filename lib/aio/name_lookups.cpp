#include "aio/name_lookups.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace talos::aio {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_holds{1};   // a starting worker is probed many times in that time

}   // namespace

NameLookups::~NameLookups() {
    for (auto& [host, entry] : entries_) end(entry);
}

NameLookups::Request NameLookups::ask(const std::string& host, Done done) {
    drop_old();
    auto& entry = entries_[host];
    const bool first = entry.waiting.empty();
    entry.waiting.emplace_back(++numbers_, std::move(done));
    if (entry.answer) {
        notify_soon(host);
    } else if (first) {
        queue_.push_back(host);
        start_next();
    }
    return {*this, host, numbers_};
}

void NameLookups::forget(const std::string& host, std::uint64_t number) {
    const auto found = entries_.find(host);
    if (found == entries_.end()) return;
    auto& entry = found->second;
    std::erase_if(entry.waiting, [&](const auto& waiting) { return waiting.first == number; });
    if (!entry.waiting.empty() || entry.answer) return;
    end(entry);
    std::erase(queue_, host);
    entries_.erase(found);
    start_next();
}

void NameLookups::start_next() {
    while (running_ < most_children_ && !queue_.empty()) {
        const auto host = std::move(queue_.front());
        queue_.pop_front();
        start(host, entries_.at(host));
    }
}

void NameLookups::start(const std::string& host, Entry& entry) {
    auto lookup = posix::NameLookup::start(host);
    if (!lookup) return finish(host, lookup.error());
    entry.lookup.emplace(std::move(*lookup));
    ++running_;
    children_(entry.lookup->child());
    entry.watch.emplace(executor_, entry.lookup->descriptor());
    wait(host, entry);
}

void NameLookups::wait(const std::string& host, Entry& entry) {
    entry.watch->async_wait(Descriptor::wait_read,
                            [this, host, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
                                if (!error && !alive.expired()) progress(host);
                            });
}

/// The wait of a cancelled lookup ends with an error. The name may have a new lookup by then.
void NameLookups::progress(const std::string& host) {
    const auto found = entries_.find(host);
    if (found == entries_.end() || !found->second.lookup) return;
    auto& entry = found->second;
    if (entry.lookup->take()) return wait(host, entry);
    auto answer = entry.lookup->answer();
    end(entry);
    finish(host, std::move(answer));
    start_next();
}

void NameLookups::finish(const std::string& host, Answer answer) {
    auto& entry = entries_.at(host);
    if (!answer) answer = refused("cannot resolve " + host + ": " + answer.error().message());
    entry.answer.emplace(std::move(answer));
    entry.at = Clock::now();
    notify_soon(host);
}

void NameLookups::end(Entry& entry) {
    if (!entry.lookup) return;
    if (entry.watch) (void)entry.watch->release();
    entry.watch.reset();
    entry.lookup->kill();
    entry.lookup.reset();
    --running_;
}

void NameLookups::notify_soon(const std::string& host) {
    asio::post(executor_, [this, host, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) notify(host);
    });
}

/// A callback may cancel other requests or make new ones.
void NameLookups::notify(const std::string& host) {
    for (;;) {
        const auto found = entries_.find(host);
        if (found == entries_.end() || !found->second.answer || found->second.waiting.empty()) return;
        auto& entry = found->second;
        const auto done = std::move(entry.waiting.front().second);
        const Answer answer = *entry.answer;
        entry.waiting.erase(entry.waiting.begin());
        done(answer);
    }
}

void NameLookups::drop_old() {
    const auto now = Clock::now();
    std::erase_if(entries_, [&](const auto& item) {
        const auto& entry = item.second;
        return entry.answer && entry.waiting.empty() && now - entry.at >= answer_holds;
    });
}

}   // namespace talos::aio
