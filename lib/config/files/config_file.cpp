#include "config/files/config_file.hpp"

#include "accounts/owner_text.hpp"
#include "accounts/passwd.hpp"
#include "config/files/worker_inspection.hpp"
#include "posix/files/file.hpp"
#include "posix/files/folder.hpp"
#include "posix/files/glob.hpp"
#include "posix/files/hanging_mounts.hpp"
#include "posix/files/inspect.hpp"
#include "posix/files/walk.hpp"
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace talos::config {
namespace {

/// Uses the code that writes the log later, with the rights of this process.
std::optional<Remark> log_warning(const std::string& path) {
    const auto usable = posix::Folder::check(path);
    if (usable) return std::nullopt;
    const auto user = accounts::local_name(::geteuid());
    return Remark{Remark::Weight::warning,
                  {},
                  "talosd as " + (user.empty() ? accounts::owner_text(::geteuid()) : user) +
                      " would not write this log: " + usable.error().message()};
}

std::optional<std::string> kind_complaint(const std::string& path) {
    struct stat info {};
    if (posix::may_hang(path)) return std::nullopt;
    if (::lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return std::nullopt;
    const std::string hint = R"(use "inherit" instead of an object for talosd's own output, or "none" for no log)";
    const std::string what = path + " is " + posix::kind_of(info.st_mode);
    if (!S_ISLNK(info.st_mode)) return what + "; a log must be a regular file; " + hint;
    return what + " to " + posix::link_target(AT_FDCWD, path) +
           "; talosd does not write logs through links, so name the file itself; " + hint;
}

std::optional<Remark> kind_remark(const std::string& path) {
    auto complaint = kind_complaint(path);
    return complaint ? std::optional(Remark{Remark::Weight::error, {}, std::move(*complaint)}) : std::nullopt;
}

std::optional<Remark> log_remark(const std::string& path) {
    auto remark = kind_remark(path);
    return remark ? remark : log_warning(path);
}

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

ConfigFiles::Rule rule_of_this_process() {
    if (::geteuid() != 0) return ConfigFiles::Rule::any_owner;
    return ::getpid() == 1 ? ConfigFiles::Rule::warn : ConfigFiles::Rule::refuse;
}

bool contains(const std::vector<uid_t>& users, uid_t user) { return std::find(users.begin(), users.end(), user) != users.end(); }

/// The user in `$SUDO_UID`, if this process runs as root.
std::optional<uid_t> sudo_user() {
    const auto text = variable("SUDO_UID");
    return text && ::geteuid() == 0 ? accounts::parse_uid(*text) : std::nullopt;
}

/// Appends the user in `$SUDO_UID`, if it is not trusted otherwise.
std::vector<uid_t> with_caller(std::vector<uid_t> owners) {
    owners.push_back(::getuid());
    const auto user = sudo_user();
    if (user && *user != 0 && !contains(owners, *user)) owners.push_back(*user);
    return owners;
}

/// Notes once that a file is accepted only because of sudo. Without sudo, the next start would refuse it.
std::optional<std::string> sudo_notice(const std::vector<uid_t>& owners, const posix::Inspected& found) {
    static bool reported = false;
    const auto user = sudo_user();
    if (reported || !user || owners.empty() || owners.back() != *user || *user == ::getuid() || !contains(found.met, *user))
        return std::nullopt;
    if (owners.size() > 1 && contains({owners.begin(), owners.end() - 1}, *user)) return std::nullopt;
    reported = true;
    return "config files of " + accounts::owner_text(*user) +
           " are read because sudo names this user ($SUDO_UID); a start by systemd needs `" + accounts::trust_option(*user) + "`";
}

/// The directory part of a pattern before the first component with a wildcard.
std::string fixed_part(const std::string& pattern) {
    std::string path;
    std::size_t whole = 0;   // length of `path` up to the last slash
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (std::string_view("*?[").find(pattern[i]) != std::string_view::npos) break;
        if (pattern[i] == '/') whole = path.size();
        if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
        path += pattern[i];
    }
    path.resize(whole);
    return path.empty() ? "/" : path;
}

}   // namespace

ConfigFiles::ConfigFiles(std::vector<uid_t> owners) : ConfigFiles(rule_of_this_process(), with_caller(std::move(owners))) {}

ConfigFiles::ConfigFiles(Rule rule, std::vector<uid_t> owners)
    : rule_(rule), owners_(std::move(owners)), warnings_(std::make_shared<std::vector<std::string>>()) {}

Result<> ConfigFiles::admit(const std::string& path, const std::string& complaint) const {
    const auto sentence = "read " + path + " as root: " + complaint;
    if (rule_ == Rule::refuse) return refused("refused to " + sentence);
    if (std::find(warnings_->begin(), warnings_->end(), sentence) == warnings_->end()) warnings_->push_back(sentence);
    return {};
}

Result<std::string> ConfigFiles::read(const std::string& path) const { return read(path, config_limit); }

ConfigFiles ConfigFiles::noting_in(std::shared_ptr<ConfigRecord> record) const {
    auto files = *this;
    files.record_ = std::move(record);
    return files;
}

std::vector<std::string> ConfigFiles::changed_since(ConfigRecord& record) const {
    const ConfigFiles silent{rule_, owners_};   // reading the config reports the same warnings
    ConfigRecord::Reading reading;
    reading.file = [&silent](const std::string& path) { return silent.read_unnoted(path, config_limit); };
    reading.pattern = [&silent](const std::string& pattern) { return silent.glob_unnoted(pattern); };
    return record.changed(reading);
}

Result<std::string> ConfigFiles::read(const std::string& path, std::size_t limit) const {
    if (!record_) return read_unnoted(path, limit);
    const auto before = ConfigRecord::stamp_of(path);
    auto text = read_unnoted(path, limit);
    record_->note_file(path, before, text);
    return text;
}

Result<std::string> ConfigFiles::read_unnoted(const std::string& path, std::size_t limit) const {
    if (rule_ == Rule::any_owner) return posix::read_file(path, limit);
    const auto found = posix::inspect(path, owners_, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!found) return found.error();
    struct stat info {};
    const bool regular =
        ::fstat(found->file.get(), &info) == 0 && S_ISREG(info.st_mode);   // otherwise reading it fails with the reason
    if (regular && !found->objections.empty())
        if (const auto admitted = admit(path, accounts::to_text(found->objections)); !admitted) return admitted.error();
    if (regular)
        if (auto notice = sudo_notice(owners_, *found)) warnings_->push_back(std::move(*notice));
    return posix::read_file(found->file, path, limit);
}

Result<std::vector<std::string>> ConfigFiles::glob(const std::string& pattern) const {
    if (!record_) return glob_unnoted(pattern);
    const auto before = ConfigRecord::stamp_of_pattern(pattern);
    auto found = glob_unnoted(pattern);
    record_->note_pattern(pattern, before, found);
    return found;
}

/// A user that can write to the directory decides which files match. So the directory is checked even if no file matches.
Result<std::vector<std::string>> ConfigFiles::glob_unnoted(const std::string& pattern) const {
    if (rule_ != Rule::any_owner) {
        const auto folder = fixed_part(pattern);
        const auto found = posix::inspect(folder, owners_, O_PATH);
        if (found && !found->objections.empty())
            if (const auto admitted = admit(folder, accounts::to_text(found->objections)); !admitted) return admitted.error();
    }
    return posix::glob(pattern);
}

HostSystem ConfigFiles::surroundings() const {
    HostSystem host;
    host.getenv = variable;
    host.read_file = [files = *this](const std::string& path) { return files.read(path); };
    host.glob = [files = *this](const std::string& pattern) { return files.glob(pattern); };
    host.read_env_file = [files = *this](const std::string& path) { return files.read(path, env_file_limit); };
    host.inspect = WorkerInspection();
    host.log_complaint = log_remark;
    return host;
}

HostSystem ConfigFiles::surroundings_of(const std::string& config) const {
    auto host = surroundings();
    struct stat info {};
    const bool own = ::geteuid() == 0 || (::stat(config.c_str(), &info) == 0 && info.st_uid == ::geteuid());
    if (!own) host.log_complaint = kind_remark;
    return host;
}

HostSystem ConfigFiles::surroundings_without_values() const {
    auto host = surroundings();
    host.getenv = [](const char*) { return std::optional<std::string>("x"); };
    host.read_env_file = [](const std::string&) { return Result<std::string>(std::string()); };
    host.inspect = [](const WorkerSpec&) { return std::vector<Remark>(); };
    host.log_complaint = [](const std::string&) { return std::optional<Remark>(); };
    return host;
}

std::vector<std::string> ConfigFiles::take_warnings() const { return std::exchange(*warnings_, {}); }

}   // namespace talos::config
