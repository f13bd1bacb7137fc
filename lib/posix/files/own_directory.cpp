#include "posix/files/own_directory.hpp"

#include "posix/files/private_group.hpp"
#include "posix/files/walk.hpp"
#include <cstdio>

namespace talos::posix {

namespace {

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777u));
    return text;
}

}   // namespace

Result<std::shared_ptr<const UniqueFd>> OwnDirectory::descriptor(Make make) {
    struct stat info {};
    const bool there = fd_ && ::fstat(fd_->get(), &info) == 0 && info.st_nlink > 0;
    if (!there)
        if (const auto opened = open(make); !opened) return opened.error();
    return fd_;
}

Result<> OwnDirectory::open(Make make) {
    const std::string what = "data directory " + path_;
    // Uses talosd's own rights even in a directory of another user. That user can only move the directory away: a running talosd
    // keeps using it through its descriptor, and the next talosd does not find it.
    auto walked = walk(path_, {.make = make == Make::yes ? WalkOptions::Make::as_self : WalkOptions::Make::no});
    if (!walked) {
        const bool itself = walked.error().what == "open " + path_;
        return Failure{walked.error().code, itself ? what : what + ": " + walked.error().what};
    }
    const auto& info = walked->info;
    if (info.st_uid != ::geteuid()) {
        return failure_of(EPERM, what + " belongs to uid " + std::to_string(info.st_uid) + ", talosd runs as uid " +
                                     std::to_string(::geteuid()) + "; use another directory (--data-dir)");
    }
    if (writable_by_others(walked->fd.get(), info) != 0) {
        return failure_of(EPERM, what + " has mode " + octal(info.st_mode) + ": other users can write to it; `chmod 700 " +
                                     path_ + "` first");
    }
    fd_ = std::make_shared<const UniqueFd>(std::move(walked->fd));
    mode_ = info.st_mode & 07777u;
    return {};
}

void OwnDirectory::warn(std::string text) {
    warnings_.push_back(std::move(text));
    if (warnings_.size() == 1 && first_warning_) first_warning_();
}

}   // namespace talos::posix
