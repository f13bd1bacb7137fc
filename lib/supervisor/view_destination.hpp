#pragma once
#include "aio/log_destination.hpp"
#include "config/model.hpp"
#include "supervisor/observer.hpp"
#include <string>

namespace talos::supervisor {

/// talosd's own output as a destination.
class ViewDestination final : public aio::LogDestination {
public:
    ViewDestination(Observer& observer, std::size_t index, config::LogSpec::Inherit how)
        : observer_(observer), index_(index), how_(how) {}

    aio::Flow write(aio::Stream stream, std::string_view bytes) override;
    void end_of_run() override;

private:
    void write_bare(aio::Stream stream, std::string_view bytes);

    Observer& observer_;
    std::size_t index_;
    config::LogSpec::Inherit how_;
    std::string held_[2];   // beginnings of bare lines, by stream
};

}  // namespace talos::supervisor
