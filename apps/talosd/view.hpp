#pragma once
#include "aio/bounded_writer.hpp"
#include "aio/timer.hpp"
#include "terminal/interleaver.hpp"
#include "turn/observer.hpp"
#include <string>
#include <vector>

namespace talosd {

/// The foreground output of talosd: transitions and workers' output, line by line, on descriptor 1. With `-- COMMAND` and no
/// terminal, the output of COMMAND passes through unchanged, and talosd's own messages go to descriptor 2.
class View final : public talos::turn::Observer {
public:
    enum class Style { lines, passthrough };
    View(const talos::aio::Executor& executor, talos::turn::Level level, bool color, Style style);

    void named(std::size_t index, std::string_view name) override;
    void transition(const talos::turn::Record& record) override;
    void output(std::size_t index, talos::logs::Stream stream, std::string_view bytes) override;
    /// stderr to descriptor 2, so that a container's log collector can distinguish the streams.
    void bare_output(talos::logs::Stream stream, std::string_view lines) override;
    void output_end(std::size_t index) override;
    void about(std::size_t index, talos::turn::Level level, std::string_view text) override;
    void message(talos::turn::Level level, std::string_view text) override;

    /// Writes the remaining output, with a short time limit in case the terminal does not accept it.
    void finish();

private:
    [[nodiscard]] talos::aio::BoundedWriter& words() { return err_ ? *err_ : out_; }
    void update_screen();
    void wait_for_pause();

    talos::aio::Executor executor_;
    talos::turn::Level level_;
    Style style_;
    talos::terminal::Interleaver lines_;
    talos::aio::BoundedWriter out_;
    std::optional<talos::aio::BoundedWriter> err_;          // talosd's own messages if they do not go to out_
    std::optional<talos::aio::BoundedWriter> worker_err_;   // created when a worker's unprefixed stderr is first shown
    bool terminal_;                                         // a terminal that supports erasing a line
    talos::aio::Timer pause_;
    bool pausing_ = false;
    std::string scratch_;
};

}   // namespace talosd
