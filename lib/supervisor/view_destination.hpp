#pragma once
#include "aio/log_destination.hpp"
#include "config/model.hpp"
#include "supervisor/observer.hpp"
#include <string>

namespace talos::supervisor {

/// talosd's own output as a destination.
class ViewDestination final : public aio::LogDestination {
public:
    ViewDestination(Observer& observer, std::size_t index, config::LogSpec::Inherit how, config::Streams streams)
        : observer_(observer), index_(index), how_(how), streams_(streams) {}

    aio::Flow write(aio::Stream stream, std::string_view bytes) override;
    void end_of_run() override;

private:
    void pass(aio::Stream stream, std::string_view bytes);

    Observer& observer_;
    std::size_t index_;
    config::LogSpec::Inherit how_;
    config::Streams streams_;
    std::string held_[2];   // lines' beginnings, by stream
};

}  // namespace talos::supervisor
