#pragma once
#include "aio/tcp_probe.hpp"
#include <map>
#include <memory>
#include <string>

namespace talos::aio {

/// Whether GET is answered with this status. The head of the answer must come, 8 KiB at most; its body is not read, and no redirect is
/// followed: that is an answer with another status.
class HttpProbe final : public TcpProbe {
public:
    using Headers = std::map<std::string, std::string>;

    /// `headers` are sent, too, in place of ours of the same name. They are valid: neither names nor values have line breaks.
    HttpProbe(const Executor& executor, const HttpUrl& url, unsigned status, const Headers& headers = {});
    ~HttpProbe() override;

private:
    class Answer;

    void connected() override;
    void await_answer();
    void read_answer();

    std::string request_;
    unsigned status_;
    std::unique_ptr<Answer> answer_;
};

}  // namespace talos::aio
