#pragma once
#include "checks/probes/http_head.hpp"
#include "checks/probes/tcp_probe.hpp"
#include "config/model/model.hpp"
#include <map>
#include <string>
#include <vector>

namespace talos::checks {

/// Whether GET is answered with one of these statuses. Interim answers (1xx) are skipped. Only the head of the answer is read, at most
/// 64 KiB with all interim answers; its body is not, and no redirect is followed: that is an answer with another status.
class HttpProbe final : public TcpProbe {
public:
    using Statuses = std::vector<config::StatusRange>;   ///< empty: 200
    using Headers = std::map<std::string, std::string>;

    /// `headers` are sent, too, in place of ours of the same name. They are valid: neither names nor values have line breaks.
    HttpProbe(const aio::Executor& executor, const HttpUrl& url, aio::NameLookups& names, Statuses statuses,
              const Headers& headers = {});

private:
    void connected() override;
    void await_answer();
    void read_answer();

    std::string request_;
    Statuses statuses_;
    HttpHead head_;
};

}   // namespace talos::checks
