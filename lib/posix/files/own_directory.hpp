#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace talos::posix {

/// A directory of this user alone, held open: its files are reached through the descriptor, whatever becomes of the path. Only one that
/// was removed is opened by its path again, and made if it is missing.
class OwnDirectory {
public:
    explicit OwnDirectory(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    /// It stays open as long as anyone has it. Fails with EPERM for a directory of another user or one that others can write, with words.
    enum class Make { no, yes };
    [[nodiscard]] Result<std::shared_ptr<const UniqueFd>> descriptor(Make make = Make::no);
    /// What the path would name has mode `mode` then; for messages. 0 before descriptor().
    [[nodiscard]] unsigned mode() const { return mode_; }

    /// Something in it was put aside. Kept until take_warnings(); `told` is called for the first one, and must not use the directory.
    void warn(std::string text);
    [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }
    void on_warning(std::function<void()> told) { told_ = std::move(told); }

private:
    [[nodiscard]] Result<> open(Make make);
    std::string path_;
    std::shared_ptr<const UniqueFd> fd_;
    unsigned mode_ = 0;
    std::vector<std::string> warnings_;
    std::function<void()> told_;
};

/// Where a file is. One that lies in a directory of talosd's own is reached through that.
struct Location {
    Location(std::string file) : path(std::move(file)) {}
    Location(const char* file) : path(file) {}
    Location(std::string file, std::shared_ptr<OwnDirectory> directory) : path(std::move(file)), own(std::move(directory)) {}
    std::string path;
    std::shared_ptr<OwnDirectory> own{};
};

}   // namespace talos::posix
