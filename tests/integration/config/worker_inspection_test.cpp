#include "config/files/account_inspection.hpp"
#include "config/files/worker_inspection.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos;
using talos::test::TemporaryDirectory;

namespace {

std::string make_file(const TemporaryDirectory& directory, const std::string& name, unsigned mode) {
    const auto path = directory / name;
    std::ofstream(path) << "#!/bin/sh\n";
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
}

config::WorkerSpec worker_in(const std::string& cwd, std::vector<std::string> command) {
    config::WorkerSpec spec;
    spec.name = "web";
    spec.cwd = cwd;
    spec.command = std::move(command);
    return spec;
}

}   // namespace

TEST_CASE("inspection: a program is looked for where talosd would look") {
    const TemporaryDirectory directory;
    make_file(directory, "tool", 0755);
    const auto plain = make_file(directory, "plain", 0644);
    CHECK(config::program_complaint("tool", directory.path(), "/").empty());
    CHECK(config::program_complaint("./tool", "/bin", directory.path()).empty());
    CHECK(config::program_complaint(directory / "tool", "/bin", "/").empty());
    CHECK(config::program_complaint("no-tool", directory.path(), "/") ==
          "the program no-tool is not in PATH (" + directory.path() + ")");
    CHECK(config::program_complaint("./tool", "/bin", "/") == "the program ./tool does not exist");
    CHECK(config::program_complaint(plain, "/bin", "/") == "the program " + plain + " is not an executable file");
    CHECK(config::program_complaint(directory.path(), "/bin", "/") ==
          "the program " + directory.path() + " is not an executable file");
}

TEST_CASE("inspection: what is missing has the key that names it") {
    const TemporaryDirectory directory;
    auto spec = worker_in(directory.path(), {"no-such-program-here"});
    spec.hooks.make().programs[0] = config::HookSpec{{"./no-hook"}, {}};
    spec.env = {{"PATH", "/nowhere"}};
    const auto remarks = config::WorkerInspection()(spec);
    REQUIRE(remarks.size() == 2);
    CHECK(remarks[0].pointer == "/command");
    CHECK(remarks[0].message == "the program no-such-program-here is not in PATH (/nowhere)");
    CHECK(remarks[0].weight == config::Remark::Weight::warning);
    CHECK(remarks[1].pointer == "/hooks/preStart/command");
}

TEST_CASE("inspection: a working directory must be there, and its programs are not reported besides") {
    const TemporaryDirectory directory;
    const auto remarks = config::WorkerInspection()(worker_in(directory / "none", {"./tool"}));
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].pointer == "/cwd");
    CHECK(remarks[0].message == "the working directory " + (directory / "none") + " does not exist");
    const auto file = make_file(directory, "file", 0644);
    CHECK(config::directory_complaint(file) == "the working directory " + file + " is not a directory");
}

TEST_CASE("inspection: of a worker of another user, what that user cannot see is not told") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const TemporaryDirectory directory;
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    std::filesystem::create_directory(directory / "hidden");
    REQUIRE(::chmod((directory / "hidden").c_str(), 0700) == 0);
    make_file(directory, "hidden/plain", 0600);
    const auto remarks_of = [&](const std::string& program, const std::string& cwd, const std::string& user) {
        auto spec = worker_in(cwd, {program});
        if (!user.empty()) spec.process.make().user = user;
        const config::ConfigFiles files{config::ConfigFiles::Rule::any_owner, {}};
        return config::surroundings_with(files, config::Accounts::may_be_missing).inspect(spec).size();
    };
    for (const auto* name : {"hidden/plain", "hidden/none"}) {
        CAPTURE(name);
        CHECK(remarks_of(directory / name, "/", "65534") == 0);
        CHECK(remarks_of("/bin/sh", directory / name, "65534") == 0);
        CHECK(remarks_of(directory / name, "/", "") == 1);
        CHECK(remarks_of("/bin/sh", directory / name, "") == 1);
    }
    CHECK(remarks_of(directory / "none", "/", "65534") == 1);
}

TEST_CASE("inspection: accounts that this machine does not know are errors, unless that is accepted") {
    auto spec = worker_in("/", {"/bin/sh"});
    spec.process.make().user = "no-such-user";
    spec.process.make().groups = {"0", "no-such-group"};
    const auto remarks = config::surroundings_with(config::ConfigFiles{}, config::Accounts::must_exist).inspect(spec);
    REQUIRE(remarks.size() == 2);
    CHECK(remarks[0].pointer == "/user");
    CHECK(remarks[0].message == "there is no user \"no-such-user\"");
    CHECK(remarks[0].weight == config::Remark::Weight::error);
    CHECK(remarks[1].pointer == "/groups/1");
    CHECK(remarks[1].message == "there is no group \"no-such-group\"");
    CHECK(config::surroundings_with(config::ConfigFiles{}, config::Accounts::may_be_missing).inspect(spec).empty());
}

TEST_CASE("inspection: a number that no database knows needs a group") {
    auto spec = worker_in("/", {"/bin/sh"});
    spec.process.make().user = "64124";
    const auto host = config::surroundings_with(config::ConfigFiles{}, config::Accounts::must_exist);
    const auto remarks = host.inspect(spec);
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0].message == "the user 64124 is in no user database: \"group\" must be given as well");
    spec.process.make().group = "64124";
    CHECK(host.inspect(spec).empty());
}
