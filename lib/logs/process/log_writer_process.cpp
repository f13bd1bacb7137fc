#include "logs/process/log_writer_process.hpp"

#include "logs/files/helper_rights.hpp"
#include "logs/process/log_packer.hpp"
#include "logs/process/log_writer_messages.hpp"
#include "posix/files/walk.hpp"
#include "posix/rights/act_as.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace talos::logs {

namespace {

struct Message {
    LogRequest head;
    std::string_view text;
    posix::UniqueFd descriptor;
};

std::array<char, longest_request>& space() {
    static std::array<char, longest_request> buffer;
    return buffer;
}

/// Nothing when talosd has closed its end, or says what it never says.
std::optional<Message> receive() {
    auto& buffer = space();
    iovec part{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = 0;
    do {
        size = ::recvmsg(log_socket, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    Message received;
    if (const cmsghdr* entry = CMSG_FIRSTHDR(&message);
        size > 0 && entry != nullptr && entry->cmsg_len == CMSG_LEN(sizeof(int))) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(entry), sizeof fd);
        received.descriptor.reset(fd);
    }
    if (size < static_cast<ssize_t>(sizeof received.head) || (message.msg_flags & MSG_TRUNC) != 0) return std::nullopt;
    std::memcpy(&received.head, buffer.data(), sizeof received.head);
    received.text = {buffer.data() + sizeof received.head, static_cast<std::size_t>(size) - sizeof received.head};
    return received;
}

std::string directory_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

/// Whose directory it is now; 0 for talosd's own, ~0 where the way there fails.
uid_t owner_of(const std::string& directory) {
    const auto walked = posix::walk(directory, {});
    return walked ? posix::acting_owner(walked->owners).value_or(0) : ~0u;
}

class Writer {
public:
    void serve() {
        std::array<pollfd, 2> entries{pollfd{log_socket, POLLIN, 0}, pollfd{-1, POLLIN, 0}};
        for (;;) {
            entries[1].fd = packer_.descriptor();
            const int ready =
                ::poll(entries.data(), entries.size(), entries[1].fd < 0 ? -1 : static_cast<int>(packer_.left().count()));
            if (ready < 0 && errno == EINTR) continue;
            if (ready < 0) return;   // its user may have taken its descriptors
            if (ready == 0 || entries[1].revents != 0) packer_.go_on();
            if (entries[0].revents == 0) continue;
            auto message = receive();
            if (!message || !obey(*message)) return;
        }
    }

private:
    struct Log {
        RotatingFile file;
        unsigned generation = 0;   // for which old ones are compressed
        std::string notice{};      // goes with the next answer
    };

    bool obey(Message& message) {
        using Kind = LogRequest::Kind;
        const auto& head = message.head;
        if (head.kind == Kind::place) return place(message);
        const auto found = logs_.find(head.log);
        if (found == logs_.end()) return false;
        auto& log = found->second;
        log.file.set_policy(policy_of(head));
        std::size_t written = 0;
        switch (head.kind) {
        case Kind::open: return answer(head, log, log.file.open(), 0);
        case Kind::write: {
            const auto result = log.file.write(message.text, &written);
            return answer(head, log, result, written);
        }
        case Kind::rotate: return answer(head, log, log.file.rotate_now(), 0);
        case Kind::reopen: log.file.reopen(); return true;
        case Kind::close: close(found); return true;
        case Kind::become:
        case Kind::place: break;
        }
        return false;
    }

    bool place(Message& message) {
        const auto end = message.text.find('\0');
        if (!message.descriptor || end == std::string_view::npos) return false;
        const std::string path(message.text.substr(0, end));
        posix::walk_from(directory_of(path), std::move(message.descriptor), std::string(message.text.substr(end + 1)));
        logs_.insert_or_assign(message.head.log, Log{RotatingFile(path, policy_of(message.head))});
        return true;
    }

    void close(std::map<std::uint32_t, Log>::iterator log) {
        const auto directory = directory_of(log->second.file.path());
        logs_.erase(log);
        const bool used = std::any_of(logs_.begin(), logs_.end(),
                                      [&](const auto& entry) { return directory_of(entry.second.file.path()) == directory; });
        if (!used) posix::forget_walk_from(directory);
    }

    void failed_to_pack(const std::string& path, const std::string& text) {
        for (auto& [number, log] : logs_)
            if (log.file.path() == path) log.notice = text;
    }

    bool answer(const LogRequest& request, Log& log, const Result<>& result, std::size_t written) {
        LogAnswer head;
        head.log = request.log;
        head.number = request.number;
        head.written = written;
        head.mid_line = log.file.mid_line() ? 1 : 0;
        std::string text;
        if (!result) {
            head.failed = 1;
            head.owner = owner_of(directory_of(log.file.path()));
            text = result.error().message().substr(0, longest_said);
            head.text_size = static_cast<std::uint32_t>(text.size());
        }
        if (const auto notice = log.file.take_notice()) log.notice = *notice;
        const auto said = std::exchange(log.notice, {}).substr(0, longest_said);
        head.notice_size = static_cast<std::uint32_t>(said.size());
        text.append(said);
        std::string message(sizeof head, '\0');
        std::memcpy(message.data(), &head, sizeof head);
        message.append(text);
        ssize_t sent = 0;
        do {
            sent = ::send(log_socket, message.data(), message.size(), MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
        if (std::exchange(log.generation, log.file.generation()) != log.file.generation() && request.compressed != 0 &&
            request.keep > 0)
            packer_.add(log.file.path(), request.keep);
        return sent >= 0;
    }

    LogPacker packer_{[this](const std::string& path, const std::string& text) { failed_to_pack(path, text); }};
    std::map<std::uint32_t, Log> logs_;
};

/// Its user's other processes can send it signals, and could take it over if they could trace it: it had talosd's rights, and has its program.
Result<> take_rights(const posix::Credentials& rights, pid_t parent) {
    if (auto taken = posix::become(rights); !taken) return taken;
    drop_capabilities();
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);   // the change of the user has cleared it
    if (::getppid() != parent) return refused("talosd has ended");
    return {};
}

void prepare_process() {
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)::prctl(PR_SET_NAME, "talosd-logs");
    sigset_t all;
    sigfillset(&all);
    (void)::sigprocmask(SIG_BLOCK, &all, nullptr);
    const rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
}

}   // namespace

int run_log_writer() {
    prepare_process();
    const auto first = receive();
    const auto rights = first ? rights_of(first->head, first->text) : std::nullopt;
    if (!rights || !take_rights(*rights, first->head.parent)) return 1;
    Writer().serve();
    return 0;
}

}   // namespace talos::logs
