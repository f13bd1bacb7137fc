#pragma once
#include "config/model/model.hpp"
#include "logs/files/rotating_file.hpp"
#include "logs/format/log_format.hpp"
#include "logs/write/log_destination.hpp"
#include "posix/processes/descriptors.hpp"
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace talos::logs {

/// Who has a file log and is told what becomes of it.
class LogOwner {
public:
    LogOwner() = default;
    LogOwner(const LogOwner&) = delete;
    LogOwner& operator=(const LogOwner&) = delete;
    virtual ~LogOwner() = default;
    /// Writing began to fail, or works again: trouble() says which.
    virtual void trouble_changed(const LogDestination& log) = 0;
    /// Some of PATH.1 to PATH.keep may be there to be compressed.
    virtual void old_logs(const posix::Location& path, unsigned keep) = 0;
    /// Something was done about the file that a user has to know.
    virtual void noticed(const std::string& text) = 0;
    /// A large file has lost its name to a rotation: closing it takes its time.
    virtual void discarded(posix::UniqueFd file) = 0;
};

/// A worker's log file: cuts what it wrote into lines, formats them, writes and rotates.
///
/// A file that cannot be written never stops talosd. With onFull `drop` lines are counted instead, and one line stands for them once
/// writing works again. With `block` it holds what it was given (the pump then reads no more: at most one read, and what stands in
/// the pipe when the run ends, 1 MiB in all; past that it drops), and writes it then. A file is tried again in retry() only.
class FileLog final : public LogDestination {
public:
    FileLog(const config::LogSpec& spec, config::Streams streams, posix::Location path, LogOwner& owner);

    Flow write(Stream stream, std::string_view bytes) override;
    void end_of_run() override;
    [[nodiscard]] const LogTrouble* trouble() const override { return trouble_ ? &trouble_->told : nullptr; }
    Flow retry() override;
    void finish() override;
    /// Rotation, compression, onFull.
    void configure(const config::LogSpec& spec) override;
    void reopen() override { file_.reopen(); }
    [[nodiscard]] Result<> rotate() override;
    [[nodiscard]] std::uint64_t dropped_lines() const override { return dropped_.lines; }
    [[nodiscard]] std::uint64_t dropped_bytes() const override { return dropped_.bytes; }

private:
    /// There while writing fails.
    struct Trouble {
        LogTrouble told;
        WallTime dropping_since{};
        LineCount gap;                                        // dropped since
        std::string pending;                                  // formatted, to be written first
        std::vector<std::pair<Stream, std::string>> queued;   // as it came, after that
        std::size_t queued_bytes = 0;
    };
    [[nodiscard]] Flow flow() const { return trouble_ && on_full_ == config::LogSpec::OnFull::block ? Flow::wait : Flow::on; }
    void feed(Stream stream, std::string_view bytes);
    void feed_lines(Stream stream, std::string_view bytes);
    void feed_raw(Stream stream, std::string_view bytes);
    [[nodiscard]] bool unfinished(Stream stream) const;
    [[nodiscard]] std::string_view piece_of(std::string_view line) const;
    void append_line(const LineFormat& format, std::string_view line, std::string& out) const;
    void cut_held(const LineFormat& format, std::string& held, std::string& out) const;
    void put(std::string_view head, std::string_view lines);
    void fail(const Failure& failure, std::string_view head, std::string_view lines);
    void queue(Stream stream, std::string_view bytes);
    void drop(std::string_view formatted);
    void count_dropped(const LineCount& count);
    [[nodiscard]] std::unique_ptr<posix::DescriptorShare> share_if_closed() const;
    [[nodiscard]] Result<> write_pending(Trouble& trouble);
    [[nodiscard]] Result<> mark_gap(Trouble& trouble);
    [[nodiscard]] std::string& held(Stream stream) { return held_[static_cast<std::size_t>(stream)]; }
    void look_at_old();

    LogOwner& owner_;
    config::LogSpec::Format format_;
    config::LogSpec::OnFull on_full_;
    config::LogSpec::Compress compress_;
    config::Streams streams_;
    unsigned keep_;
    std::uint32_t max_line_;
    unsigned seen_generation_ = 0;
    bool retrying_ = false;
    RotatingFile file_;
    std::string held_[2];   ///< lines' beginnings, by stream; at most max_line each
    std::unique_ptr<Trouble> trouble_;
    LineCount dropped_;
};

}   // namespace talos::logs
