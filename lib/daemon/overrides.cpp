#include "daemon/overrides.hpp"

#include "core/text.hpp"
#include "daemon/own_directory.hpp"
#include "posix/file.hpp"
#include "posix/folder.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>

namespace json = boost::json;

namespace talos::daemon {

namespace {

constexpr std::size_t limit = 4u << 20;
constexpr const char* file_name = "overrides.json";

Failure wrong(std::string_view member, std::string_view expected) {
    return refused(std::string(member) + ": " + std::string(expected) + " was expected");
}

}  // namespace

std::string to_json(const Overrides& overrides) {
    json::object document;
    if (!overrides.disabled.empty()) {
        json::array names;
        for (const auto& name : overrides.disabled) names.emplace_back(name);
        document.emplace("disabled", std::move(names));
    }
    return escaped_json(json::serialize(document)) + "\n";
}

Result<Overrides> parse_overrides(std::string_view text) {
    boost::system::error_code error;
    const auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return refused("it is no JSON object");
    const auto& document = value.get_object();
    Overrides overrides;
    if (const auto* names = document.if_contains("disabled")) {
        if (!names->is_array()) return wrong("/disabled", "an array of workers' names");
        for (const auto& name : names->get_array()) {
            if (!name.is_string()) return wrong("/disabled", "an array of workers' names");
            overrides.disabled.emplace(name.get_string());
        }
    }
    return overrides;
}

Result<Overrides> read_overrides(const DataDirectory& files) {
    const auto path = files.override_file();
    const auto directory = OwnDirectory::open(files.path());
    if (!directory) return directory.error();
    const auto text = directory->read(file_name, limit);
    if (!text) return text.error().errno_value() == ENOENT ? Result<Overrides>(Overrides{}) : Result<Overrides>(text.error());
    auto parsed = parse_overrides(*text);
    if (!parsed) return refused(path + ", which keeps the list of disabled workers, is damaged: " + parsed.error().what +
                                "; correct or remove it");
    return parsed;
}

Result<> write_overrides(const DataDirectory& files, const Overrides& overrides) {
    const auto place = files.own(files.override_file());
    if (overrides.empty()) {
        auto folder = posix::Folder::open(place, posix::Folder::Use::write);
        if (!folder) return folder.error();
        if (folder->vacate(file_name) || !folder->stat(file_name)) return {};
        return failure_of(EBUSY, "unlink " + files.override_file());
    }
    auto file = posix::AtomicFile::create(place);
    if (!file) return file.error();
    if (auto written = file->write(to_json(overrides)); !written) return written;
    if (auto synced = file->sync(); !synced) return synced;
    return file->commit();
}

}  // namespace talos::daemon
