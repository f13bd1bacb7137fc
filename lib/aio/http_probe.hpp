#pragma once
#include "aio/tcp_probe.hpp"
#include <memory>

namespace talos::aio {

/// Whether GET is answered with this status. The head of the answer must come, 8 KiB at most; its body is not read, and no redirect is
/// followed: that is an answer with another status.
class HttpProbe final : public TcpProbe {
public:
    HttpProbe(const Executor& executor, const HttpUrl& url, unsigned status);
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
