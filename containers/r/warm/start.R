# What the warm R has at hand before any program: R loads functions, and its own compiler, when they are first used.
# serve() returns in each program's process, after which R reads the program's main.R (see fork_server.c).
local({
  loadNamespace("compiler")
  for (package in c("base", "stats")) {
    namespace <- asNamespace(package)
    for (name in ls(namespace)) try(force(get(name, namespace)), silent = TRUE)
  }
  twice <- function(numbers) {
    total <- 0
    for (number in numbers) total <- total + 2 * number
    total
  }
  for (number in 1:3) stopifnot(isTRUE(all.equal(twice(c(1, 2, 3)), 12)))
  gc(full = TRUE)
  dyn.load("/opt/codeeval/warm/fork_server.so")
  .C("serve")
  Sys.setenv(R_SESSION_TMPDIR = tempdir(check = TRUE), PWD = getwd())
})
