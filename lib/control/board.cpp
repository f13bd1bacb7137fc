#include "control/board.hpp"
#include <iterator>

namespace talos::control {

namespace {

bool is_ended(const Board::Reader& reader) { return !reader.changed && !reader.event && !reader.output; }

/// While callbacks run, whatever they do, entries stay where they are; those that ended meanwhile go afterwards.
class Calling {
public:
    Calling(std::list<Board::Reader>& readers, unsigned& depth, bool& ended_some)
        : readers_(readers), depth_(depth), ended_some_(ended_some) {
        ++depth_;
    }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;
    ~Calling() {
        if (--depth_ != 0 || !std::exchange(ended_some_, false)) return;
        readers_.remove_if(is_ended);
    }

private:
    std::list<Board::Reader>& readers_;
    unsigned& depth_;
    bool& ended_some_;
};

/// Calls `what` of every reader that was there when the call began. A copy is called: a callback that ends its own subscription would
/// otherwise destroy itself while it runs.
template <class Member, class... Arguments>
void call_all(std::list<Board::Reader>& readers, unsigned& depth, bool& ended_some, Member what, Arguments... arguments) {
    if (readers.empty()) return;
    const Calling calling(readers, depth, ended_some);
    const auto last = std::prev(readers.end());
    for (auto reader = readers.begin();; ++reader) {
        const auto callback = (*reader).*what;
        if (callback) callback(arguments...);
        if (reader == last) return;
    }
}

}  // namespace

Board::Subscription::Subscription(Board& board, Reader reader) : board_(&board) {
    if (is_ended(reader)) reader.changed = [] {};   // an empty entry is one that has ended
    entry_ = board.readers_.insert(board.readers_.end(), std::move(reader));
}

Board::Subscription::Subscription(Subscription&& other) noexcept
    : board_(std::exchange(other.board_, nullptr)), entry_(other.entry_) {}

Board::Subscription& Board::Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        end();
        board_ = std::exchange(other.board_, nullptr);
        entry_ = other.entry_;
    }
    return *this;
}

Board::Subscription::~Subscription() { end(); }

void Board::Subscription::end() {
    if (board_ == nullptr) return;
    auto& board = *std::exchange(board_, nullptr);
    if (board.calling_ == 0) {
        board.readers_.erase(entry_);
        return;
    }
    *entry_ = Reader{};
    board.ended_some_ = true;
}

void Board::changed() { call_all(readers_, calling_, ended_some_, &Reader::changed); }

void Board::event(std::uint64_t sequence, std::string_view line) {
    call_all(readers_, calling_, ended_some_, &Reader::event, sequence, line);
}

void Board::output(std::string_view worker) { call_all(readers_, calling_, ended_some_, &Reader::output, worker); }

}  // namespace talos::control
