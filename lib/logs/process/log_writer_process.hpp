#pragma once

/// The process that writes the logs in the directories of one user, so that talosd does not: a user can make every use of its own files and
/// directories wait, for as long as it likes. A write waits for a file's lock while another write copies from memory that does not answer, a
/// rename for a directory's lock while somebody reads that directory into such memory.
namespace talos::logs {

/// What talosd does when write_logs_argument comes first: takes the rights that the first message names, and serves log_socket until its other end
/// is closed. Returns the exit code.
[[nodiscard]] int run_log_writer();

}   // namespace talos::logs
