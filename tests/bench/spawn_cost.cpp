// How long talosd is blocked by one spawn, with few and with many other descriptors open and watched by the io_context:
// prints `{"none": us, "many": us, "descriptors": n, "ratio": r}`, medians, the two taken in turns. With the directory of a cgroup v2 as
// its argument, `"cgroup": us` and `"cgroup_ratio"` as well: the same spawn with the child created in that cgroup.
#include "aio/launcher.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <sys/eventfd.h>
#include <vector>

namespace {

using namespace talos;
using Clock = std::chrono::steady_clock;

double one_spawn(aio::Launcher& launcher, const aio::Executor& executor, const posix::SpawnRequest& request) {
    boost::system::error_code error;
    const auto begin = Clock::now();
    auto process = launcher(executor, error, request);
    (void)process.detach();
    const auto took = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
    if (error) return 0;
    const auto child = launcher.take();
    const posix::UniqueFd* one = &child.pidfd;
    (void)posix::wait_ended({&one, 1}, Clock::now() + std::chrono::seconds{10});
    (void)posix::reap(child.pidfd);
    return took;
}

double median(std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    return samples[samples.size() / 2];
}

}   // namespace

int main(int argc, char** argv) {
    constexpr std::size_t wanted = 16'000;
    constexpr int rounds = 10;
    constexpr int per_round = 40;
    auto spawner = posix::Spawner::create();
    if (!spawner) return 1;
    (void)posix::raise_descriptor_limit();
    aio::asio::io_context io{1};
    aio::Launcher launcher(*spawner);
    posix::SpawnRequest request;
    request.argv = {"/bin/true"};
    posix::SpawnRequest grouped = request;
    const posix::UniqueFd cgroup(argc > 1 ? ::open(argv[1], O_DIRECTORY | O_RDONLY | O_CLOEXEC) : -1);
    grouped.cgroup_fd = cgroup.get();
    std::vector<double> in_cgroup;
    std::vector<double> none;
    std::vector<double> many;
    std::size_t opened = 0;
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < per_round; ++i) {
            none.push_back(one_spawn(launcher, io.get_executor(), request));
            if (cgroup) in_cgroup.push_back(one_spawn(launcher, io.get_executor(), grouped));
        }
        std::vector<std::unique_ptr<aio::Descriptor>> others;
        while (others.size() < wanted) {
            const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
            if (fd < 0) break;
            others.push_back(std::make_unique<aio::Descriptor>(io.get_executor(), fd));
        }
        opened = others.size();
        for (int i = 0; i < per_round; ++i) many.push_back(one_spawn(launcher, io.get_executor(), request));
    }
    std::printf("{\"none\": %.1f, \"many\": %.1f, \"descriptors\": %zu, \"ratio\": %.3f", median(none), median(many), opened,
                median(many) / median(none));
    if (cgroup) std::printf(", \"cgroup\": %.1f, \"cgroup_ratio\": %.3f", median(in_cgroup), median(in_cgroup) / median(none));
    std::printf("}\n");
    return 0;
}
