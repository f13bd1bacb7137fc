#include "logs/process/log_channel.hpp"

#include "logs/process/log_writer.hpp"
#include <algorithm>

namespace talos::logs {

namespace {

constexpr std::size_t enough = 256 * 1024;

}   // namespace

void LogChannel::wrote(std::size_t bytes) {
    buffer.erase(0, bytes);
    if (buffer.empty()) std::string().swap(buffer);
    for (auto& mark : marks) mark.behind -= std::min(mark.behind, bytes);
}

bool LogChannel::rotates() const {
    return std::any_of(marks.begin(), marks.end(), [](const Mark& mark) { return mark.what == LogRequest::Kind::rotate; });
}

std::string LogChannel::take_all() {
    const bool reopens =
        std::any_of(marks.begin(), marks.end(), [](const Mark& mark) { return mark.what == LogRequest::Kind::reopen; });
    marks.clear();
    if (reopens) marks.push_back({0, LogRequest::Kind::reopen});
    open_asked = false;
    std::string all;
    all.swap(buffer);
    return all;
}

std::size_t LogChannel::next_piece() const {
    const auto most = std::min(most_written, marks.empty() ? buffer.size() : marks.front().behind);
    if (most >= buffer.size()) return buffer.size();
    const auto newline = buffer.rfind('\n', most - 1);
    return newline == std::string::npos ? most : newline + 1;
}

RemoteLogFile::~RemoteLogFile() {
    channel_->user = nullptr;
    writer_->let_go(channel_);
}

Result<> RemoteLogFile::open() {
    if (auto ready = writer_->prepare(*channel_); !ready) return ready;
    channel_->open_asked = true;
    writer_->push(*channel_);
    return {};
}

Result<> RemoteLogFile::write(std::string_view head, std::string_view lines, std::size_t& taken) {
    taken = 0;
    if (auto ready = writer_->prepare(*channel_); !ready) return ready;
    channel_->buffer.append(head).append(lines);
    taken = head.size() + lines.size();
    if (taken > 0) channel_->mid_line = channel_->buffer.back() != '\n';
    writer_->push(*channel_);
    return {};
}

Result<> RemoteLogFile::rotate() {
    if (auto ready = writer_->prepare(*channel_); !ready) return ready;
    channel_->marks.push_back({channel_->buffer.size(), LogRequest::Kind::rotate});
    writer_->push(*channel_);
    return {};
}

void RemoteLogFile::reopen() {
    if (!channel_->placed) return;
    channel_->marks.push_back({channel_->buffer.size(), LogRequest::Kind::reopen});
    channel_->looked = {};
    writer_->push(*channel_);
}

bool RemoteLogFile::has_room() const { return channel_->buffer.size() < enough; }

bool RemoteLogFile::ready() { return !channel_->stalled && writer_->may_be_used(); }

std::string RemoteLogFile::give_up() {
    if (!writer_->ending()) return {};
    channel_->asked.reset();
    return channel_->take_all();
}

}   // namespace talos::logs
