"""Runs the steps of one program under their limits and measures them.

A page that a forked child touches for the first time costs microseconds, and it touches hundreds.
So what can be done before the fork, or only when a program lives long enough to need it, is not
done in the child: there the descriptors, the folder and the compiled tests are inherited in place.
"""

import contextlib
import fcntl
import gc
import os
import sys
import time

import built
import calls_step
import case_results
import cleaning
import hardening
import python_step
import warm_tools
import watch
from job import Ended, Job, Prepared

TOKEN_PLACEHOLDER = "@@codeeval-completion-token@@"  # noqa: S105 -- the mark, not the token
BOX = f"{cleaning.WORK}/program"
REPORT_FD = 3
FIRST_OWN_FD = 4
LAST_FD = 1 << 16
REPORT_BYTES = {"unittest": case_results.REPORT_BYTES}
"""Most that a step of each kind reports, where it is more than the end of its story."""
COLD_SCRIPTS = {"python": "python_step.py", "unittest": "unittest_step.py", "calls": "calls_step.py"}
"""What a step of each kind starts an interpreter with, where it is not forked."""


class Runner:
    """Runs programs one after another; ``host`` is the descriptor whose hang-up means to stop.

    Descriptors 0 to 3 are the programs' own (input, output, errors, report); the supervisor's are above.
    """

    def __init__(self, config, loaded: python_step.Preloaded, host: int) -> None:
        self.config = config
        self.loaded = loaded
        self.kinds = _in_process(config)
        self.host = host
        self.population = cleaning.Population(config.uid)
        usable = {} if config.cold or config.uid is None else config.tools
        self.tools = warm_tools.Tools(usable, self.population)
        self.null = _above_programs(os.open(os.devnull, os.O_RDWR))
        for descriptor in range(FIRST_OWN_FD):
            os.dup2(self.null, descriptor)
        self.tables = cleaning.system_v_tables()
        cleaning.wipe(self.tables)
        self.oom_kills = watch.OomCounter()
        self.killed = self.oom_kills()

    def prepare(self, request: dict) -> Job:
        """Make ready what need not wait for the program's turn."""
        return Job(request, [(wanted, self._python(wanted, request)) for wanted in request["steps"]])

    def run(self, job: Job) -> Job:
        """Run a program and clean up: of each part the steps until one does not end with exit status 0."""
        try:
            for number, part in enumerate(job.parts):
                if number:
                    job.request["token"] = os.urandom(python_step.TOKEN_BYTES // 2).hex()
                self._run_part(part, job)
                self._wipe(job)
                if job.retire or (job.request["cumulative"] and job.failed):
                    break
        except cleaning.UncleanError:
            job.retire = True
        except OSError as problem:
            job.ended.clear()
            job.error = f"{type(problem).__name__}: {problem}"
            job.retire = True
        return job

    def _run_part(self, part: list[Prepared], job: Job) -> None:
        self._write_files(job.request)
        os.chdir(BOX)
        cases = job.request["cases"]
        for wanted, python in part[:-1] if cases else part:
            watcher = self._run_step(wanted, job.request, python)
            job.ended.append((wanted, job.request["token"], watcher))
            if watcher.fired or watcher.status != 0:
                return
        if cases:
            self._run_cases(*part[-1], job, None if len(part) == 1 else built.Built(BOX))

    def _run_cases(
        self, wanted: dict, python: python_step.PythonStep | None, job: Job, made: built.Built | None
    ) -> None:
        """Run the last step once for each case, each in a work directory as the steps before left it.

        Args:
            wanted: the step.
            python: what was made ready for it.
            job: with the cases.
            made: what the steps before have made; None where there are none.
        """
        for number, case in enumerate(job.request["cases"]):
            if number and (made is None or made.whole):
                try:
                    cleaning.wipe(self.tables)
                except cleaning.UncleanError as problem:
                    job.unclean = str(problem)
                    job.retire = True
                    return
                if made is None:
                    self._write_files(job.request)
                else:
                    made.restore()
                    self._hand_over(BOX)
                os.chdir(BOX)
            if number:
                job.request["token"] = os.urandom(python_step.TOKEN_BYTES // 2).hex()
            self._write_case_files(case["files"])
            here = wanted if case["limits"] is None else {**wanted, "limits": case["limits"]}
            watcher = self._run_step(here, {**job.request, "stdin": case["stdin"]}, python)
            job.cases.append((here, job.request["token"], watcher))
            if job.request["stop_at_failure"] and (watcher.fired or watcher.status != 0):
                return

    def _wipe(self, job: Job) -> None:
        try:
            cleaning.wipe(self.tables)
        except cleaning.UncleanError as problem:
            job.unclean = str(problem)
            job.retire = True

    def _python(self, wanted: dict, request: dict) -> python_step.PythonStep | None:
        kind = self.kinds.get(wanted["kind"])
        return kind(wanted, request, self.loaded, REPORT_FD) if kind else None

    def _write_files(self, request: dict) -> None:
        os.mkdir(BOX, 0o700)
        in_memory = {name for step in request["steps"] if step["kind"] in self.kinds for name in step["argv"]}
        written = [file for file in request["files"] if file[0] not in in_memory]
        for path, content in written:
            _write(path, content.replace(TOKEN_PLACEHOLDER, request["token"]))
        self._hand_over(BOX if written else "")

    def _write_case_files(self, files: list) -> None:
        for path, content in files:
            _write(path, content)
        if files:
            self._hand_over(BOX)

    def _hand_over(self, root: str) -> None:
        """Give the work directory to the program's user, with everything in it if ``root`` names it."""
        if (uid := self.config.uid) is None:
            return
        os.chown(BOX, uid, uid)
        for folder, folders, names in os.walk(root) if root else ():
            for name in folders + names:
                os.chown(f"{folder}/{name}", uid, uid, follow_symlinks=False)

    def _run_step(self, wanted: dict, request: dict, python: python_step.PythonStep | None) -> Ended:
        compiler = self.tools.wanted(wanted, warm_tools.SERVED)
        if compiler and (served := self.tools.serve(compiler, wanted, BOX)):
            return served
        server = self.tools.wanted(wanted, warm_tools.FORKED)
        pipes = self._connect(self._stdin(wanted, request))
        watcher = self._watch(wanted, pipes)
        watcher.population = self.population
        watcher.started = time.monotonic()
        if server and (pid := self.tools.fork(server, wanted["argv"], BOX)):
            watcher.forked_by(server.pid, pid)
        else:
            pid = self._fork(wanted, python)
        watcher.wait(pid)
        for descriptor in range(FIRST_OWN_FD):
            os.dup2(self.null, descriptor)
        watcher.cpu_s += self.population.end()
        watcher.drain()
        for pipe in pipes:
            os.close(pipe)
        self._blame(watcher)
        return watcher

    def _fork(self, wanted: dict, python: python_step.PythonStep | None) -> int:
        gc.freeze()  # or the child's collector would touch, and so copy, what was made since the last program
        pid = os.fork()
        if pid:
            return pid
        try:
            self._become_program()
            if python:
                python.execute()
            self._command(wanted)
        except BaseException as error:
            os.write(2, f"cannot start: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(127)

    def _watch(self, wanted: dict, pipes: tuple[int, int, int]) -> watch.Watch:
        if wanted["kind"] == "calls":
            with contextlib.suppress(OSError):  # a smaller pipe is slower, no more
                fcntl.fcntl(pipes[2], fcntl.F_SETPIPE_SZ, 1 << 20)
            return calls_step.CallsWatch(wanted, self.host, pipes)
        return watch.Watch(wanted["limits"], self.host, pipes, REPORT_BYTES.get(wanted["kind"], 8192))

    def _stdin(self, wanted: dict, request: dict) -> str:
        cold = wanted["kind"] in COLD_SCRIPTS and wanted["kind"] not in self.kinds and not wanted["script"]
        return request["token"] + request["stdin"] if cold else request["stdin"]

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
        plain = self.config.cold or wanted["kind"] in (warm_tools.FORKED, warm_tools.SERVED)
        argv = (plain and wanted["cold_argv"]) or wanted["argv"]
        if wanted["script"]:
            argv = [sys.executable, *wanted["argv"], *wanted["arguments"]]
        elif script := COLD_SCRIPTS.get(wanted["kind"]):
            preload = ",".join(self.config.preload)
            script = os.path.join(os.path.dirname(python_step.__file__), script)
            argv = [sys.executable, script, str(REPORT_FD), wanted["entry_point"], preload, *argv]
        os.execvp(argv[0], argv)  # noqa: S606 -- no shell is wanted

    def _blame(self, watcher: watch.Watch) -> None:
        """Find out about limits whose excess nobody saw happen."""
        if watcher.status or watcher.ended - watcher.started > watch.TICK_S:  # less cannot use memory up
            kills = self.oom_kills()
            if kills > self.killed and not watcher.fired:
                watcher.fired = "memory_limit"
            self.killed = kills
        if not watcher.fired and watcher.cpu_s > watcher.limits["cpu_s"]:
            watcher.fired = "cpu_limit"


def _write(path: str, content: str) -> None:
    """Write a text below the work directory."""
    target = f"{BOX}/{path}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(content)


def _above_programs(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_OWN_FD)
    os.close(descriptor)
    return moved


def _in_process(config) -> dict[str, type[python_step.PythonStep]]:
    """Say which kinds of steps are forked from this process, by what executes them."""
    if config.cold:
        return {}
    kinds = {"python": python_step.PythonStep, "calls": calls_step.CallsStep}
    if "unittest" in config.preload:  # it costs every fork, so other images start an interpreter for it
        import unittest_step  # noqa: PLC0415 -- as in the line above

        kinds["unittest"] = unittest_step.UnittestStep
    return kinds
