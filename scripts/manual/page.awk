# Converts a page in config/man to one of two formats:
#   awk -v form=text page.awk PAGE.md       plain text with 80 columns, for `talosctl help`
#   awk -v form=markdown page.awk PAGE.md   Markdown for lowdown, which converts it to a man page
# In both, tables become definition lists, because their cells are too long for the columns of a terminal.
#
# A page contains: one `# NAME(SECTION)`, `##` and `###` headings, paragraphs, `- ` lists, tables, fences, links, `code`,
# **strong**, *emphasis*.

# Text outside code spans: replaces links to other pages and sections with their text.
function without_links(text,    out, label, target) {
    out = ""
    while (match(text, /\[[^\]]*\]\([^)]*\)/)) {
        label = substr(text, RSTART + 1, RLENGTH - 2)
        target = label
        sub(/\]\(.*/, "", label)
        sub(/.*\]\(/, "", target)
        out = out substr(text, 1, RSTART - 1) styled_link(label, target)
        text = substr(text, RSTART + RLENGTH)
    }
    return out text
}

function styled_link(label, target) {
    if (target ~ /^https?:/) return label " <" target ">"
    if (target ~ /^#/) return "\"" label "\""
    return form == "markdown" ? "**" label "**" : label
}

function outside_code(text) {
    text = without_links(text)
    if (form == "text") gsub(/\*/, "", text)
    return text
}

# Code spans stay unchanged; text between them is passed to outside_code().
function inline(text,    parts, count, i, out) {
    count = split(text, parts, "`")
    out = ""
    for (i = 1; i <= count; ++i) {
        if (i % 2 == 1) out = out outside_code(parts[i])
        else if (form == "markdown") out = out "`" parts[i] "`"
        else out = out parts[i]
    }
    return out
}

# Prints `text` between the columns `indent` and 78. The first line starts with `front`.
function wrap(text, indent, front,    words, count, i, line, blanks) {
    blanks = sprintf("%" indent "s", "")
    line = front == "" ? blanks : sprintf("%" (indent - length(front)) "s%s", "", front)
    count = split(text, words, " ")
    for (i = 1; i <= count; ++i) {
        if (length(line) > indent && length(line) + 1 + length(words[i]) > 78) {
            print line
            line = blanks
        }
        line = line (length(line) > indent ? " " : "") words[i]
    }
    print line
}

function end_paragraph() {
    if (paragraph == "") return
    if (form == "markdown") {
        print (bullet ? "- " : "") inline(paragraph)
        print ""
    } else {
        wrap(inline(paragraph), bullet ? 9 : 7, bullet ? "- " : "")
        if (!bullet) print ""
    }
    paragraph = ""
    after_bullet = bullet
    bullet = 0
}

function end_bullets() {
    if (after_bullet && form == "text") print ""
    after_bullet = 0
}

# Splits a row into cells, starting at 1. `\|` is a literal bar.
function cells_of(row, cells,    count, i) {
    gsub(/\\\|/, "\001", row)
    sub(/^\|[ ]*/, "", row)
    sub(/[ ]*\|[ ]*$/, "", row)
    count = split(row, cells, /[ ]*\|[ ]*/)
    for (i = 1; i <= count; ++i) gsub("\001", "|", cells[i])
    return count
}

# The text in parentheses after the term: type, default and the other columns between the first and the last one.
function notes_of(cells, count,    i, notes, note) {
    notes = ""
    for (i = 2; i < count; ++i) {
        if (cells[i] == "" || heads[i] == "options" || (heads[i] == "default" && cells[i] == "none")) continue
        note = cells[i]
        if (heads[i] == "default" && note != "required") note = "default: " note
        else if (heads[i] != "type" && heads[i] != "default") note = heads[i] " " note
        notes = notes (notes == "" ? "" : "; ") note
    }
    return notes == "" ? "" : " (" notes ")"
}

function definition(row,    cells, count, term, i) {
    count = cells_of(row, cells)
    term = cells[1]
    for (i = 2; i < count; ++i)
        if (heads[i] == "options" && cells[i] != "") term = term " " cells[i]
    term = inline(term) inline(notes_of(cells, count))
    if (form == "markdown") {
        print term
        print ": " inline(cells[count])
    } else {
        wrap(term, 7, "")
        wrap(inline(cells[count]), 14, "")
    }
    print ""
}

# Without this comment, lowdown formats the last definition as if it had several paragraphs.
function end_table() {
    if (in_table && form == "markdown") print "<!-- -->\n"
    in_table = 0
}

function end_block() {
    end_paragraph()
    end_bullets()
    end_table()
}

function heading(words, level) {
    if (level == 1) words = toupper(words)
    if (form == "markdown") print (level == 1 ? "# " : "## ") words
    else print (level == 1 ? "" : "   ") words
    if (form == "markdown") print ""
}

/^```/ {
    end_block()
    in_code = !in_code
    if (form == "markdown") print "```"
    else if (!in_code) print ""
    if (form == "markdown" && !in_code) print ""
    next
}
in_code { print (form == "markdown" ? "" : "           ") $0; next }
/^<!--/ { next }
/^# / { next }
/^## / { end_block(); heading(substr($0, 4), 1); next }
/^### / { end_block(); heading(inline(substr($0, 5)), 2); next }
/^\|/ {
    end_paragraph()
    end_bullets()
    if (!in_table) columns = cells_of($0, heads)
    else if ($0 !~ /^\|[-|: ]*$/) definition($0)
    in_table = 1
    next
}
{ end_table() }
/^$/ { end_paragraph(); end_bullets(); next }
/^- / { end_paragraph(); bullet = 1; paragraph = substr($0, 3); next }
{ if (!bullet && after_bullet) end_bullets(); sub(/^[ ]+/, ""); paragraph = paragraph (paragraph == "" ? "" : " ") $0 }
END { end_block() }
