#include "daemon/ready_pipe.hpp"

#include "core/text.hpp"
#include "posix/files/file.hpp"
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace talos::daemon {

void ReadyPipe::progress(std::string_view text) {
    if (fd_) line(boost::json::serialize(boost::json::object{{"progress", valid_utf8(text)}}), false);
}

void ReadyPipe::ready(pid_t pid) {
    if (fd_) line(boost::json::serialize(boost::json::object{{"ready", true}, {"pid", pid}}), true);
}

void ReadyPipe::error(std::string_view text) {
    if (fd_) line(boost::json::serialize(boost::json::object{{"error", valid_utf8(text)}}), true);
}

void ReadyPipe::already(std::string_view text, pid_t pid) {
    if (!fd_) return;
    boost::json::object object{{"error", valid_utf8(text)}, {"already", true}};
    if (pid > 0) object["pid"] = pid;
    line(boost::json::serialize(object), true);
}

void ReadyPipe::line(std::string_view json, bool last) {
    (void)posix::write_all(fd_.get(), std::string(json) + '\n', "ready pipe");   // the parent may have ended already
    if (last) fd_.reset();
}

}   // namespace talos::daemon
