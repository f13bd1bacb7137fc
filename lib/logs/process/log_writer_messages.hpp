#pragma once
#include "core/result.hpp"
#include "logs/files/rotating_file.hpp"
#include "posix/rights/child_attributes.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

/// What talosd and a process that writes logs send each other: one message each on a socket that keeps their bounds (SOCK_SEQPACKET), a head and
/// then text. Both are the same program.
namespace talos::logs {

struct LogRequest {
    enum class Kind : std::uint32_t {
        become,   ///< the first one: whose rights the process takes; text: name and groups
        place,   ///< a log is known from here on: the text is its path and, behind a zero byte, the way from the directory that comes as a descriptor
        open,    ///< answered, as the next two
        write,   ///< the text
        rotate,
        reopen,
        close,   ///< the log is not known any more
    };
    Kind kind = Kind::open;
    std::uint32_t log = 0;
    std::uint32_t number = 0;   ///< comes back in the answer
    std::uint32_t keep = 0;     ///< here to `compressed`: the policy from here on
    std::uint64_t size = 0;
    std::int64_t every_ms = 0;
    std::uint32_t daily = 0;
    std::uint32_t compressed = 0;
    std::uint32_t uid = 0;   ///< of `become`
    std::uint32_t gid = 0;
    std::int32_t parent = 0;
    std::uint32_t name_size = 0;
};

struct LogAnswer {
    std::uint32_t log = 0;
    std::uint32_t number = 0;
    std::uint64_t written = 0;   ///< bytes of a `write`
    std::uint32_t failed = 0;
    std::uint32_t owner = ~0u;   ///< of a failure: the user whose directory it is now, 0 for talosd's own; ~0: not known
    std::uint32_t mid_line = 0;
    std::uint32_t text_size = 0;   ///< of the failure, which comes first
    std::uint32_t notice_size = 0;
};

/// Bytes of lines in one message. The kernel needs as much in one piece at most.
inline constexpr std::size_t most_written = 48 * 1024;
inline constexpr std::size_t longest_request = 64 * 1024;
inline constexpr std::size_t longest_said = 1024;   ///< failure or notice, each
inline constexpr std::size_t longest_answer = sizeof(LogAnswer) + 2 * longest_said;

/// The descriptor that the process has its socket at, and the argument that makes talosd the process; the user's number follows.
inline constexpr int log_socket = 0;
inline constexpr const char* write_logs_argument = "--write-logs";

void set_policy(LogRequest& request, const RotatingFile::Policy& policy);
[[nodiscard]] RotatingFile::Policy policy_of(const LogRequest& request);

/// Fails for a user in more groups than a message holds.
[[nodiscard]] Result<std::string> rights_message(const posix::Credentials& rights, pid_t parent);
[[nodiscard]] std::optional<posix::Credentials> rights_of(const LogRequest& request, std::string_view text);

/// Nothing for what is no answer. Both texts are one printable line. Whether `written` and the numbers can be true is for the caller.
struct ParsedAnswer {
    LogAnswer head;
    std::string text;
    std::string notice;
};
[[nodiscard]] std::optional<ParsedAnswer> parse_answer(std::string_view message);

/// Sends one message; `descriptor`: goes with it, or -1. Blocks where `flags` (of send(2)) do not say otherwise. False leaves errno.
[[nodiscard]] bool send_message(int socket, const LogRequest& head, std::string_view text, int descriptor, int flags);

}   // namespace talos::logs
