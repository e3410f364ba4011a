invisible(source("/opt/codeeval/warm/start.R"))
