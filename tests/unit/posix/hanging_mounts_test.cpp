#include "posix/files/hanging_mounts.hpp"
#include "support/catch.hpp"

using talos::posix::hanging_mounts_in;
using Places = std::vector<std::string>;

namespace {

std::string mount(const std::string& place, const std::string& type, const std::string& source, const std::string& options) {
    return "40 22 0:36 / " + place + " rw,relatime shared:7 - " + type + " " + source + " " + options + "\n";
}

}   // namespace

TEST_CASE("hanging mounts: those of the network, and FUSE that the user may enter") {
    CHECK(hanging_mounts_in(mount("/data", "ext4", "/dev/sda1", "rw"), 0).empty());
    CHECK(hanging_mounts_in(mount("/data", "nfs4", "server:/data", "rw,vers=4.2"), 0) == Places{"/data"});
    CHECK(hanging_mounts_in(mount("/home/u/mnt", "fuse.sshfs", "u@host:", "rw,user_id=1000,group_id=1000,allow_other"), 0) ==
          Places{"/home/u/mnt"});
    CHECK(hanging_mounts_in(mount("/home/u/mnt", "fuse", "x", "rw,user_id=1000,group_id=1000"), 0)
              .empty());   // the kernel refuses root there
    CHECK(hanging_mounts_in(mount("/home/u/mnt", "fuse", "x", "rw,user_id=1000,group_id=1000"), 1000) == Places{"/home/u/mnt"});
}

TEST_CASE("hanging mounts: no name that a user chooses hides one") {
    const std::string options = "rw,user_id=1000,group_id=1000,allow_other";
    CHECK(hanging_mounts_in(mount("/a\\040b\\134", "fuse", "x", options), 0) == Places{"/a b\\"});
    CHECK(hanging_mounts_in(mount("/m", "fuse", "", options), 0) == Places{"/m"});
    CHECK(hanging_mounts_in(mount("/m", "fuse", "-", options), 0) == Places{"/m"});
    CHECK(hanging_mounts_in("40 22 0:36 / /m rw - fuse x " + options, 0) == Places{"/m"});
}

TEST_CASE("hanging mounts: the root directory's file system and broken lines do not count") {
    CHECK(hanging_mounts_in(mount("/", "nfs", "server:/root", "rw"), 0).empty());
    CHECK(hanging_mounts_in("\n\n40 22\n40 22 0:36 / /m rw - nfs\n- - - - - - - - - -", 0).empty());
}
