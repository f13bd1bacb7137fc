#include "config/model/cpu_list.hpp"

namespace talos::config {

std::string format_cpus(const std::vector<unsigned>& cpus) {
    std::string text;
    for (std::size_t i = 0; i < cpus.size();) {
        auto last = i;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
        text.append(text.empty() ? "" : ",").append(std::to_string(cpus[i]));
        if (last > i) text.append("-").append(std::to_string(cpus[last]));
        i = last + 1;
    }
    return text;
}

}   // namespace talos::config
