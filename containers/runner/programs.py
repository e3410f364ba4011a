"""Runs the steps of one program after another, under their limits, and measures them.

A page that a forked child touches for the first time costs microseconds, and it touches hundreds.
So what can be done before the fork, or only when a program lives long enough to need it, is not
done in the child: there the descriptors, the folder and the compiled tests are inherited in place.
"""

import contextlib
import fcntl
import gc
import json
import os
import sys

import accounting
import built
import calls_step
import cleaning
import conversation
import guard
import hardening
import holdings
import inputs
import python_step
import sealed_step
import unit_tests
import warm_tools
import watch
from frames import Blob, Channel, Outbox
from job import Ended, Job, Prepared, failed_step, has_failed
from texts import Texts

BOX = f"{cleaning.WORK}/program"
STREAMS = 3
"""That a program writes to."""
FRESH = "fresh"
SHARED = "shared"
KEPT = "kept"
"""What a program wants of its work folder: see ``types/program.py``, ``WorkFolder``."""
REPORT_FD = 3
FIRST_OWN_FD = 4
LAST_FD = 1 << 16
CASE_HOLD_S = 0.01
"""Longest time that the answer on a case waits for others: the host may want the next not to be run."""
REPORT_BYTES = {"unittest": unit_tests.REPORT_BYTES}
"""Most that a step of each kind reports, where it is more than the end of its story."""
COLD_SCRIPTS = {
    "python": "python_step.py",
    "unittest": "unittest_step.py",
    "calls": "calls_step.py",
    "sealed": "sealed_step.py",
}
"""What a step of each kind starts an interpreter with, where it is not forked."""

REHEARSALS = 32
"""After so many, functions are specialised."""
REHEARSED = {
    "program.py": "import math\ndef solve(x):\n    return [x]\n",
    "tests.py": "def check(candidate):\n    assert candidate(1) == [1]\ncheck(solve)\n",
}

Place = tuple[int, int]
"""Of a text in the inbox: where it begins, and its size."""


