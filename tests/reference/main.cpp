#include "reference/schema.hpp"
#include "reference/tables.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

// Prints and checks what is made of the tables of the config's keys.
namespace {

using namespace talos;
using reference::Section;

constexpr std::string_view usage = R"(usage: talos_reference COMMAND
  sentences                  check that each key has exactly one sentence
  table SECTION              print the Markdown table of a section
  schema FRAME               print the JSON schema
  write-schema FRAME FILE    write it to the file
  check-schema FRAME FILE    exit 1 when the file is not that schema
  write-tables PAGE          rewrite the tables between the markers of a page
  check-tables PAGE          exit 1 when they are not up to date
)";

int fail(const std::string& message) {
    std::cerr << "talos_reference: " << message << '\n';
    return 1;
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

int write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    return file ? 0 : fail("cannot write " + path);
}

enum class Mode { write, check };

/// Writes the text, or compares it with what is in the file.
int deliver(Mode mode, const std::string& path, const std::string& text) {
    if (mode == Mode::write) return write_file(path, text);
    if (read_file(path) == text) return 0;
    return fail(path + " is not what the tables of the keys say; `ninja reference` in the build directory writes it anew");
}

int print_table(const std::vector<Section>& sections, const std::string& name) {
    const auto* section = reference::find_section(sections, name);
    if (section == nullptr) return fail("there is no section " + name);
    std::cout << reference::table_of(*section);
    return 0;
}

std::optional<std::string> make_schema(const std::vector<Section>& sections, const std::string& frame_path) {
    const auto frame = read_file(frame_path);
    const auto schema = frame ? reference::schema_of(*frame, sections) : Result<std::string>(refused("cannot be read"));
    if (schema) return *schema;
    fail(frame_path + ": " + schema.error().message());
    return std::nullopt;
}

int schema_file(const std::vector<Section>& sections, Mode mode, const std::string& frame_path, const std::string& path) {
    const auto schema = make_schema(sections, frame_path);
    return schema ? deliver(mode, path, *schema) : 1;
}

int page_file(const std::vector<Section>& sections, Mode mode, const std::string& path) {
    const auto page = read_file(path);
    if (!page) return fail("cannot read " + path);
    const auto filled = reference::with_tables(*page, sections);
    return filled ? deliver(mode, path, *filled) : fail(path + ": " + filled.error().message());
}

int run(const std::vector<std::string>& words) {
    std::vector<std::string> faults;
    const auto sections = reference::all_sections(faults);
    for (const auto& fault : faults) fail(fault);
    if (!faults.empty()) return 1;
    const auto is = [&](std::string_view command, std::size_t operands) {
        return words.size() == operands + 1 && words.front() == command;
    };
    if (is("sentences", 0)) return 0;
    if (is("table", 1)) return print_table(sections, words[1]);
    if (is("write-schema", 2)) return schema_file(sections, Mode::write, words[1], words[2]);
    if (is("check-schema", 2)) return schema_file(sections, Mode::check, words[1], words[2]);
    if (is("write-tables", 1)) return page_file(sections, Mode::write, words[1]);
    if (is("check-tables", 1)) return page_file(sections, Mode::check, words[1]);
    if (is("schema", 1)) {
        const auto schema = make_schema(sections, words[1]);
        if (schema) std::cout << *schema;
        return schema ? 0 : 1;
    }
    std::cerr << usage;
    return 2;
}

}   // namespace

int main(int argc, char** argv) { return run({argv + 1, argv + argc}); }
