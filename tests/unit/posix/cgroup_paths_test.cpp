#include "posix/descent/cgroup_paths.hpp"
#include "support/catch.hpp"

using namespace talos::posix;

TEST_CASE("cgroup: mounts of version 2 are found in mountinfo, also beside version 1 and with optional fields") {
    CHECK(parse_cgroup_mounts("") == std::vector<CgroupMount>{});
    CHECK(parse_cgroup_mounts("31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw,mode=755\n"
                              "37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer\n"
                              "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 master:2 - cgroup2 cgroup2 rw\n") ==
          std::vector<CgroupMount>{{"/", "/sys/fs/cgroup/unified"}});
    CHECK(parse_cgroup_mounts("30 23 0:26 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw,nsdelegate") ==
          std::vector<CgroupMount>{{"/docker/ab", "/sys/fs/cgroup"}});
    CHECK(parse_cgroup_mounts("30 23 0:26 / /with\\040space\\134 rw - cgroup2 x rw\n") ==
          std::vector<CgroupMount>{{"/", "/with space\\"}});
}

TEST_CASE("cgroup: lines of mountinfo that are not in its format are passed over") {
    for (const auto* text : {"-", "- cgroup2", "1 2 3 4 5 - cgroup2", "30 23 0:26 / /sys/fs/cgroup rw cgroup2 cgroup2 rw",
                             "30 23 0:26 / /sys/fs/cgroup rw -", "30 23 0:26 / /cgroup2 rw - tmpfs cgroup2 rw", "\n\n \n"}) {
        CAPTURE(text);
        CHECK(parse_cgroup_mounts(text).empty());
    }
}

TEST_CASE("cgroup: a process's cgroup is the line of hierarchy 0") {
    CHECK(parse_cgroup("0::/\n") == "/");
    CHECK(parse_cgroup("9:name=systemd:/a\n1:cpu:/b\n0::/system.slice/x.service\n") == "/system.slice/x.service");
    CHECK_FALSE(parse_cgroup("9:name=systemd:/a\n"));
    CHECK_FALSE(parse_cgroup(""));
    CHECK_FALSE(parse_cgroup("0::/gone (deleted)\n"));
    CHECK_FALSE(parse_cgroup("10::/a\n"));
}

TEST_CASE("cgroup: its directory is looked up through the mount that shows it") {
    const std::vector<CgroupMount> whole{{"/", "/sys/fs/cgroup"}};
    CHECK(directory_of(whole, "/") == "/sys/fs/cgroup");
    CHECK(directory_of(whole, "/a/b") == "/sys/fs/cgroup/a/b");
    const std::vector<CgroupMount> part{{"/docker/ab", "/sys/fs/cgroup"}};
    CHECK(directory_of(part, "/docker/ab") == "/sys/fs/cgroup");
    CHECK(directory_of(part, "/docker/ab/c") == "/sys/fs/cgroup/c");
    CHECK_FALSE(directory_of(part, "/docker/abc"));
    CHECK_FALSE(directory_of(part, "/"));
    CHECK_FALSE(directory_of({}, "/"));
    CHECK(directory_of({{"/", "/first"}, {"/", "/second"}}, "/a") == "/second/a");
}

TEST_CASE("cgroup: paths that lead elsewhere have no directory") {
    const std::vector<CgroupMount> whole{{"/", "/sys/fs/cgroup"}, {"/../x", "/other"}};
    for (const std::string& path :
         {std::string(), std::string("a"), std::string("/.."), std::string("/../a"), std::string("/a/../b"),
          std::string("/a/./b"), std::string("/a//b"), std::string("/a/"), std::string("/a\0b", 4)}) {
        CAPTURE(path);
        CHECK_FALSE(directory_of(whole, path));
    }
}

TEST_CASE("cgroup: only a path that ends in a name of talosd's own can be one of its cgroups") {
    CHECK(is_tree_path("/talos-12-0a1b2c3d"));
    CHECK(is_tree_path("/system.slice/talosd.service/talos-12-0a"));
    for (const std::string& path : {std::string("/"), std::string("/talos-"), std::string("/talosd.service"),
                                    std::string("/talos-12/run-web"), std::string("talos-1"), std::string("/x/../talos-1"),
                                    std::string("/talos-1/"), std::string("/talos-XYZ"), "/talos-" + std::string(300, '1')}) {
        CAPTURE(path);
        CHECK_FALSE(is_tree_path(path));
    }
}

TEST_CASE("cgroup: names of runs, hooks and probes are read back") {
    CHECK(leaf_name(CgroupKind::run, "web") == "run-web");
    CHECK(leaf_name(CgroupKind::probe, "web", 12) == "probe-web:12");
    CHECK(leaf_name(CgroupKind::run, std::string(64, 'w'), ~std::uint64_t{0}).size() <= 255);
    for (const auto kind : {CgroupKind::run, CgroupKind::hook, CgroupKind::probe, CgroupKind::helper}) {
        for (const std::uint64_t number : {0, 7})
            CHECK(parse_leaf(leaf_name(kind, "a-b.c@1", number)) == CgroupLeaf{kind, "a-b.c@1"});
    }
    for (const auto* name : {"", "web", "run-", "run-:1", "run-web:", "run-web:x", "run-a/b", "probe", "cgroup.procs"}) {
        CAPTURE(name);
        CHECK_FALSE(parse_leaf(name));
    }
}

TEST_CASE("cgroup: cgroup.events says whether it is populated") {
    CHECK(parse_populated("populated 1\nfrozen 0\n") == true);
    CHECK(parse_populated("frozen 1\npopulated 0\n") == false);
    CHECK_FALSE(parse_populated(""));
    CHECK_FALSE(parse_populated("populated\n"));
}
