#pragma once
#include "aio/bounded_writer.hpp"
#include "aio/timer.hpp"
#include "terminal/interleaver.hpp"
#include "turn/observer.hpp"
#include <string>
#include <vector>

namespace talosd {

/// What talosd shows where it was started: transitions and workers' output, line by line, on descriptor 1. When the program of
/// `-- COMMAND` is not shown on a terminal its output goes through as it is, and talosd's own words to descriptor 2.
class View final : public talos::turn::Observer {
public:
    enum class Style { lines, passthrough };
    View(const talos::aio::Executor& executor, talos::turn::Level level, bool color, Style style);

    void named(std::size_t index, std::string_view name) override;
    void transition(const talos::turn::Record& record) override;
    void output(std::size_t index, talos::logs::Stream stream, std::string_view bytes) override;
    /// stderr to descriptor 2, so that what collects a container's streams can tell them apart.
    void bare_output(talos::logs::Stream stream, std::string_view lines) override;
    void output_end(std::size_t index) override;
    void about(std::size_t index, talos::turn::Level level, std::string_view text) override;
    void message(talos::turn::Level level, std::string_view text) override;

    /// Last words out, without waiting long for a terminal that takes none.
    void finish();

private:
    [[nodiscard]] talos::aio::BoundedWriter& words() { return err_ ? *err_ : out_; }
    void look_at_screen();
    void wait_for_pause();

    talos::aio::Executor executor_;
    talos::turn::Level level_;
    Style style_;
    talos::terminal::Interleaver lines_;
    talos::aio::BoundedWriter out_;
    std::optional<talos::aio::BoundedWriter> err_;          // talosd's own words, when they do not go to out_
    std::optional<talos::aio::BoundedWriter> worker_err_;   // once a worker's bare stderr is shown
    bool terminal_;                                         // that can be told to erase a line
    talos::aio::Timer pause_;
    bool pausing_ = false;
    std::string scratch_;
};

}   // namespace talosd
