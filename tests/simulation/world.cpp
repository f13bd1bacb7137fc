#include "simulation/world.hpp"

#include "config/load/parse.hpp"
#include "core/signal_name.hpp"
#include "simulation/fake_memory.hpp"
#include "simulation/fake_probe.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace talos::simulation {

namespace {

/// Handlers that run without any time passing. More mean that the loop never rests.
constexpr std::uint64_t most_at_once = 50'000;

posix::Spawner& unused_spawner() {
    static auto spawner = posix::Spawner::create();
    return spawner.value();
}

bool is_oneshot(const std::vector<config::Config>& configs, const std::string& worker) {
    for (const auto& config : configs)
        for (const auto& spec : config.workers)
            if (spec.name == worker) return spec.kind == config::WorkerKind::oneshot;
    return false;
}

}   // namespace

World::World(const Scenario& scenario, const std::string& folder, std::string* told)
    : scenario_(scenario), config_path_(folder + "/talos.json"), told_(told),
      time_(io_.get_executor(), std::chrono::microseconds(scenario.tick_us), scenario.fault),
      kernel_(time_, scenario.seed, scenario.fault, [this](const std::string& worker) { return is_oneshot(configs_, worker); }),
      disk_(scenario.fault), files_(folder) {
    for (const auto& draft : scenario.configs) configs_.push_back(parse(draft));
    rules_ = std::make_unique<Rules>(time_, kernel_, disk_, configs_);
    make_engine();
    rules_->begin(*supervisor_);
    kernel_.watch({[this](const Process& process) {
                       tell_of(process, process.execed ? "started" : "forked");
                       rules_->started(process);
                   },
                   [this](const Process& process, int signal) {
                       tell_of(process, signal_name(signal));
                       rules_->signalled(process, signal);
                   },
                   [this](const Process& process) {
                       tell_of(process, "reaped: " + to_text(process.status));
                       rules_->reaped(process);
                   }});
}

/// What the engine has begun ends with it, before the kernel and the clocks do.
World::~World() {
    kernel_.watch({});
    service_.reset();
    reload_.reset();
    supervisor_.reset();
    services_.reset();
    recorder_.reset();
}

config::Config World::parse(const ConfigDraft& draft) {
    auto parsed = config::parse(draft.text(), config_path_);
    if (!parsed.errors.empty()) throw InvalidConfig(config::to_text(parsed.errors.front(), config_path_) + "\n" + draft.text());
    return std::move(parsed.config);
}

void World::make_engine() {
    const auto executor = io_.get_executor();
    auto config = configs_.front();
    auto specs = std::exchange(config.workers, {});
    if (scenario_.fault == Fault::forgotten_dependency)
        for (auto& spec : specs) spec.depends_on = {};
    state::StatusHead head;
    head.run = "0123456789abcdef0123456789abcdef";
    head.stop_timeout = engine::Supervisor::stop_timeout(specs);
    recorder_ = std::make_unique<turn::Recorder>(executor, state::Journal(disk_.journal_file(), 0), disk_.status_writer(),
                                                 std::move(head), *this);
    services_ = std::make_unique<turn::Services>(turn::Services{
        executor, kernel_, unused_spawner(), files_, recorder_->head().run, {}, std::nullopt, false, *this, *recorder_});
    services_->memory = std::make_unique<FakeMemory>(executor, kernel_, scenario_.seed);
    services_->simulated_probes = [this](const config::WorkerSpec& spec) {
        return [this, seed = seed_of(scenario_.seed, spec.name, 1)]() -> std::unique_ptr<checks::Probe> {
            return std::make_unique<FakeProbe>(io_.get_executor(), seed_of(seed, "probe", ++probes_));
        };
    };
    supervisor_ = std::make_unique<engine::Supervisor>(*services_, std::move(specs), scenario_.seed);
    recorder_->daemon_state(state::DaemonState::starting, "start");
    reload_ =
        std::make_unique<daemon::Reload>(*services_, *supervisor_, std::move(config), std::make_shared<config::ConfigRecord>(),
                                         config::ConfigFiles(config::ConfigFiles::Rule::any_owner, {}),
                                         config::Accounts::may_be_missing, daemon::Reload::Callbacks{});
    service_ = std::make_unique<daemon::ControlService>(*services_, *supervisor_, *recorder_, *reload_, nullptr);
    supervisor_->on_turn([this] { reload_->end_of_turn(); });
}

