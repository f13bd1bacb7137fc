#include "system/talos/process.hpp"

#include "support/catch.hpp"
#include "system/talos/household.hpp"
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace talos::test {

namespace {

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> all;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const auto name = text.substr(0, text.find('='));
        bool ours = name.starts_with("TALOS_") || name == "XDG_CONFIG_HOME";
        for (const auto& [key, value] : command.env) ours = ours || key == name;
        if (!ours) all.push_back(text);
    }
    for (const auto& [key, value] : command.env) all.push_back(key + "=" + value);
    return all;
}

void take_output(const std::string& path, int target) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || ::dup2(fd, target) < 0) ::_exit(120);
}

void take_terminal(const std::string& path) {
    ::setsid();
    const int fd = ::open(path.c_str(), O_RDWR);
    if (fd < 0 || ::ioctl(fd, TIOCSCTTY, 0) < 0) ::_exit(121);
    for (int target = 0; target <= 2; ++target) ::dup2(fd, target);
    if (fd > 2) ::close(fd);
}

/// Catch2's handlers are not to see what is meant for the child; signals are blocked since before the fork.
void default_signals() {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// All that the child needs, made before the fork: a thread of this test may hold the allocator's lock at that moment.
struct Plan {
    explicit Plan(const Command& wanted, const std::string& files)
        : command(wanted), out(files + "/out"), err(files + "/err"), words(wanted.argv), entries(environment_of(wanted)),
          argv(pointers_to(words)), env(pointers_to(entries)) {}
    const Command& command;
    std::string out, err;
    std::vector<std::string> words, entries;
    std::vector<char*> argv, env;
};

[[noreturn]] void become_command(const Plan& plan) {
    const Command& command = plan.command;
    default_signals();
    if (!command.terminal.empty()) {
        take_terminal(command.terminal);
    } else {
        if (command.new_session) ::setsid();
        const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::dup2(null, STDIN_FILENO);
        take_output(plan.out, STDOUT_FILENO);
        take_output(plan.err, STDERR_FILENO);
    }
    if (!command.cwd.empty() && ::chdir(command.cwd.c_str()) < 0) ::_exit(122);
    if (command.before_exec) command.before_exec();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);   // last: a change of user takes it back
    ::execvpe(plan.argv[0], plan.argv.data(), plan.env.data());
    ::_exit(123);
}

}   // namespace

Process::Process(const Command& command) : files_(std::make_unique<TemporaryDirectory>()) {
    Household::get();   // whatever it leaves behind becomes ours
    const Plan plan(command, files_->path());
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    pid_ = ::fork();
    if (pid_ == 0) become_command(plan);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (pid_ < 0) throw std::runtime_error("fork");
    pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    Household::get().add(pid_);
}

Process::~Process() {
    if (!files_) return;   // moved from
    if (!code_) {
        signal(SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    }
    Household::get().remove(pid_);
}

void Process::signal(int number) const { ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0); }

std::optional<int> Process::ended() {
    int status = 0;
    if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
        code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return code_;
}

int Process::wait(std::chrono::milliseconds limit) {
    if (!eventually([this] { return ended().has_value(); }, limit)) {
        INFO("its output: " << out() << "\nits errors: " << err());
        FAIL("process " << pid_ << " has not ended in time");
    }
    return *code_;
}

Finished run(const Command& command, std::chrono::milliseconds limit) {
    Process process(command);
    const int code = process.wait(limit);
    return {code, process.out(), process.err()};
}

std::string installed(const std::string& name) {
    std::string path = "/usr/bin:/usr/sbin:/bin:/sbin";
    if (const char* given = std::getenv("PATH"); given != nullptr) path += std::string(":") + given;
    std::istringstream places(path);
    for (std::string place; std::getline(places, place, ':');) {
        const std::string file = place + "/" + name;
        if (::access(file.c_str(), X_OK) == 0) return file;
    }
    FAIL(name << " is not installed; scripts/setup --tests installs it");
    return {};
}

bool is_root() { return ::geteuid() == 0; }

void become(uid_t id) {
    if (::setgroups(0, nullptr) < 0 || ::setgid(id) < 0 || ::setuid(id) < 0) ::_exit(124);
}

}   // namespace talos::test
