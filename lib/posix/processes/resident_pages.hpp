#pragma once

namespace talos::posix {

/// Gives back to the kernel the memory that only the start of this program has needed: free pages of the heap, and its own code and
/// constants. The latter stay in the page cache, from which each page comes back (a minor fault) once it is used again. Nothing that was
/// written is lost: writable segments, with what relocation has changed in them, are left alone. Does nothing while a debugger or
/// strace is attached, whose breakpoints are changes of code; and nothing to memory that is locked (mlockall).
void give_back_pages();

}   // namespace talos::posix