class Runner:
    """Runs programs one after another; when the host hangs up its channel, it stops.

    Descriptors 0 to 3 are the programs' own (input, output, errors, report); the supervisor's lie above.
    """

    def __init__(self, config, loaded: python_step.Preloaded, channel: Channel) -> None:
        self.config = config
        self.loaded = loaded
        self.kinds = _in_process(config)
        self.channel = channel
        self.population = cleaning.Population(config.uid)
        usable = {} if config.cold or config.uid is None else config.tools
        self.tools = warm_tools.Tools(usable, self.population)
        self.null = _above_programs(os.open(os.devnull, os.O_RDWR))
        self._disconnect()
        self.tables = cleaning.system_v_tables()
        self.roots = cleaning.Roots(owned=config.uid is None)
        self._empty()
        self.holdings = holdings.Holdings(self.tables)
        self.meter = accounting.CpuMeter(self.population.tools, alone=not usable)
        self.oom_kills = watch.OomCounter()
        self.killed = self.oom_kills()

    def rehearse(self) -> None:
        """Execute a program of our own in this process.

        CPython writes to code until it has specialised it, and each child would copy the pages.
        """
        if "python" not in self.kinds:
            return
        name, tests = REHEARSED
        text = REHEARSED[name].encode()
        blob = self.channel.store(text)
        request = {
            "shared": {tests: REHEARSED[tests]},
            "files": [(name, [len(text)])],
            "stdin": 0,
            "cases": [],
        }
        step = {"kind": "python", "files": [name, tests], "entry_point": "solve"}
        for _ in range(REHEARSALS):
            self._python(step, Texts(request, blob)).rehearse()
        blob.close()
        guard.forget()

    def prepare(self, request: dict, blob: Blob) -> Job:
        """Make ready what need not wait for the program's turn."""
        texts = Texts(request, blob)
        return Job(request, texts, [(step, self._python(step, texts)) for step in request["steps"]])

    def run(self, job: Job, outbox: Outbox) -> None:
        """Run a program and clean up: of each part the steps until one does not end with exit status 0.

        Args:
            job: the program.
            outbox: takes the answers on its cases.
        """
        try:
            for number, part in enumerate(job.parts):
                job.part = number
                self._run_part(part, job, outbox)
                if job.request["work_folder"] == FRESH:
                    self._wipe(job)
                if job.retire or (job.request["cumulative"] and job.failed):
                    break
            if job.request["work_folder"] == SHARED:
                self._wipe(job)
            job.retire = job.retire or self.holdings.has_sockets(of_protocols=bool(self.population.tools))
        except cleaning.UncleanError:
            job.retire = True
        except OSError as problem:
            job.ended.clear()
            job.error = f"{type(problem).__name__}: {problem}"
            job.retire = True

    def _run_part(self, part: list[Prepared], job: Job, outbox: Outbox) -> None:
        if not job.part or job.request["work_folder"] == FRESH:
            self._write_files(job)
        if not job.request["cases"]:
            self._run_steps(part, job)
        elif self._run_steps(part[:-1], job):
            self._run_cases(part, job, outbox)

    def _run_steps(self, steps: list[Prepared], job: Job) -> bool:
        """Run steps until one fails; returns whether none did."""
        for step, python in steps:
            ended = self._attempt(step, job, python, job.texts.stdin)
            job.ended.append((step, job.part, ended))
            if has_failed(ended):
                return False
        return True

    def _run_cases(self, part: list[Prepared], job: Job, outbox: Outbox) -> None:
        """Run the last step once for each case, each time in the place that the steps before it have left.

        Where the host wants no more after a failure, it may say so while cases are running.
        """
        step, python = part[-1]
        stops, talks = job.request["stop_at_failure"], job.request["interactive"]
        left = built.Built(BOX)
        outbox.arena.renew()
        answered = False
        for number, (case, (stdin, files)) in enumerate(
            zip(job.request["cases"], job.texts.cases, strict=True)
        ):
            if answered and stops and not talks and self.channel.stops(job.token):
                return
            try:
                if job.retire:
                    raise cleaning.UncleanError("processes of the program do not die")  # noqa: TRY301 -- one way
                if number:
                    self._reset(left)
                for path, places in files.items():
                    self._write(path, places, job)
            except (cleaning.UncleanError, OSError) as problem:
                job.retire = True
                for _ in job.request["cases"][number : number + 1 if stops else None]:
                    outbox.put(job.prevented_case(step, str(problem)))
                return
            limited = step | {"limits": case["limits"] or step["limits"]}
            if talks and not self.channel.begins(job.token):
                return
            ended = self._attempt(limited, job, python, None if talks else stdin)
            outbox.put(job.case_reply(limited, ended))
            if stops and has_failed(ended):
                return
            answered = outbox.flush(0.0 if talks else CASE_HOLD_S) or answered

    def _reset(self, left: built.Built) -> None:
        """Put everything that a program may write to in the state in which its first case found it.

        Raises:
            UncleanError: it cannot be done.
        """
        self._empty(spared=BOX)
        if left.reset():
            return
        self._empty()
        self._make_box()
        left.restore()

    def _wipe(self, job: Job) -> None:
        try:
            self._empty()
        except cleaning.UncleanError as problem:
            job.unclean = str(problem)
            job.retire = True

    def _empty(self, spared: str = "") -> None:
        self.roots.restore()
        cleaning.wipe(self.tables, spared)

    def _python(self, step: dict, texts: Texts) -> python_step.PythonStep | None:
        kind = self.kinds.get(step["kind"])
        return kind(step, texts, self.loaded, REPORT_FD) if kind else None

    def _write_files(self, job: Job) -> None:
        """Make the work folder, unless the program before has left it for this one, and write the files."""
        if job.request["work_folder"] == KEPT and os.path.isdir(BOX):
            os.chdir(BOX)
        else:
            self._make_box()
        in_memory = {
            name
            for step in job.request["steps"]
            if step["kind"] in self.kinds
            for name in python_step.files_of(step)
        }
        for path, content in (job.texts.shared | job.texts.private).items():
            if path not in in_memory:
                self._write(path, content, job)

    def _make_box(self) -> None:
        """Make the work folder, which must not be there, and enter it."""
        os.mkdir(BOX, 0o700)
        if (uid := self.config.uid) is not None:
            os.chown(BOX, uid, uid)
        os.chdir(BOX)

    def _write(self, path: str, content: str | list[tuple[int, int]], job: Job) -> None:
        """Write a file into the work folder, with the folders that it is in; all are the program's.

        Args:
            path: below the work folder.
            content: a text, or its places in the inbox.
            job: whose file it is.

        Raises:
            OSError: a folder, or no folder, is in its place.
        """
        target = f"{BOX}/{path}"
        made = []
        folder = os.path.dirname(target)
        while not os.path.isdir(folder) or os.path.islink(folder):
            made.append(folder)
            folder = os.path.dirname(folder)
        for each in reversed(made):
            os.mkdir(each)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(target)
        with open(target, "xb", buffering=0) as file:
            if isinstance(content, str):
                file.write(content.encode("utf-8", "surrogatepass"))
            else:
                job.texts.write(file.fileno(), content, job.token)
        if (uid := self.config.uid) is not None:
            for each in (*made, target):
                os.chown(each, uid, uid)

    def _attempt(
        self, step: dict, job: Job, python: python_step.PythonStep | None, stdin: Place | None
    ) -> Ended:
        """Run a step; one that cannot be ended or fed has failed, and the sandbox is not used again."""
        try:
            return self._run_step(step, job, python, stdin)
        except (cleaning.UncleanError, inputs.NoRoomError) as problem:
            job.retire = True
            return failed_step(step, str(problem))

    def _run_step(
        self, step: dict, job: Job, python: python_step.PythonStep | None, stdin: Place | None
    ) -> Ended:
        compiler = self.tools.ready(step, warm_tools.SERVED)
        if compiler and (served := self.tools.serve(compiler, step, BOX)):
            return served
        server = self.tools.ready(step, warm_tools.FORKED)
        cold = step["kind"] in COLD_SCRIPTS and step["kind"] not in self.kinds
        pipes = self._connect(job.texts, stdin, job.token if cold else "")
        watcher = self._watch(step, pipes)
        watcher.begin(self.population, self.meter, self.holdings)
        if server and (pid := self.tools.fork(server, step["argv"], BOX)):
            watcher.forked_by(server.pid, pid)
        else:
            pid = self._fork(step, job, python) if python else self._spawn(step, job)
        if stdin is None:  # or the program's closing its output would not be seen
            self._disconnect()
        watcher.wait(pid)
        self._disconnect()
        watcher.close_account(self.population.end())
        watcher.drain()
        watcher.keep()
        for pipe in pipes:
            os.close(pipe)
        self._blame(watcher)
        return watcher

    def _spawn(self, step: dict, job: Job) -> int:
        """Start a command as the program's user, without a copy of this process in between.

        To copy the tables of its pages takes longer than many a program. Its own descriptors are closed on
        exec, where the saved user goes, too.
        """
        argv = self._command(step)
        try:
            with self.population.acting_as_program():
                return os.posix_spawnp(argv[0], argv, os.environ, setsid=True)
        except OSError:  # in the child, where its streams are, it fails again
            return self._fork(step, job, None)

    def _fork(self, step: dict, job: Job, python: python_step.PythonStep | None) -> int:
        gc.freeze()  # or the child's collector would touch, and so copy, what was made since the last program
        pid = os.fork()
        if pid:
            return pid
        try:
            if python:
                python.begin(job.request.pop("tokens")[job.part], self._become_program)
                python.execute()
            self._become_program()
            argv = self._command(step)
            os.execvp(argv[0], argv)  # noqa: S606 -- no shell is wanted
        except BaseException as error:
            os.write(2, f"cannot start: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(127)

    def _watch(self, step: dict, pipes: tuple[int, ...]) -> watch.Watch:
        host, arena = self.channel.reader, self.channel.arena
        if len(pipes) > STREAMS:
            return conversation.ConversationWatch(step["limits"], self.channel, pipes, self.null)
        if step["kind"] == "calls":
            with contextlib.suppress(OSError):  # a smaller pipe is slower, no more
                fcntl.fcntl(pipes[2], fcntl.F_SETPIPE_SZ, 1 << 20)
            return calls_step.CallsWatch(step, host, pipes, arena)
        return watch.Watch(step["limits"], host, pipes, arena, REPORT_BYTES.get(step["kind"], 8192))

    def _connect(self, texts: Texts, stdin: Place | None, before: str) -> tuple[int, ...]:
        """Put a program's streams in their places; returns where to read what it writes to 1, 2 and 3.

        Where another program provides its input, where to write that comes last.

        Args:
            texts: of the program.
            stdin: the place of its input; None where another program provides it.
            before: what its input begins with.

        Raises:
            NoRoomError: there is no place for its input.
        """
        writers = []
        if stdin is None:
            writers.append(self._pipe_into(0))
            os.write(writers[0], before.encode())
        elif before or stdin[1]:

            def fill(file: int) -> None:
                os.write(file, before.encode())
                texts.blob.copy(*stdin, file)

            file = inputs.nameless(fill)
            os.dup2(file, 0)
            os.close(file)
        readers = []
        for descriptor in (1, 2, REPORT_FD):
            reader, writer = os.pipe()
            if (uid := self.config.uid) is not None:
                os.fchown(writer, uid, uid)  # so that it can be opened by name, as /dev/stdout
            os.dup2(writer, descriptor)
            os.close(writer)
            os.set_blocking(reader, False)
            readers.append(reader)
        return (*readers, *writers)

    def _disconnect(self) -> None:
        """Keep nothing of a program's streams where the next program's will be."""
        for descriptor in range(FIRST_OWN_FD):
            os.dup2(self.null, descriptor)

    def _pipe_into(self, descriptor: int) -> int:
        """Make a descriptor of the program's the readable end of a pipe; returns the other end."""
        reader, writer = os.pipe()
        if (uid := self.config.uid) is not None:
            os.fchown(reader, uid, uid)  # so that it can be opened by name, as /dev/stdin
        os.dup2(reader, descriptor)
        os.close(reader)
        os.set_blocking(writer, False)
        return writer

    def _become_program(self, first: int = FIRST_OWN_FD, *, traceable: bool = True) -> None:
        """Leave everything of the supervisor behind.

        Args:
            first: of the descriptors that are the supervisor's.
            traceable: whether other processes of the same user may see into this one.
        """
        os.setsid()
        os.closerange(first, LAST_FD)
        if (uid := self.config.uid) is not None:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        if traceable:
            hardening.unshield()

    def _command(self, step: dict) -> list[str]:
        if script := COLD_SCRIPTS.get(step["kind"]):
            preload = ",".join(self.config.preload)
            script = os.path.join(os.path.dirname(python_step.__file__), script)
            told = {key: step[key] for key in step.keys() - {"limits", "call_cpu_s"}}
            return [sys.executable, script, str(REPORT_FD), json.dumps(told), preload]
        plain = self.config.cold or step["mode"] != "plain"
        return (plain and step["cold_argv"]) or step["argv"]

    def _blame(self, watcher: watch.Watch) -> None:
        """Find out about limits whose excess nobody saw happen."""
        if watcher.status or watcher.ended - watcher.started > watch.TICK_S:  # less cannot use memory up
            kills = self.oom_kills()
            if kills > self.killed and not watcher.fired:
                watcher.fired = "memory_limit"
            self.killed = kills
        if not watcher.fired and watcher.cpu_s > watcher.limits["cpu_s"]:
            watcher.fired = "cpu_limit"


def _above_programs(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN_FD)
    os.close(descriptor)
    return moved


def _in_process(config) -> dict[str, type[python_step.PythonStep]]:
    """Say which kinds of steps are forked from this process, by what executes them."""
    if config.cold:
        return {}
    kinds = {
        "python": python_step.PythonStep,
        "calls": calls_step.CallsStep,
        "sealed": sealed_step.SealedStep,
    }
    if "unittest" in config.preload:  # it costs every fork, so other images start an interpreter for it
        import unittest_step  # noqa: PLC0415 -- as the line above says

        kinds["unittest"] = unittest_step.UnittestStep
    return kinds
