#pragma once
#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace talos::test {

/// To whom the data directory is closed, and the socket open.
class Guest {
public:
    /// `sees`: the workers that it may read.
    explicit Guest(const std::string& workers, std::string sees = "*") : sees_(std::move(sees)) {
        REQUIRE(::chmod(daemon.path("").c_str(), 0711) == 0);
        configure(workers);
        std::filesystem::copy_file(daemon.ctl_command({}).argv[0], daemon.path("talosctl"));
        daemon.start();
    }
    void configure(const std::string& workers) const {
        write_text(daemon.path("talos.json"),
                   "{\"controlSocket\": \"control.sock\", \"access\": [{\"user\": \"65534\", \"workers\": \"" + sees_ +
                       "\"}], \"workers\": {" + workers + "}}\n");
    }
    [[nodiscard]] Command command(const std::vector<std::string>& words) const {
        auto command = daemon.ctl_command(words);
        command.argv[0] = daemon.path("talosctl");
        command.before_exec = [] { become(nobody); };
        return command;
    }
    [[nodiscard]] Finished ctl(const std::vector<std::string>& words) const { return run(command(words)); }

    Daemon daemon;

private:
    std::string sees_;
};

}   // namespace talos::test
