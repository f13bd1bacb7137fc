#pragma once
#include "config/model/model.hpp"
#include "logs/write/log_destination.hpp"
#include "turn/observer.hpp"
#include <string>

namespace talos::engine {

/// talosd's own output as a destination.
class ViewDestination final : public logs::LogDestination {
public:
    ViewDestination(turn::Observer& observer, std::size_t index, config::LogSpec::Inherit how)
        : observer_(observer), index_(index), how_(how) {}

    logs::Flow write(logs::Stream stream, std::string_view bytes) override;
    void end_of_run() override;

private:
    void write_bare(logs::Stream stream, std::string_view bytes);

    turn::Observer& observer_;
    std::size_t index_;
    config::LogSpec::Inherit how_;
    std::string held_[2];   // beginnings of bare lines, by stream
};

}   // namespace talos::engine
