#include "logs/process/log_writer_messages.hpp"

#include "core/text.hpp"
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace talos::logs {

void set_policy(LogRequest& request, const RotatingFile::Policy& policy) {
    request.keep = policy.keep;
    request.size = policy.size;
    request.every_ms = policy.every.count();
    request.daily = policy.daily ? 1 : 0;
    request.compressed = policy.compressed ? 1 : 0;
}

RotatingFile::Policy policy_of(const LogRequest& request) {
    RotatingFile::Policy policy;
    policy.keep = request.keep;
    policy.size = request.size;
    policy.every = std::chrono::milliseconds{request.every_ms};
    policy.daily = request.daily != 0;
    policy.compressed = request.compressed != 0;
    return policy;
}

Result<std::string> rights_message(const posix::Credentials& rights, pid_t parent) {
    LogRequest head;
    head.kind = LogRequest::Kind::become;
    head.uid = rights.uid;
    head.gid = rights.gid;
    head.parent = parent;
    head.name_size = static_cast<std::uint32_t>(rights.user.size());
    const auto groups_size = rights.groups.size() * sizeof(gid_t);
    if (sizeof head + rights.user.size() + groups_size > longest_request)
        return refused("the user " + rights.user + " is in too many groups");
    std::string message(sizeof head + rights.user.size() + groups_size, '\0');
    std::memcpy(message.data(), &head, sizeof head);
    rights.user.copy(message.data() + sizeof head, rights.user.size());
    if (groups_size > 0) std::memcpy(message.data() + sizeof head + rights.user.size(), rights.groups.data(), groups_size);
    return message;
}

std::optional<posix::Credentials> rights_of(const LogRequest& request, std::string_view text) {
    if (request.kind != LogRequest::Kind::become || request.name_size > text.size() ||
        (text.size() - request.name_size) % sizeof(gid_t) != 0)
        return std::nullopt;
    posix::Credentials rights{request.uid, request.gid, {}, std::string(text.substr(0, request.name_size))};
    text.remove_prefix(request.name_size);
    rights.groups.resize(text.size() / sizeof(gid_t));
    if (!text.empty()) std::memcpy(rights.groups.data(), text.data(), text.size());
    return rights;
}

std::optional<ParsedAnswer> parse_answer(std::string_view message) {
    ParsedAnswer answer;
    auto& head = answer.head;
    if (message.size() < sizeof head) return std::nullopt;
    std::memcpy(&head, message.data(), sizeof head);
    message.remove_prefix(sizeof head);
    if (head.text_size > longest_said || head.notice_size > longest_said ||
        message.size() != std::size_t{head.text_size} + head.notice_size)
        return std::nullopt;
    answer.text = in_one_line(message.substr(0, head.text_size));
    answer.notice = in_one_line(message.substr(head.text_size));
    return answer;
}

bool send_message(int socket, const LogRequest& head, std::string_view text, int descriptor, int flags) {
    std::array<iovec, 2> parts{iovec{const_cast<LogRequest*>(&head), sizeof head},
                               iovec{const_cast<char*>(text.data()), text.size()}};   // sendmsg(2) changes nothing
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (descriptor >= 0) {
        message.msg_control = space.data();
        message.msg_controllen = space.size();
        cmsghdr* entry = CMSG_FIRSTHDR(&message);
        entry->cmsg_level = SOL_SOCKET;
        entry->cmsg_type = SCM_RIGHTS;
        entry->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(entry), &descriptor, sizeof descriptor);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

}   // namespace talos::logs
