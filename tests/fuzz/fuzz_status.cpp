#include "state/status_document.hpp"
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Whatever status.json holds, reading it ends in a failure or in a document that names only processes that can be, and that is
/// the same after writing and reading it again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace talos::state;
    const auto document = parse_status({reinterpret_cast<const char*>(data), size});
    if (!document) {
        if (document.error().message().empty()) std::abort();
        return 0;
    }
    if (document->head.identity.pid < 1 || document->head.run.empty()) std::abort();
    for (const auto& worker : document->workers) {
        if (worker.pid < 0 || worker.name.empty() || worker.name.find('/') != std::string::npos) std::abort();
    }
    const auto again = parse_status(boost::json::serialize(to_json(*document, DocumentOf::file)));
    if (!again || !(*again == *document)) std::abort();
    return 0;
}
