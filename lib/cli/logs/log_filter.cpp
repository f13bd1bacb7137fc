#include "cli/logs/log_filter.hpp"

namespace talos::cli {

Result<LogFilter> LogFilter::make(const LogsOptions& options) {
    LogFilter filter;
    filter.stream_ = options.stream;
    if (options.grep.empty()) return filter;
    auto pattern = Pattern::make(options.grep, options.ignore_case ? Pattern::Case::ignored : Pattern::Case::exact);
    if (!pattern) return refused("--grep \"" + options.grep + "\": " + pattern.error().message());
    filter.pattern_ = std::move(*pattern);
    return filter;
}

bool LogFilter::operator()(const logs::LogRecord& record) const {
    if (!stream_.empty() && record.stream != stream_) return false;
    return !pattern_ || pattern_->found_in(record.text);
}

}   // namespace talos::cli
