#include "aio/log_format.hpp"

#include "core/text.hpp"
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <ctime>

namespace talos::aio {

std::string_view LogClock::now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    if (time.tv_sec != second_) {
        second_ = time.tv_sec;
        tm utc{};
        ::gmtime_r(&time.tv_sec, &utc);
        (void)std::strftime(text_, sizeof text_, "%Y-%m-%dT%H:%M:%S.", &utc);
        text_[29] = 'Z';
    }
    long rest = time.tv_nsec;
    for (int at = 28; at >= 20; --at) {
        text_[at] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    return {text_, 30};
}

void append_line(config::LogSpec::Format format, std::string_view stamp, std::string_view line, LineEnd end, std::string& out) {
    switch (format) {
    case config::LogSpec::Format::raw: out.append(line); break;
    case config::LogSpec::Format::cri:
        out.append(stamp).append(end == LineEnd::full ? " stdout F " : " stdout P ").append(line);
        break;
    case config::LogSpec::Format::json:
        out.append(R"({"time":")").append(stamp).append(R"(","stream":"stdout",)");
        if (end == LineEnd::partial) out.append(R"("partial":true,)");
        out.append(R"("line":)").append(boost::json::serialize(boost::json::value(valid_utf8(line)))).append("}");
        break;
    }
    out.push_back('\n');
}

}  // namespace talos::aio
