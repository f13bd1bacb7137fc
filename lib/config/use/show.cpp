#include "config/use/show.hpp"

#include "config/keys/keys.hpp"
#include "config/load/top_keys.hpp"
#include "config/model/instances.hpp"
#include "config/sections/worker_keys.hpp"

namespace talos::config {
namespace {

/// Instances stand together, as the pattern that they are made of.
void show_workers(ShowWriter& writer, const Config& config, Values values) {
    auto group = config.groups.begin();
    for (std::size_t i = 0;; ++i) {
        for (; group != config.groups.end() && group->place == i; i += (group++)->count) {
            const auto name = pattern_name(group->pattern.name);
            show_worker(Showing{writer, values, name, &*group}, group->pattern);
        }
        if (i >= config.workers.size()) return;
        show_worker(Showing{writer, values, config.workers[i].name, nullptr}, config.workers[i]);
    }
}

}   // namespace

std::string show(const Config& config, Values values) {
    ShowWriter writer;
    writer.open(no_key, '{');
    show_section(Showing{writer, values, {}, nullptr}, top_keys(), config);
    writer.open("workers", '{');
    show_workers(writer, config, values);
    writer.close('}');
    writer.close('}');
    return writer.take();
}

}   // namespace talos::config
