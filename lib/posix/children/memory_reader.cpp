#include "posix/children/memory_reader.hpp"

#include "posix/children/short_child.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/processes/proc.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace talos::posix {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_life{60};
constexpr std::size_t environment_limit = 1024 * 1024;
constexpr std::size_t longest_text = 1024;   // limit for a name or mark; those of talosd are shorter

/// A record that the child writes: one when it begins with a process, one with the result. The texts follow.
struct Head {
    std::uint32_t index;
    std::uint32_t found;   // 0: the child begins with this process
    std::uint32_t hook;
    std::array<std::uint32_t, 3> sizes;
};

void append(std::string& out, std::uint32_t index, const ProcessMemory* memory) {
    Head head{index, 0, 0, {}};
    std::array<std::string_view, 3> texts{};
    if (memory != nullptr) {
        texts = {memory->marks.run, memory->marks.worker, memory->command};
        head.found = 1;
        head.hook = memory->marks.hook ? 1 : 0;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        texts.at(i) = texts.at(i).substr(0, longest_text);
        head.sizes.at(i) = static_cast<std::uint32_t>(texts.at(i).size());
    }
    std::array<char, sizeof head> bytes{};
    std::memcpy(bytes.data(), &head, sizeof head);
    out.append(bytes.data(), bytes.size());
    for (const auto text : texts) out.append(text);
}

/// Runs in the child.
class Reading {
public:
    Reading(const std::vector<MemoryOf>& batch, AlsoRead also, int pipe) : batch_(batch), also_(also), pipe_(pipe) {}

    void run() {
        for (std::uint32_t i = 0; i < batch_.size(); ++i)
            if (!read(i, false)) unsettled_.push_back(i);
        constexpr int attempts = 50;
        for (int attempt = 0; attempt < attempts && !unsettled_.empty(); ++attempt) {
            std::this_thread::sleep_for(Millis{1});
            std::erase_if(unsettled_, [&](std::uint32_t i) { return read(i, false); });
        }
        for (const auto i : unsettled_) (void)read(i, true);
    }

private:
    /// Returns false if the process must be read again. During an exec, a process has the new program's memory with an empty
    /// environment; it must not count as unmarked.
    bool read(std::uint32_t index, bool last) {
        write_record(index, nullptr);
        ProcessMemory memory;
        const auto& of = batch_[index];
        const auto directory = ProcessDirectory::open(of.pid);
        const auto before = directory ? directory->stat() : Result<ProcessStat>(directory.error());
        if (before && before->start_ticks == of.start_ticks) {
            const auto environment = directory->read("environ", environment_limit);
            if (environment) memory.marks = parse_marks(*environment);
            if (environment && environment->empty() && !last && !settled(*directory)) return false;
            if (also_ == AlsoRead::command) memory.command = command_line(of.pid);
        }
        write_record(index, &memory);
        return true;
    }

    static bool settled(const ProcessDirectory& directory) {
        const auto stat = directory.stat();
        return !stat || stat->state == 'Z' || stat->state == 'X' || stat->kernel_thread || stat->no_environment;
    }

    void write_record(std::uint32_t index, const ProcessMemory* memory) {
        text_.clear();
        append(text_, index, memory);
        for (std::size_t done = 0; done < text_.size();) {
            const ssize_t written = ::write(pipe_, text_.data() + done, text_.size() - done);
            if (written < 0 && errno != EINTR) ::_exit(1);
            if (written > 0) done += static_cast<std::size_t>(written);
        }
    }

    const std::vector<MemoryOf>& batch_;
    AlsoRead also_;
    int pipe_;
    std::vector<std::uint32_t> unsettled_;
    std::string text_;
};

}   // namespace

Result<MemoryReader> MemoryReader::start(std::vector<MemoryOf> batch, AlsoRead also) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error("pipe2");
    UniqueFd read(ends[0]);
    const UniqueFd write(ends[1]);
    if (const auto set = set_nonblocking(read.get()); !set) return set.error();
    auto child = start_short_child(
        {write.get()}, longest_life, [&] { Reading(batch, also, write.get()).run(); }, "reads the environment of others");
    if (!child) return child.error();
    auto pidfd = pidfd_open(*child);
    return MemoryReader(std::move(batch), *child, pidfd ? std::move(*pidfd) : UniqueFd{}, std::move(read));
}

