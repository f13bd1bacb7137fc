#include "config/reader/dotenv.hpp"
#include "support/catch.hpp"

using namespace talos::config;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

Variables read(std::string_view text) {
    const auto dotenv = parse_dotenv(text);
    CAPTURE(std::string(text));
    CHECK(dotenv.faults.empty());
    return dotenv.variables;
}

/// The one fault's offset and words.
std::pair<std::size_t, std::string> fault(std::string_view text) {
    const auto faults = parse_dotenv(text).faults;
    CAPTURE(std::string(text));
    REQUIRE(faults.size() == 1);
    return {faults.front().offset, faults.front().message};
}

}   // namespace

TEST_CASE("dotenv: a name, an equals sign and the rest of the line") {
    CHECK(read("A=1\nB=two words\n\n  C = 3  \nD=\nE=a=b\nF=1").size() == 6);
    CHECK(read("A=1\nB=two words") == Variables{{"A", "1"}, {"B", "two words"}});
    CHECK(read("  C = 3  ") == Variables{{"C", "3"}});
    CHECK(read("D=\nE=a=b") == Variables{{"D", ""}, {"E", "a=b"}});
    CHECK(read("discovery.type=single-node\n_x-1=y") == Variables{{"discovery.type", "single-node"}, {"_x-1", "y"}});
    CHECK(read("").empty());
}

TEST_CASE("dotenv: a comment behind a closing quote needs a blank, as it does elsewhere") {
    CHECK(fault("A='a'#b") == std::pair<std::size_t, std::string>{5, "expected the end of the line after the closing quote"});
    CHECK(fault("A=\"a\"#b").first == 5);
    CHECK(fault("A=\"a\"b").first == 5);
    CHECK(read("A='a' #b\nB=\"b\"\t# c\nC='c'") == Variables{{"A", "a"}, {"B", "b"}, {"C", "c"}});
}

TEST_CASE("dotenv: comments, export and the line ends of other systems") {
    CHECK(read("# A=1\n   # B=1\nC=1 # not this\nD=a#b\nE=#\n") == Variables{{"C", "1"}, {"D", "a#b"}, {"E", ""}});
    CHECK(read("export A=1\n export\tB=2\nexport=3\nexported=4") ==
          Variables{{"A", "1"}, {"B", "2"}, {"export", "3"}, {"exported", "4"}});
    CHECK(read("A=1\r\n\r\nB=\"2\"\r\nC=3\r") == Variables{{"A", "1"}, {"B", "2"}, {"C", "3"}});
}

TEST_CASE("dotenv: single quotes keep everything, double quotes know escapes, both may go over lines") {
    CHECK(read(R"(A='a "b" \n $X # c'   # comment)") == Variables{{"A", R"(a "b" \n $X # c)"}});
    CHECK(read(R"(A="a\nb\t\"\\\$ 'x' # c")") == Variables{{"A", "a\nb\t\"\\$ 'x' # c"}});
    CHECK(read("KEY=\"-----BEGIN\nabc\n-----END\"\nB='x\ny'\nC=1") ==
          Variables{{"KEY", "-----BEGIN\nabc\n-----END"}, {"B", "x\ny"}, {"C", "1"}});
    CHECK(read("A=''\nB=\"\"") == Variables{{"A", ""}, {"B", ""}});
    CHECK(read("A=it's\nB=a\\n") == Variables{{"A", "it's"}, {"B", "a\\n"}});
}

TEST_CASE("dotenv: nothing is expanded") {
    CHECK(read("A=$HOME\nB=${HOME}\nC=\"$HOME ${X:-1}\"") == Variables{{"A", "$HOME"}, {"B", "${HOME}"}, {"C", "$HOME ${X:-1}"}});
}

TEST_CASE("dotenv: of a name that comes again the last value counts") {
    CHECK(read("A=1\nB=2\nA=3") == Variables{{"A", "3"}, {"B", "2"}});
}

TEST_CASE("dotenv: faults have a place, and do not tell values") {
    CHECK(fault("A=1\nhunter2\n").first == 4);
    CHECK(fault("A=1\nhunter2\n").second == "expected NAME=VALUE, a name of letters, digits and _ . -");
    CHECK(fault("A B=1").first == 0);
    CHECK(fault("1A=1").first == 0);
    CHECK(fault("=1").first == 0);
    CHECK(fault("A=\"x\" hunter2").first == 6);
    CHECK(fault("A=\"x\" hunter2").second.find("hunter2") == std::string::npos);
    CHECK(fault("A=1\nB=\"x\nC=2").first == 6);
    CHECK(fault("B='x").second == "the quote is never closed");
    CHECK(fault(std::string_view("A=a\0b", 5)).second.find("NUL") != std::string::npos);
}

TEST_CASE("dotenv: lines after a fault are read") {
    const auto dotenv = parse_dotenv("oops\nA=1\nB=\"\\x\n\"\nC=3\nmore");
    CHECK(dotenv.variables == Variables{{"A", "1"}, {"C", "3"}});
    REQUIRE(dotenv.faults.size() == 3);
    CHECK(dotenv.faults.back().offset == 21);
}
