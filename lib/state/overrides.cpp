#include "state/overrides.hpp"

#include "config/model/instances.hpp"
#include "core/text.hpp"
#include "posix/files/file.hpp"
#include "posix/files/folder.hpp"
#include "state/own_directory.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>

namespace json = boost::json;

namespace talos::state {

namespace {

constexpr std::size_t limit = 4u << 20;
constexpr const char* file_name = "overrides.json";

Failure wrong(std::string_view member, std::string_view expected) {
    return refused(std::string(member) + ": " + std::string(expected) + " was expected");
}

Result<> read_disabled(const json::value& value, Overrides& into) {
    const auto refuse = [] { return wrong("/disabled", "an array of workers' names"); };
    if (!value.is_array()) return refuse();
    for (const auto& name : value.get_array()) {
        if (!name.is_string()) return refuse();
        into.disabled.emplace(name.get_string());
    }
    return {};
}

Result<> read_instances(const json::value& value, Overrides& into) {
    if (!value.is_object()) return wrong("/instances", "an object with a number for each worker");
    for (const auto& [group, count] : value.get_object()) {
        boost::system::error_code error;
        const auto number = count.to_number<std::uint32_t>(error);
        if (error || !count.is_number() || number > config::most_instances)
            return wrong("/instances/" + std::string(group),
                         "a whole number from 0 to " + std::to_string(config::most_instances));
        into.instances.insert_or_assign(std::string(group), number);
    }
    return {};
}

/// The result if the file cannot be read.
Result<Overrides> without(const Failure& failure) {
    switch (failure.errno_value()) {
    case ENOENT: return Overrides{};
    case EPERM: return refused(failure.what);   // an objection, which is a complete message
    default: return failure;
    }
}

}   // namespace

std::string to_json(const Overrides& overrides) {
    json::object document;
    if (!overrides.disabled.empty()) {
        json::array names;
        for (const auto& name : overrides.disabled) names.emplace_back(name);
        document.emplace("disabled", std::move(names));
    }
    if (!overrides.instances.empty()) {
        json::object numbers;
        for (const auto& [group, count] : overrides.instances) numbers.emplace(group, count);
        document.emplace("instances", std::move(numbers));
    }
    for (const auto& [member, value] : overrides.unknown) document.emplace(member, json::parse(value));
    return escaped_json(json::serialize(document)) + "\n";
}

Result<Overrides> parse_overrides(std::string_view text) {
    boost::system::error_code error;
    const auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) return refused("it is not a JSON object");
    Overrides overrides;
    for (const auto& [member, content] : value.get_object()) {
        Result<> read;
        if (member == "disabled") read = read_disabled(content, overrides);
        else if (member == "instances") read = read_instances(content, overrides);
        else overrides.unknown.emplace(member, json::serialize(content));
        if (!read) return read.error();
    }
    return overrides;
}

Result<Overrides> read_overrides(const DataDirectory& files) {
    const auto path = files.override_file();
    const auto directory = OwnDirectory::open(files.path());
    if (!directory) return directory.error();
    const auto text = directory->read(file_name, limit);
    if (!text) return without(text.error());
    auto parsed = parse_overrides(*text);
    if (!parsed)
        return refused(path + ", with the settings of `talosctl disable` and `talosctl scale --save`, is invalid: " +
                       parsed.error().what + "; correct or remove it");
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

}   // namespace talos::state