bool MemoryReader::take(std::vector<Answer>& answers) {
    std::array<char, 16384> block;
    for (;;) {
        const ssize_t got = ::read(pipe_.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return true;
        if (got > 0) text_.append(block.data(), static_cast<std::size_t>(got));
        if (got > 0 && parse(answers)) continue;
        current_ = batch_.size();
        return false;
    }
}

/// Parses complete records. Returns false for malformed data.
bool MemoryReader::parse(std::vector<Answer>& answers) {
    std::string_view rest = text_;
    Head head{};
    while (rest.size() >= sizeof head) {
        std::memcpy(&head, rest.data(), sizeof head);
        const bool known = head.index < batch_.size() &&
                           std::all_of(head.sizes.begin(), head.sizes.end(), [](auto size) { return size <= longest_text; });
        if (!known) return false;
        auto texts = rest.substr(sizeof head);
        const std::size_t size = head.sizes[0] + head.sizes[1] + head.sizes[2];
        if (texts.size() < size) break;
        const auto next = [&texts](std::size_t length) {
            std::string text(texts.substr(0, length));
            texts.remove_prefix(length);
            return text;
        };
        current_ = head.index;
        auto run = next(head.sizes[0]);
        auto worker = next(head.sizes[1]);
        auto command = next(head.sizes[2]);
        if (head.found != 0)
            answers.push_back({batch_[head.index], {{std::move(run), std::move(worker), head.hook != 0}, std::move(command)}});
        rest = texts;
    }
    text_.erase(0, text_.size() - rest.size());
    return true;
}

void MemoryReader::kill() const {
    if (pidfd_) (void)send_signal(pidfd_, SIGKILL);   // otherwise the child ends at its own time limit
}

namespace {

/// The pipe closes shortly before the child can be reaped, so a short wait is sufficient.
void end_and_reap(const MemoryReader& reader) {
    constexpr int longest = 200;
    reader.kill();
    std::array<char, 4096> block;
    pollfd closed{reader.descriptor(), POLLIN, 0};
    const auto deadline = Clock::now() + Millis{longest};
    while (Clock::now() < deadline && ::poll(&closed, 1, longest) >= 0) {
        const ssize_t got = ::read(closed.fd, block.data(), block.size());
        if (got == 0) {
            while (::waitpid(reader.child(), nullptr, 0) < 0 && errno == EINTR) {}
            return;
        }
    }
    (void)::waitpid(reader.child(), nullptr, WNOHANG);   // if it is still stuck, the event loop or init reaps it
}

}   // namespace

std::vector<std::optional<ProcessMemory>> read_memory(const std::vector<MemoryOf>& processes, Millis& longest,
                                                      std::vector<uid_t> first) {
    std::vector<std::optional<ProcessMemory>> results(processes.size());
    std::unordered_map<pid_t, std::size_t> place;
    const auto begin = Clock::now();
    MemoryQueue queue(std::move(first));
    for (std::size_t i = 0; i < processes.size(); ++i) {
        queue.add(processes[i], begin);
        place.emplace(processes[i].pid, i);
    }
    // Reading many responsive processes takes time that must not count.
    const auto usual = Millis{1} * static_cast<Millis::rep>(processes.size());
    const auto deadline = begin + longest + usual;
    while (!queue.empty() && Clock::now() < deadline) {
        auto reader = MemoryReader::start(queue.batch(), AlsoRead::nothing);
        if (!reader) {
            std::this_thread::sleep_for(Millis{10});
            continue;
        }
        auto progress = Clock::now();
        for (;;) {
            const auto* of = reader->reads();
            const auto until = std::min<SteadyTime>(deadline, progress + (of != nullptr ? queue.patience(of->pid) : Millis{0}));
            const auto left = std::chrono::ceil<Millis>(until - Clock::now());
            pollfd open{reader->descriptor(), POLLIN, 0};
            const int ready = left.count() > 0 ? ::poll(&open, 1, static_cast<int>(left.count())) : 0;
            if (ready < 0) continue;
            if (ready == 0) {
                if (of != nullptr) queue.stalled(of->pid, Clock::now());
                break;
            }
            std::vector<MemoryReader::Answer> answers;
            const bool more = reader->take(answers);
            for (auto& answer : answers) {
                results[place.at(answer.of.pid)] = std::move(answer.memory);
                queue.remove(answer.of.pid);
            }
            if (!more) {
                // The child died while reading this process.
                if (of != nullptr && answers.empty()) queue.stalled(of->pid, Clock::now());
                break;
            }
            progress = Clock::now();
        }
        end_and_reap(*reader);
    }
    const auto spent = std::chrono::duration_cast<Millis>(Clock::now() - begin) - usual;
    longest -= std::clamp(spent, Millis{0}, longest);
    return results;
}

}   // namespace talos::posix
