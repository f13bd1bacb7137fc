#pragma once

namespace talos::posix {

/// Returns memory to the kernel that only start-up needed: free heap pages, and the code and constants of the program. Code and
/// constants stay in the page cache; the first access to such a page costs a minor fault. No written data is lost: writable
/// segments, including relocated data, stay. Does nothing while a debugger or strace is attached, because its breakpoints are
/// changes to the code, and has no effect on locked memory (mlockall).
void give_back_pages();

}   // namespace talos::posix
