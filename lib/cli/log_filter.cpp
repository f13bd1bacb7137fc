#include "cli/log_filter.hpp"
#include <boost/regex.hpp>
#include <stdexcept>

namespace talos::cli {

// Boost's, since that of libstdc++ recurses once a byte: a long line would overflow its stack.
struct LogFilter::Expression {
    boost::regex regex;
};

Result<LogFilter> LogFilter::make(const LogsOptions& options) {
    LogFilter filter;
    filter.stream_ = options.stream;
    if (options.grep.empty()) return filter;
    boost::regex::flag_type flags = boost::regex::ECMAScript;
    if (options.ignore_case) flags |= boost::regex::icase;
    try {
        filter.expression_ = std::make_shared<const Expression>(Expression{boost::regex(options.grep, flags)});
    } catch (const boost::regex_error& error) {
        return refused("--grep: \"" + options.grep + "\" is no regular expression: " + error.what());
    }
    return filter;
}

bool LogFilter::operator()(const daemon::LogRecord& record) const {
    if (!stream_.empty() && record.stream != stream_) return false;
    if (!expression_) return true;
    try {
        return boost::regex_search(record.text, expression_->regex, boost::match_any);
    } catch (const std::runtime_error&) {
        return true;   // the expression goes back and forth over this line for too long
    }
}

}  // namespace talos::cli
