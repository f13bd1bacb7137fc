#include "config/files/config_file.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

// Whether the files that a config was read from say something else by now.
using namespace talos;
using namespace talos::config;
using talos::test::TemporaryDirectory;
using talos::test::write_text;
using Names = std::vector<std::string>;

namespace {

struct Read {
    TemporaryDirectory dir;
    ConfigFiles files{ConfigFiles::Rule::any_owner, {}};
    std::shared_ptr<ConfigRecord> record = std::make_shared<ConfigRecord>();

    Read() {
        write_text(dir / "talos.json", "{}");
        write_text(dir / "app.env", "A=1");
    }
    void read() const {
        const auto noting = files.noting_in(record);
        REQUIRE(noting.read(dir / "talos.json"));
        const auto host = noting.surroundings();
        (void)host.read_env_file(dir / "app.env");
        (void)host.read_env_file(dir / "missing.env");
        (void)host.glob(dir / "conf.d/*.json");
    }
    [[nodiscard]] Names changed() const { return files.changed_since(*record); }
};

/// Until a change would show in a file's stamp: contents need not be read again.
void let_grow_old(const std::string& path) {
    while (!ConfigRecord::stamp_of(path)) (void)::poll(nullptr, 0, 20);
}

}   // namespace

TEST_CASE("config record: a new content is a change, a touch or the same content anew is none") {
    const auto old = GENERATE(false, true);
    const Read at;
    if (old) let_grow_old(at.dir / "talos.json");
    at.read();
    CHECK(at.changed().empty());
    REQUIRE(::utimensat(AT_FDCWD, (at.dir / "talos.json").c_str(), nullptr, 0) == 0);
    CHECK(at.changed().empty());
    write_text(at.dir / "new", "{}");
    std::filesystem::rename(at.dir / "new", at.dir / "talos.json");
    CHECK(at.changed().empty());
    write_text(at.dir / "talos.json", "[]");   // as long as before
    CHECK(at.changed() == Names{at.dir / "talos.json"});
    CHECK(at.changed() == Names{at.dir / "talos.json"});
    write_text(at.dir / "talos.json", "{}");
    CHECK(at.changed().empty());
}

TEST_CASE("config record: env files, missing ones, and what a pattern matches") {
    const Read at;
    at.read();
    write_text(at.dir / "app.env", "A=2");
    write_text(at.dir / "missing.env", "B=1");
    std::filesystem::create_directory(at.dir / "conf.d");
    CHECK(at.changed() == Names{at.dir / "app.env", at.dir / "missing.env"});
    write_text(at.dir / "conf.d/one.json", "{}");
    CHECK(at.changed() == Names{at.dir / "app.env", at.dir / "missing.env", at.dir / "conf.d/*.json"});
    std::filesystem::remove(at.dir / "app.env");
    CHECK(at.changed().front() == at.dir / "app.env");
}

TEST_CASE("config record: a file is read again only when its stamp says something new") {
    const Read at;
    at.read();
    let_grow_old(at.dir / "talos.json");
    let_grow_old(at.dir / "app.env");
    std::filesystem::create_directory(at.dir / "conf.d");
    let_grow_old(at.dir / "conf.d");
    int reads = 0;
    int lists = 0;
    ConfigRecord::Reading reading;
    reading.file = [&](const std::string& path) {
        reads += std::filesystem::exists(path) ? 1 : 0;
        return at.files.read(path);
    };
    reading.pattern = [&](const std::string& pattern) {
        ++lists;
        return at.files.surroundings().glob(pattern);
    };
    CHECK(at.record->changed(reading).empty());
    const int first = reads;
    CHECK(at.record->changed(reading).empty());
    CHECK(reads == first);
    CHECK(lists == 1);
    write_text(at.dir / "app.env", "A=2");
    CHECK(at.record->changed(reading) == Names{at.dir / "app.env"});
    CHECK(reads == first + 1);
    CHECK(lists == 1);
    write_text(at.dir / "conf.d/one.json", "{}");
    CHECK(at.record->changed(reading) == Names{at.dir / "app.env", at.dir / "conf.d/*.json"});
}
