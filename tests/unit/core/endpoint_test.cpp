#include "core/endpoint.hpp"
#include "support/catch.hpp"

using namespace talos;

TEST_CASE("endpoint: a numeric address or a host name, and a port") {
    CHECK(parse_endpoint("127.0.0.1:80").value() == Endpoint{"127.0.0.1", 80});
    CHECK(parse_endpoint("localhost:65535").value() == Endpoint{"localhost", 65535});
    CHECK(parse_endpoint("[::1]:8080").value() == Endpoint{"::1", 8080});
    for (const auto* name : {"db", "db.internal", "a-b.c_d.example.org", "DB.internal.", "3com.com", "xn--bcher-kva.example"})
        CHECK(parse_endpoint(std::string(name) + ":80").value() == Endpoint{name, 80});
    CHECK(parse_endpoint(std::string(64, 'a') + ":80").has_error());
    CHECK(parse_endpoint("a." + std::string(63, 'a') + ":80").has_value());
    for (const auto* text : {"",
                             ":",
                             ":80",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:0",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:80 ",
                             "127.0.0.1:8x",
                             "127.1:80",
                             "256.0.0.1:80",
                             "::1:80",
                             "[127.0.0.1]:80",
                             "[::1]80",
                             "[::1",
                             "a..b:80",
                             ".a:80",
                             "-a:80",
                             "a-:80",
                             "a b:80",
                             "a/b:80",
                             "1.2.3:80",
                             "7:80",
                             "b\303\274cher:80",
                             "[]:80"}) {
        CAPTURE(text);
        CHECK(parse_endpoint(text).has_error());
    }
    CHECK(parse_endpoint(std::string_view("127.0.0.1\0x:80", 14)).has_error());
}

TEST_CASE("URL: plain HTTP to such an address, port 80 and the root when they are left out") {
    CHECK(parse_http_url("http://127.0.0.1:8080/health?a=b").value() ==
          HttpUrl{{"127.0.0.1", 8080}, "127.0.0.1:8080", "/health?a=b"});
    CHECK(parse_http_url("http://localhost").value() == HttpUrl{{"localhost", 80}, "localhost", "/"});
    CHECK(parse_http_url("http://[::1]?x").value() == HttpUrl{{"::1", 80}, "[::1]", "/?x"});
    for (const auto* text : {"", "http://", "https://127.0.0.1/", "127.0.0.1/", "http://example..org/", "http://a@127.0.0.1/",
                             "http://127.0.0.1/a b", "http://127.0.0.1/a#b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:/",
                             "http://127.0.0.1:80x/"}) {
        CAPTURE(text);
        CHECK(parse_http_url(text).has_error());
    }
}

TEST_CASE("own addresses: those of numbers and of localhost need no lookup") {
    using Addresses = std::vector<std::string>;
    CHECK(own_addresses("10.0.0.1") == Addresses{"10.0.0.1"});
    CHECK(own_addresses("::1") == Addresses{"::1"});
    CHECK(own_addresses("localhost") == Addresses{"127.0.0.1", "::1"});
    CHECK(own_addresses("db.internal").empty());
    CHECK(own_addresses("localhost.example").empty());
}
