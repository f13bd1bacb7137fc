#pragma once
#include "cli/session/watch.hpp"
#include "http/client/client.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::cli {

/// One line of server-sent events. Pure.
struct SentLine {
    enum class What : std::uint8_t { data, comment, event, other };
    What what = What::other;
    std::string_view text;
};
[[nodiscard]] SentLine parse_sent_line(std::string_view line);

/// talosd's growing journal, over the control socket. It resumes after the last line when talosd or the connection returns.
class EventStream {
public:
    /// `worker`: a glob; empty for all.
    explicit EventStream(http::Endpoint endpoint, std::string worker = {})
        : client_(std::move(endpoint)), worker_(std::move(worker)) {}

    /// Connects if there is no connection; on success talosd has begun to follow. Without permission (403) it still succeeds, and
    /// wait() then returns every second. Fails like http::Client::send.
    [[nodiscard]] Result<> open();
    /// Starts after this sequence, instead of at the end.
    void begin_behind(std::uint64_t sequence) { last_ = sequence; }

    enum class What { event, ended, time, other, reader_gone };
    [[nodiscard]] What wait(std::optional<SteadyTime> deadline, int other = -1, int output = -1);
    /// Returns the journal lines that have arrived.
    void take(const std::function<void(std::string_view line)>& line);
    /// Remarks of talosd on the stream since the last call: lines that are no longer stored, why it ended.
    [[nodiscard]] std::vector<std::string> remarks();

private:
    [[nodiscard]] Result<> follow();
    [[nodiscard]] bool read();
    void feed(std::string_view line);
    [[nodiscard]] bool refused_by_talosd();
    [[nodiscard]] What sleep_without(std::optional<SteadyTime> deadline, int other, int output);

    http::Client client_;
    std::string worker_;
    std::optional<http::Inquiry> exchange_;
    std::optional<std::uint64_t> last_;
    std::vector<std::string> lines_;
    std::vector<std::string> remarks_;
    std::string event_;
    bool forbidden_ = false;   // permissions do not change during the wait
    bool refused_ = false;     // the last attempt to follow failed
};

}   // namespace talos::cli
