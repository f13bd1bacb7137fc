#define CATCH_CONFIG_MAIN   // Catch2 2.13 only: version 3 ships its main as a library
#include <catch2/catch.hpp>
