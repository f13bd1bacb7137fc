// Whose file a group-writable one is, by the text of /etc/passwd and /etc/group.
#include "posix/files/private_group.hpp"
#include "support/catch.hpp"
#include <string>

using talos::posix::is_private_group;

namespace {

const std::string passwd = "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000:Alice,,,:/home/alice:/bin/sh\n"
                           "bob:x:1001:1001::/home/bob:/bin/sh\ncarol:x:1002:100::/home/carol:/bin/sh\n";
const std::string groups = "root:x:0:\nusers:x:100:\nalice:x:1000:\nbob:x:1001:bob\n";

bool alices(const std::string& users, const std::string& all_groups) { return is_private_group(1000, 1000, users, all_groups); }

}   // namespace

TEST_CASE("private group: a user's own primary group of the same name, with no other member") {
    CHECK(alices(passwd, groups));
    CHECK(is_private_group(1001, 1001, passwd, groups));   // lists its owner
    CHECK(alices("# local users\n\n" + passwd, groups));
    CHECK(alices(passwd.substr(0, passwd.size() - 1), groups.substr(0, groups.size() - 1)));
}

TEST_CASE("private group: not with another member, another user's primary group, another name or another group of the user") {
    CHECK_FALSE(alices(passwd, "alice:x:1000:bob\n"));
    CHECK_FALSE(alices(passwd, "alice:x:1000:alice,bob\n"));
    CHECK_FALSE(alices(passwd, groups + "alice:x:1000:bob\n"));
    CHECK_FALSE(alices(passwd, groups + "staff:x:1000:\n"));
    CHECK_FALSE(alices(passwd + "dave:x:1003:1000::/:/bin/sh\n", groups));
    CHECK_FALSE(alices(passwd, "alicia:x:1000:\n"));
    CHECK_FALSE(is_private_group(1001, 1000, passwd, groups));
    CHECK_FALSE(is_private_group(100, 1002, passwd, groups));
}

TEST_CASE("private group: what is not certain is not private") {
    CHECK_FALSE(alices(passwd, ""));
    CHECK_FALSE(alices("", groups));
    CHECK_FALSE(alices(passwd + "+::::::\n", groups));
    CHECK_FALSE(alices(passwd, groups + "+:::\n"));
    CHECK_FALSE(alices(passwd + "eve:x:1000:1000::/:/bin/sh\n", groups));   // a second name of the same number
    CHECK_FALSE(is_private_group(0, 0, passwd, groups));
}
