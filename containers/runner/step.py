"""Runs the steps of one program under their limits and measures them.

A page that a forked child touches for the first time costs microseconds, and it touches hundreds.
So what can be done before the fork, or only when a program lives long enough to need it, is not
done in the child: there the descriptors, the folder and the compiled tests are inherited in place.
"""

import fcntl
import gc
import os
import sys
import time

import cleaning
import hardening
import python_step
import watch

TOKEN_PLACEHOLDER = "@@codeeval-completion-token@@"  # noqa: S105 -- the mark, not the token
BOX = f"{cleaning.WORK}/box"
REPORT_FD = 3
FIRST_OWN_FD = 4
LAST_FD = 1 << 16


class Runner:
    """Runs programs one after another; ``host`` is the descriptor whose hang-up means to stop.

    Descriptors 0 to 3 are the programs' own (input, output, errors, report); the supervisor's lie above.
    """

    def __init__(self, config, loaded: python_step.Preloaded, host: int) -> None:
        self.config = config
        self.loaded = loaded
        self.host = host
        self.null = _above_programs(os.open(os.devnull, os.O_RDWR))
        for descriptor in range(FIRST_OWN_FD):
            os.dup2(self.null, descriptor)
        self.tables = cleaning.system_v_tables()
        cleaning.wipe(self.tables)
        self.oom_kills = watch.OomCounter()
        self.killed = self.oom_kills()

    def run(self, request: dict) -> dict:
        """Run a program's steps until one does not end with exit status 0, and clean up."""
        results: list[dict] = []
        try:
            self._write_files(request)
            os.chdir(BOX)
            for wanted in request["steps"]:
                results.append(self._run_step(wanted, request))
                if results[-1]["status"] != "exited" or results[-1]["exit_code"] != 0:
                    break
            cleaning.wipe(self.tables)
        except cleaning.UncleanError:
            return {"steps": results, "error": "", "retire": True}
        except OSError as problem:
            return {"steps": [], "error": f"{type(problem).__name__}: {problem}", "retire": True}
        return {"steps": results, "error": "", "retire": False}

    def _write_files(self, request: dict) -> None:
        os.mkdir(BOX, 0o700)
        in_memory = set() if self.config.cold else _python_files(request["steps"])
        written = [file for file in request["files"] if file[0] not in in_memory]
        for path, content in written:
            target = f"{BOX}/{path}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
                file.write(content.replace(TOKEN_PLACEHOLDER, request["token"]))
        if (uid := self.config.uid) is None:
            return
        os.chown(BOX, uid, uid)
        for folder, folders, names in os.walk(BOX) if written else ():
            for name in folders + names:
                os.chown(f"{folder}/{name}", uid, uid)

    def _run_step(self, wanted: dict, request: dict) -> dict:
        forked_python = wanted["kind"] == "python" and not self.config.cold
        python = python_step.PythonStep(wanted, request, self.loaded, REPORT_FD) if forked_python else None
        pipes = self._connect(self._stdin(wanted, request))
        watcher = watch.Watch(wanted["limits"], self.host, pipes)
        gc.freeze()  # or the child's collector would touch, and so copy, what was made since the last program
        watcher.started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_program()
                if python:
                    python.execute()
                self._command(wanted)
            except BaseException as error:
                os.write(2, f"cannot start: {type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(127)
        for descriptor in range(FIRST_OWN_FD):
            os.dup2(self.null, descriptor)
        status, usage = watcher.wait(pid)
        watcher.cpu_s += cleaning.kill_all()
        watcher.drain()
        for pipe in pipes:
            os.close(pipe)
        return self._result(wanted, watcher, status, usage, request["token"].encode())

    def _stdin(self, wanted: dict, request: dict) -> str:
        cold_python = wanted["kind"] == "python" and self.config.cold
        return request["token"] + request["stdin"] if cold_python else request["stdin"]

    def _connect(self, stdin: str) -> tuple[int, int, int]:
        """Put a program's streams in their places; returns where to read what it writes to 1, 2 and 3."""
        if stdin:
            file = os.memfd_create("stdin")
            with open(file, "wb", closefd=False) as stream:
                stream.write(stdin.encode("utf-8", "surrogatepass"))
            os.lseek(file, 0, os.SEEK_SET)
            os.dup2(file, 0)
            os.close(file)
        readers = []
        for descriptor in (1, 2, REPORT_FD):
            reader, writer = os.pipe()
            if (uid := self.config.uid) is not None:
                os.fchown(writer, uid, uid)  # so that it can be opened by name, as /dev/stdout
            os.dup2(writer, descriptor)
            os.close(writer)
            readers.append(reader)
        return tuple(readers)

    def _become_program(self) -> None:
        """Leave everything of the supervisor behind."""
        os.setsid()
        os.closerange(FIRST_OWN_FD, LAST_FD)
        if (uid := self.config.uid) is not None:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        hardening.unshield()

    def _command(self, wanted: dict) -> None:
        argv = wanted["argv"]
        if wanted["kind"] == "python":
            preload = ",".join(self.config.preload)
            script = python_step.__file__
            argv = [sys.executable, script, str(REPORT_FD), wanted["entry_point"], preload, *argv]
        os.execvp(argv[0], argv)  # noqa: S606 -- no shell is wanted

    def _result(self, wanted: dict, watcher, status: int, usage, token: bytes) -> dict:
        fired = watcher.fired
        killed = os.waitstatus_to_exitcode(status)
        cpu_s = usage.ru_utime + usage.ru_stime + watcher.cpu_s
        if status or watcher.ended - watcher.started > watch.TICK_S:  # less is too short to use memory up
            kills = self.oom_kills()
            if kills > self.killed and not fired:
                fired = "memory_limit"
            self.killed = kills
        if not fired and (cpu_s > wanted["limits"]["cpu_s"]):
            fired = "cpu_limit"
        report = bytes(watcher.report)
        return {
            "name": wanted["name"],
            "status": fired or ("exited" if killed >= 0 else "signaled"),
            "exit_code": max(killed, 0),
            "signal": max(-killed, 0),
            "stdout": watcher.out.decode("utf-8", "replace"),
            "stderr": watcher.err.decode("utf-8", "replace"),
            "completed": report == token,
            "report": "" if report == token else report.decode("utf-8", "replace"),
            "wall_s": round(watcher.ended - watcher.started, 6),
            "cpu_s": round(cpu_s, 6),
            "peak_rss_bytes": max(usage.ru_maxrss * 1024, watcher.peak_rss_bytes),
        }


def _above_programs(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_OWN_FD)
    os.close(descriptor)
    return moved


def _python_files(steps: list[dict]) -> set[str]:
    return {name for step in steps if step["kind"] == "python" for name in step["argv"]}
