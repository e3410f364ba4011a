"""The fastest a Python program can be run in a process of its own: fork, exec, wait. Nothing is isolated.

Usage: ``bare_server.py MODULE...`` imports the modules, reads a JSON list of programs from the first line of
standard input, and for each further line runs all of them and answers with how many did not pass.
"""

import gc
import json
import os
import sys

for module in sys.argv[1:]:
    __import__(module)
programs = json.loads(sys.stdin.readline())
null = os.open(os.devnull, os.O_RDWR)
gc.collect()
gc.freeze()
for _ in sys.stdin:
    failed = 0
    for program in programs:
        pid = os.fork()
        if pid == 0:
            os.dup2(null, 1)
            try:
                exec(program, {})
            except BaseException:  # noqa: BLE001 -- a program may raise anything
                os._exit(1)
            os._exit(0)
        failed += os.waitpid(pid, 0)[1] != 0
    print(failed, flush=True)  # noqa: T201 -- the answer
