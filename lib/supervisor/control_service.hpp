#pragma once
#include "control/service.hpp"
#include "supervisor/measuring.hpp"
#include "supervisor/recorder.hpp"
#include "supervisor/reload.hpp"
#include "supervisor/supervisor.hpp"
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace talos::supervisor {

/// What the control API sees of the supervisor.
class ControlService final : public control::Service {
public:
    using Shutdown = std::function<void(bool force, const daemon::Asker& by)>;

    ControlService(Services& services, Supervisor& supervisor, Recorder& recorder, Reload& reload, Shutdown shutdown)
        : services_(services), supervisor_(supervisor), recorder_(recorder), reload_(reload), shutdown_(std::move(shutdown)) {}

    [[nodiscard]] daemon::StatusHead head() const override { return recorder_.head(); }
    [[nodiscard]] std::vector<daemon::Named> names() const override;
    [[nodiscard]] std::vector<control::GroupView> groups() const override { return reload_.groups(); }
    [[nodiscard]] std::optional<control::WorkerView> worker(std::string_view name) const override;
    [[nodiscard]] control::LogPlace log_of(std::string_view name) const override;
    [[nodiscard]] std::string journal_path() const override { return services_.files.event_file(); }
    [[nodiscard]] std::optional<control::ReloadProgress> reload_progress(std::uint64_t number) const override;
    [[nodiscard]] std::optional<control::ConfigNews> config_news() override { return reload_.config_news(); }
    [[nodiscard]] std::string running_config() const override { return reload_.running_text(); }
    [[nodiscard]] std::unique_ptr<control::Measurement> measure() override;

    [[nodiscard]] Result<control::Wish> ask(std::string_view name, control::Verb verb, const daemon::Asker& asker, const control::Meant& meant) override;
    [[nodiscard]] std::vector<config::Affected> taken_along(const std::vector<std::string>& names) const override;
    [[nodiscard]] std::optional<control::Outcome> not_restarted(std::string_view name, const control::Meant& meant) const override;
    [[nodiscard]] control::RollAnswer roll(const std::vector<std::string>& names, const daemon::Asker& asker) override { return reload_.restart(names, asker); }
    [[nodiscard]] std::optional<control::ReloadProgress> roll_progress(std::uint64_t number) const override { return reload_.restart_progress(number); }
    [[nodiscard]] Result<> act(std::string_view name, control::Deed deed, const daemon::Asker& asker) override;
    [[nodiscard]] Result<> signal(std::string_view name, int signal, const daemon::Asker& asker) override;
    [[nodiscard]] control::ScaleAnswer scale(const std::vector<control::ScaleWish>& wishes, const daemon::Asker& asker) override {
        return reload_.scale(wishes, asker);
    }
    [[nodiscard]] control::ReloadAnswer reload(const control::ReloadWish& wish, const daemon::Asker& asker) override;
    void shutdown(bool force, const daemon::Asker& asker) override { shutdown_(force, asker); }
    void refused(const daemon::Asker& asker, std::string_view what) override;
    void left_out(const std::string& sentence) override;
    void write_down() override { recorder_.write_down(); }
    void reap(pid_t child) override { services_.processes.helper(child); }
    [[nodiscard]] control::Board& board() override { return services_.board; }

private:
    [[nodiscard]] control::Metrics metrics(const Measuring::ByWorker& usage, const posix::ProcessStat* own) const;

    [[nodiscard]] Result<> set_disabled(const Runner& runner, bool disabled);
    struct LeftAlone {
        std::string why;        // empty: it is not
        bool refused = true;    // else it was not meant
    };
    [[nodiscard]] LeftAlone left_alone(const Runner& runner, control::Verb verb, const control::Meant& meant) const;
    [[nodiscard]] static control::Wish skipped(const Runner& runner, control::Verb verb, std::string why);
    [[nodiscard]] std::string restart_refusal(const Runner& runner, const control::Meant& meant) const;
    Services& services_;
    Supervisor& supervisor_;
    Recorder& recorder_;
    Reload& reload_;
    Shutdown shutdown_;
    std::set<std::string> told_left_out_;
};

}  // namespace talos::supervisor
