#pragma once
#include "aio/bounded_writer.hpp"
#include "supervisor/observer.hpp"
#include "terminal/interleaver.hpp"
#include <string>
#include <vector>

namespace talosd {

/// What talosd shows where it was started: transitions and workers' output, line by line, on descriptor 1. When the program of
/// `-- COMMAND` is not shown on a terminal its output goes through as it is, and talosd's own words to descriptor 2.
class View final : public talos::supervisor::Observer {
public:
    enum class Style { lines, passthrough };
    View(const talos::aio::Executor& executor, talos::supervisor::Level level, bool color, Style style);

    void named(std::size_t index, std::string_view name) override;
    void transition(const talos::supervisor::Record& record) override;
    void output(std::size_t index, std::string_view bytes) override;
    void output_end(std::size_t index) override;
    void about(std::size_t index, talos::supervisor::Level level, std::string_view text) override;
    void message(talos::supervisor::Level level, std::string_view text) override;

    /// Last words out, without waiting long for a terminal that takes none.
    void finish();

private:
    talos::supervisor::Level level_;
    Style style_;
    talos::terminal::Interleaver lines_;
    talos::aio::BoundedWriter out_;
    std::optional<talos::aio::BoundedWriter> err_;
    std::string scratch_;
};

}  // namespace talosd
