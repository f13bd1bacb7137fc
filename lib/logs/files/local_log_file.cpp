#include "logs/files/log_file.hpp"
#include "posix/processes/descriptors.hpp"
#include <memory>
#include <utility>

namespace talos::logs {

namespace {

/// For what opens the file: talosd keeps some descriptors for itself.
std::unique_ptr<posix::DescriptorShare> share_if_closed(const RotatingFile& file) {
    return file.is_open() ? nullptr : std::make_unique<posix::DescriptorShare>(posix::DescriptorShare::For::workers);
}

}   // namespace

LocalLogFile::LocalLogFile(posix::Location path, RotatingFile::Policy policy, LogFileUser& user)
    : file_(std::move(path), policy), user_(user) {}

void LocalLogFile::tell() {
    if (const auto notice = file_.take_notice()) user_.noticed(*notice);
    if (seen_generation_ == file_.generation()) return;
    seen_generation_ = file_.generation();
    for (auto& replaced : file_.take_replaced()) user_.discarded(std::move(replaced));
    user_.rotated();
}

Result<> LocalLogFile::open() {
    const auto share = share_if_closed(file_);
    auto opened = file_.open();
    tell();
    return opened;
}

Result<> LocalLogFile::write(std::string_view head, std::string_view lines, std::size_t& taken) {
    const auto share = share_if_closed(file_);
    auto written = file_.write(head, lines, &taken);
    tell();
    return written;
}

Result<> LocalLogFile::rotate() {
    const auto share = share_if_closed(file_);
    auto rotated = file_.rotate_now();
    tell();
    return rotated;
}

}   // namespace talos::logs
