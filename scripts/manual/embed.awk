# Writes C++ source that contains the pages of the manual: awk -f embed.awk PAGE.txt … > manual_pages.cpp
# A page is split into pieces of less than 64 KiB, the limit that every compiler accepts for a literal.
function name_of(path) {
    sub(/.*\//, "", path)
    sub(/\.[0-9]\.txt$/, "", path)
    return path
}
function begin_piece() { printf "    R\"page("; size = 0 }
function end_piece() { print ")page\"" }

BEGIN {
    print "#include \"cli/command_line/manual.hpp\"\n\nnamespace talos::cli {\nnamespace {\nconstexpr ManualPage pages[] = {"
}
FNR == 1 {
    if (open) { end_piece(); print "}," }
    open = 1
    print "{\"" name_of(FILENAME) "\","
    begin_piece()
}
{
    if (size > 30000) { end_piece(); begin_piece() }
    print
    size += length($0) + 1
}
END {
    if (open) { end_piece(); print "}," }
    print "};\n}  // namespace\n\nstd::span<const ManualPage> manual_pages() { return pages; }\n\n}  // namespace talos::cli"
}
