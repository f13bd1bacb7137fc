#pragma once
#include <string>
#include <vector>

namespace talos::http {

/// RFC 9457, `application/problem+json`: {"type": "about:blank", "title", "status", "detail", "code", …}.
struct Problem {
    unsigned status = 400;
    std::string code;                  ///< stable, for programs: `unknown-worker`, `bad-parameter`, `not-allowed`, …
    std::string detail;                ///< one sentence
    std::vector<std::string> errors;   ///< of an invalid config; omitted if empty
    std::string allow;                 ///< with 405: the value of the Allow header
};
[[nodiscard]] std::string to_json(const Problem& problem);

}   // namespace talos::http