void World::begin() {
    (void)recorder_->write_status();
    supervisor_->start([this] { recorder_->daemon_state(state::DaemonState::running, "start"); });
    settle();
}

// --- time ---------------------------------------------------------------------------------------------------------

/// All that can be done without time passing.
void World::settle() {
    std::uint64_t handled = 0;
    for (;;) {
        io_.restart();
        auto now = static_cast<std::uint64_t>(io_.poll());
        if (kernel_.take_child_signal() && !finished_) {
            supervisor_->children_changed();
            ++now;
        }
        if (now == 0) break;
        handled += now;
        if (handled > most_at_once) return rules_->broke("the loop does not come to rest");
    }
    events_ += handled;
    if (!finished_) rules_->look();
}

void World::pass(Millis time) {
    const auto target = time_.now() + time;
    settle();
    while (rules_->broken().empty() && !finished_) {
        auto next = kernel_.next_due();
        if (const auto timer = time_.next_due(); timer && (!next || *timer < *next)) next = timer;
        if (!next || *next > target) break;
        time_.advance_to(*next);
        kernel_.serve_due();
        settle();
    }
    time_.advance_to(target);
}

void World::write_down() {
    if (finished_) return;
    recorder_->write_down();
    rules_->compare();
}

// --- steps --------------------------------------------------------------------------------------------------------

std::string World::pick_worker(Rolls& rolls) const {
    const auto& runners = supervisor_->runners();
    return runners.empty() ? std::string() : runners[rolls.below(runners.size())]->spec().name;
}

pid_t World::pick_process(Rolls& rolls) const {
    const auto& processes = kernel_.processes();
    if (processes.empty()) return 0;
    return std::next(processes.begin(), static_cast<std::ptrdiff_t>(rolls.below(processes.size())))->first;
}

void World::take(const Step& step) {
    if (finished_) return;
    Rolls rolls(step.dice);
    tell("--- " + std::string(step_names[static_cast<std::size_t>(step.kind)]));
    switch (step.kind) {
    case Step::Kind::set_clock: time_.step_wall(rolls.time(Millis{7'200'000}) - Millis{3'600'000}); break;
    case Step::Kind::disk_full: disk_.set_full(true); break;
    case Step::Kind::disk_free: disk_.set_full(false); break;
    case Step::Kind::pass: pass(rolls.time(rolls.one_in(3) ? Millis{60'000} : Millis{2'000})); break;
    case Step::Kind::crash:
    case Step::Kind::freeze:
    case Step::Kind::thaw: act_from_outside(step, rolls); break;
    default: command(step, rolls);
    }
    settle();
    write_down();
}

void World::act_from_outside(const Step& step, Rolls& rolls) {
    const auto pid = pick_process(rolls);
    if (pid == 0) return;
    tell("to pid " + std::to_string(pid));
    if (step.kind == Step::Kind::crash) kernel_.signal_from_outside(pid, rolls.one_in(2) ? SIGKILL : SIGSEGV);
    else kernel_.signal_from_outside(pid, step.kind == Step::Kind::freeze ? SIGSTOP : SIGCONT);
}

