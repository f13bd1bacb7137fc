#include "config/files/account_inspection.hpp"

#include "accounts/accounts.hpp"
#include "config/files/config_file.hpp"
#include "config/files/worker_inspection.hpp"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

namespace talos::config {

namespace {

using Complaint = std::optional<Remark>;

Remark remark_of(const Failure& failure, std::string pointer) {
    const bool cannot_tell = failure.errno_value() != 0;   // the database did not respond
    return {cannot_tell ? Remark::Weight::warning : Remark::Weight::error, std::move(pointer), failure.message()};
}

Complaint user_complaint(const std::string& user, bool has_group) {
    const auto found = accounts::find_account(user);
    if (!found) return remark_of(found.error(), {});
    if (found->known || has_group) return {};
    return Remark{Remark::Weight::error, {}, accounts::group_missing_sentence(user)};
}

Complaint group_complaint(const std::string& group) {
    const auto found = accounts::find_group(group);
    return found ? Complaint{} : remark_of(found.error(), {});
}

/// Looks up each name once, because a lookup may query a network service.
class AccountInspection {
public:
    void operator()(const ProcessSpec& process, std::vector<Remark>& remarks) {
        const auto take = [&](const Complaint& complaint, std::string pointer) {
            if (complaint) remarks.push_back({complaint->weight, std::move(pointer), complaint->message});
        };
        if (!process.user.empty()) take(user(process.user, !process.group.empty()), "/user");
        if (!process.group.empty()) take(group(process.group), "/group");
        if (!process.groups) return;
        for (std::size_t i = 0; i < process.groups->size(); ++i)
            take(group((*process.groups)[i]), "/groups/" + std::to_string(i));
    }

private:
    const Complaint& user(const std::string& name, bool has_group) {
        const auto [known, fresh] = users_.try_emplace({name, has_group});
        if (fresh) known->second = user_complaint(name, has_group);
        return known->second;
    }
    const Complaint& group(const std::string& name) {
        const auto [known, fresh] = groups_.try_emplace(name);
        if (fresh) known->second = group_complaint(name);
        return known->second;
    }

    std::map<std::pair<std::string, bool>, Complaint> users_;
    std::map<std::string, Complaint> groups_;
};

/// The rights with which root sees the files of a worker with `user`. Without root, all workers run as talosd's own user.
std::optional<posix::Credentials> rights_of(const std::string& user) {
    const auto account = accounts::find_account(user);
    if (!account) return std::nullopt;
    return accounts::credentials_of(::geteuid() == 0 ? account->uid : ::geteuid());
}

}   // namespace

HostSystem surroundings_with(const ConfigFiles& files, Accounts accounts) {
    auto host = files.surroundings();
    host.inspect = WorkerInspection(rights_of);
    if (accounts == Accounts::may_be_missing) return host;
    const auto inspection = std::make_shared<AccountInspection>();
    host.inspect = [inspection, others = std::move(host.inspect)](const WorkerSpec& worker) {
        auto remarks = others(worker);
        if (const auto* process = worker.process.get()) (*inspection)(*process, remarks);
        return remarks;
    };
    return host;
}

}   // namespace talos::config
