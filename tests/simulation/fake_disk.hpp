#pragma once
#include "simulation/faults.hpp"
#include "simulation/history.hpp"
#include "state/journal.hpp"
#include "state/status_document.hpp"
#include "turn/recorder.hpp"
#include <memory>
#include <utility>
#include <vector>

namespace talos::simulation {

/// Keeps the journal and the status of a simulation, and can be full.
class FakeDisk {
public:
    explicit FakeDisk(Fault fault) : fault_(fault) {}

    void set_full(bool full) { full_ = full; }
    [[nodiscard]] bool full() const { return full_; }
    [[nodiscard]] const std::vector<state::WorkerStatus>& rows() const { return rows_; }
    [[nodiscard]] const state::StatusHead& head() const { return head_; }
    [[nodiscard]] History& history() { return history_; }

    [[nodiscard]] std::unique_ptr<state::JournalFile> journal_file() { return std::make_unique<File>(*this); }
    [[nodiscard]] turn::Recorder::WriteStatus status_writer() {
        return [this](const state::StatusHead& head, const turn::Recorder::Rows& rows) { return write(head, rows); };
    }

private:
    class File final : public state::JournalFile {
    public:
        explicit File(FakeDisk& disk) : disk_(disk) {}
        [[nodiscard]] Result<> write(std::string_view lines, std::size_t& written) override {
            return disk_.append(lines, written);
        }
        void close() override {}

    private:
        FakeDisk& disk_;
    };

    Result<> append(std::string_view lines, std::size_t& written) {
        written = 0;
        constexpr std::uint64_t struck = 50;
        while (!lines.empty()) {
            if (full_ && lines_ % 3 != 0) return failure_of(ENOSPC, "write events.jsonl");   // some fit in what is left
            const auto size = lines.find('\n') + 1;
            if (!(++lines_ % struck == 0 && fault_ == Fault::dropped_line)) history_.take(lines.substr(0, size - 1));
            lines.remove_prefix(size);
            written += size;
            if (full_) ++lines_;
        }
        return {};
    }

    Result<> write(const state::StatusHead& head, const turn::Recorder::Rows& rows) {
        if (full_) return failure_of(ENOSPC, "write status.json");
        constexpr std::uint64_t struck = 20;
        if (++writes_ % struck == 0 && fault_ == Fault::status_not_written) return {};
        head_ = head;
        std::size_t count = 0;
        const auto add = [&](const state::WorkerStatus& row) -> Result<> {
            if (count == rows_.size()) rows_.emplace_back();
            rows_[count] = row;
            if (fault_ == Fault::wrong_pid && row.pid != 0 && writes_ % struck == 0) ++rows_[count].pid;
            ++count;
            return {};
        };
        auto added = rows ? rows(add) : Result<>{};
        rows_.resize(count);
        return added;
    }

    Fault fault_;
    bool full_ = false;
    std::uint64_t lines_ = 0;
    std::uint64_t writes_ = 0;
    History history_;
    state::StatusHead head_;
    std::vector<state::WorkerStatus> rows_;
};

}   // namespace talos::simulation