void World::command(const Step& step, Rolls& rolls) {
    const auto name = pick_worker(rolls);
    const auto ask = [&](api::Verb verb) {
        tell(name);
        if (!name.empty()) (void)service_->ask(name, verb, by_, {});
    };
    const auto act = [&](api::Operation deed) {
        tell(name);
        if (!name.empty()) (void)service_->act(name, deed, by_);
    };
    switch (step.kind) {
    case Step::Kind::start: return ask(api::Verb::start);
    case Step::Kind::stop: return ask(api::Verb::stop);
    case Step::Kind::restart: return ask(api::Verb::restart);
    case Step::Kind::reload_worker: return ask(api::Verb::reload);
    case Step::Kind::reset: return act(api::Operation::reset);
    case Step::Kind::pause: return act(api::Operation::pause);
    case Step::Kind::resume: return act(api::Operation::resume);
    case Step::Kind::restart_all: {
        std::vector<std::string> names;
        for (const auto& runner : supervisor_->runners())
            if (!runner->leaving()) names.push_back(runner->spec().name);
        if (!names.empty()) (void)service_->roll(names, by_);
        return;
    }
    case Step::Kind::signal: {
        constexpr std::array signals{SIGTERM, SIGUSR1, SIGHUP, SIGSTOP, SIGCONT, SIGINT};
        if (!name.empty()) (void)service_->signal(name, signals[rolls.below(signals.size())], by_);
        return;
    }
    case Step::Kind::scale: {
        const auto groups = service_->groups();
        if (groups.empty()) return;
        api::ScaleRequest request;
        request.group = groups[rolls.below(groups.size())].name;
        request.count = static_cast<std::uint32_t>(rolls.below(4));
        (void)service_->scale({request}, by_);
        return;
    }
    case Step::Kind::reload: {
        const auto which = rolls.below(scenario_.configs.size());
        test::write_text(config_path_, scenario_.configs[which].text());
        api::ReloadRequest request;
        request.roll = rolls.one_in(3) ? api::ReloadRequest::Roll::all_at_once : api::ReloadRequest::Roll::one_by_one;
        const auto answer = service_->reload(request, by_);
        tell("config " + std::to_string(which));
        if (answer.what == api::ReloadAnswer::What::planned) rules_->reloaded();
        else rules_->broke("a reload was refused: " + answer.refused + (answer.errors.empty() ? "" : answer.errors.front()));
        return;
    }
    default: return;
    }
}

void World::come_down() {
    tell("--- shutdown");
    disk_.set_full(false);
    auto longest = recorder_->head().stop_timeout;
    for (const auto& runner : supervisor_->runners()) longest += rules_->slack(runner->spec().name);
    rules_->shut_down();
    recorder_->daemon_state(state::DaemonState::stopping, "command");
    supervisor_->stop(engine::Stop::graceful, [this] { finished_ = true; });
    Rolls rolls(seed_of(scenario_.seed, "shutdown", 0));
    if (rolls.one_in(4)) {
        pass(rolls.time(Millis{3'000}));
        tell("--- again");
        rules_->forced();
        if (!finished_) supervisor_->stop(engine::Stop::now, [this] { finished_ = true; });
    }
    pass(longest);
    if (!broken().empty()) return;
    if (!finished_) return rules_->broke("talosd does not stop in its time");
    const auto& processes = kernel_.processes();
    if (!processes.empty() && !supervisor_->gave_up()) rules_->broke("talosd has stopped and left processes");
    const bool stuck = std::any_of(processes.begin(), processes.end(),
                                   [this](const auto& entry) { return kernel_.has_stuck(entry.second.worker); });
    if (supervisor_->gave_up() && !stuck) rules_->broke("talosd has given up processes that can be ended");
}

// --- what it says -------------------------------------------------------------------------------------------------

void World::tell(std::string_view text) {
    if (told_ == nullptr) return;
    const auto at = std::chrono::duration_cast<Millis>(time_.now().time_since_epoch() - std::chrono::hours{1});
    *told_ += std::to_string(at.count()) + " ms: " + std::string(text) + '\n';
}

void World::tell_of(const Process& process, const std::string& what) {
    if (told_ != nullptr) tell("    pid " + std::to_string(process.pid) + " of " + process.worker + ": " + what);
}

void World::transition(const turn::Record& record) {
    rules_->transition(record);
    const auto mix = [this](std::uint64_t value) { fingerprint_ = seed_of(fingerprint_, {}, value + 1); };
    mix(static_cast<std::uint64_t>(record.to));
    mix(static_cast<std::uint64_t>(record.pid));
    mix(static_cast<std::uint64_t>(to_ms(record.at)));
    if (told_ != nullptr)
        tell(std::string(record.name) + ": " + std::string(worker::to_text(record.from)) + " -> " +
             std::string(worker::to_text(record.to)) + " (" + std::string(record.cause) + ") pid " + std::to_string(record.pid) +
             " " + std::string(record.reason));
}

void World::message(turn::Level, std::string_view text) {
    if (text.starts_with("each of these waits")) rules_->waits_are_mutual();
    tell(text);
}

}   // namespace talos::simulation
