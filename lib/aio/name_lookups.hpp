#pragma once
#include "aio/types.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/children/name_lookup.hpp"
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace talos::aio {

/// Resolves host names without blocking the loop (see posix::NameLookup). Concurrent requests for the same name share one child,
/// and an answer is cached for one second. A child whose result is no longer needed is killed.
class NameLookups {
public:
    /// Called with each child, to reap it.
    using Children = std::function<void(pid_t child)>;
    /// Numeric addresses in the order in which to try them. A failure is `cannot resolve db.internal: Name or service not known`.
    using Answer = Result<std::vector<std::string>>;
    using Done = std::function<void(const Answer&)>;

    /// `most_children`: the number of children that run at a time. Further requests are queued.
    NameLookups(Executor executor, Children children, std::size_t most_children = 32)
        : executor_(std::move(executor)), children_(std::move(children)), most_children_(most_children) {}
    NameLookups(const NameLookups&) = delete;
    NameLookups& operator=(const NameLookups&) = delete;
    ~NameLookups();

    /// A request. Destroying it cancels the request.
    class Request {
    public:
        Request() = default;
        Request(NameLookups& of, std::string host, std::uint64_t number)
            : of_(&of), alive_(of.alive_), host_(std::move(host)), number_(number) {}
        Request(Request&& other) noexcept { *this = std::move(other); }
        Request& operator=(Request&& other) noexcept {
            std::swap(of_, other.of_);
            std::swap(alive_, other.alive_);
            std::swap(host_, other.host_);
            std::swap(number_, other.number_);
            return *this;
        }
        ~Request() {
            if (of_ != nullptr && !alive_.expired()) of_->forget(host_, number_);
        }

    private:
        NameLookups* of_ = nullptr;
        std::weak_ptr<const bool> alive_;
        std::string host_;
        std::uint64_t number_ = 0;
    };
    /// `done` is called later, never from within this call, and not after the request was destroyed. It may destroy the request.
    [[nodiscard]] Request ask(const std::string& host, Done done);

private:
    struct Entry {
        std::vector<std::pair<std::uint64_t, Done>> waiting;
        std::optional<posix::NameLookup> lookup;
        std::optional<Descriptor> watch;   // on the lookup's descriptor; does not own it
        std::optional<Answer> answer;
        SteadyTime at{};   // when `answer` was set
    };
    void forget(const std::string& host, std::uint64_t number);
    void start_next();
    void start(const std::string& host, Entry& entry);
    void wait(const std::string& host, Entry& entry);
    void progress(const std::string& host);
    void finish(const std::string& host, Answer answer);
    void end(Entry& entry);
    void notify_soon(const std::string& host);
    void notify(const std::string& host);
    void drop_old();

    Executor executor_;
    Children children_;
    std::size_t most_children_;
    std::map<std::string, Entry> entries_;   // with requests, or with a cached answer
    std::deque<std::string> queue_;          // names whose child has not been started yet
    std::size_t running_ = 0;
    std::uint64_t numbers_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::aio
