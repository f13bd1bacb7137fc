# Improves lowdown's man pages for terminals. Code is bold, as in other man pages. Lines are neither justified nor hyphenated,
# which would corrupt text that users type. lowdown 1.0 moves up one line between a term and its definition, which fails at the
# end of a page; `.TP` replaces that.
{ gsub(/\\fC|\\f\(CR|\\f\[CR\]/, "\\fB") }
/^\.TH / { print; print ".ad l\n.nr HY 0\n.hy 0"; next }
/^\.LP$/ { end(); waiting = 1; next }
waiting == 1 { term = $0; waiting = 2; next }
waiting == 2 && (/^\.if [nt] \\$/ || /^\.sp -/) { moved = moved $0 "\n"; next }
waiting == 2 && moved != "" && /^\.IP "" 5n$/ { print ".TP 7n"; print term; forget(); next }
{ end(); print }
END { end() }

# Prints the held line if it turned out not to be a term.
function end() {
    if (waiting > 0) print ".LP"
    if (waiting > 1) print term
    if (moved != "") printf "%s", moved
    forget()
}
function forget() { waiting = 0; term = ""; moved = "" }
