#define CATCH_CONFIG_MAIN   // for Catch2 2.13; version 3 has its main in a library
#include <catch2/catch.hpp>
