#include "core/pattern.hpp"
#include <boost/regex.hpp>
#include <stdexcept>

namespace talos {

// Boost's, since that of libstdc++ recurses once a byte: a long line would overflow its stack.
struct Pattern::Expression {
    boost::regex regex;
};

Result<Pattern> Pattern::make(std::string_view text) {
    constexpr std::size_t longest = 1024;
    if (text.size() > longest) return refused("a regular expression of more than 1024 bytes");
    Pattern pattern;
    try {
        pattern.expression_ = std::make_shared<const Expression>(Expression{boost::regex(text.begin(), text.end(), boost::regex::ECMAScript)});
    } catch (const std::runtime_error& error) {   // boost::regex_error among them
        return refused("not a regular expression: " + std::string(error.what()));
    }
    return pattern;
}

Result<bool> Pattern::found_in(std::string_view text) const {
    try {
        return boost::regex_search(text.begin(), text.end(), expression_->regex, boost::match_any);
    } catch (const std::runtime_error& error) {
        return refused(error.what());
    }
}

}  // namespace talos
