#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace talos::posix {

/// A directory that belongs to this user alone. It is kept open, and its files are accessed through the descriptor even if the
/// path changes. If the directory was removed, it is opened by its path again and created if it is missing.
class OwnDirectory {
public:
    explicit OwnDirectory(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The directory stays open while a copy of the descriptor exists. Fails with EPERM and a message for a directory that
    /// belongs to another user or that other users can write.
    enum class Make { no, yes };
    [[nodiscard]] Result<std::shared_ptr<const UniqueFd>> descriptor(Make make = Make::no);
    /// The mode that the directory had when it was opened, for messages. 0 before descriptor().
    [[nodiscard]] unsigned mode() const { return mode_; }

    /// Adds a warning that a file was renamed. Warnings are kept until take_warnings(). The callback is called for the first one
    /// and must not use the directory.
    void warn(std::string text);
    [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }
    void on_warning(std::function<void()> callback) { first_warning_ = std::move(callback); }

private:
    [[nodiscard]] Result<> open(Make make);
    std::string path_;
    std::shared_ptr<const UniqueFd> fd_;
    unsigned mode_ = 0;
    std::vector<std::string> warnings_;
    std::function<void()> first_warning_;
};

/// The path of a file. A file in a directory of talosd's own is accessed through `own`.
struct Location {
    Location(std::string file) : path(std::move(file)) {}
    Location(const char* file) : path(file) {}
    Location(std::string file, std::shared_ptr<OwnDirectory> directory) : path(std::move(file)), own(std::move(directory)) {}
    std::string path;
    std::shared_ptr<OwnDirectory> own{};
};

}   // namespace talos::posix
