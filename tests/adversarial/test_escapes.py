"""Programs that reach for what is not theirs: the host, the runner, other programs, the network."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

import pytest
from support.sandboxing import Box, commands, program

from codeeval.types import Outcome

PASSED = {Outcome.PASSED}

# Each tries something and fails with an assertion if it succeeds.
ATTEMPTS = {
    "write-outside": """
import os
for place in ('/', '/usr', '/usr/bin', '/etc', '/opt', '/opt/codeeval', '/opt/codeeval/runner', '/root', '/home',
              '/var', '/var/tmp', '/run', '/proc', '/proc/sys/kernel', '/sys', '/sys/fs/cgroup', '/dev', '/dev/pts',
              '/lib', '/bin', '/boot', '/mnt', '/srv', '/sandbox/program/../..'):
    for name in ('codeeval-escape', 'hostname'):
        try: os.close(os.open(f'{place}/{name}', os.O_WRONLY | os.O_CREAT))
        except OSError: continue
        raise AssertionError(f'wrote {place}/{name}')
    for action in (os.mkdir, lambda path: os.symlink('/', path), os.mkfifo):
        try: action(f'{place}/codeeval-escape')
        except OSError: continue
        raise AssertionError(f'made something in {place}')
""",
    "change-what-exists": """
import os, glob
targets = ['/etc/passwd', '/etc/shadow', '/usr/bin/env', '/usr/bin/python3', os.__file__, '/sandbox/program/../..', '/proc/sys/kernel/hostname',
           '/proc/sys/vm/overcommit_memory', '/proc/sysrq-trigger', '/proc/1/oom_score_adj', '/proc/1/mem']
targets += glob.glob('/opt/codeeval/runner/*')
assert any('supervisor.py' in target for target in targets), targets
for target in targets:
    for action in (lambda path: os.close(os.open(path, os.O_WRONLY)), os.unlink, os.rmdir,
                   lambda path: os.rename(path, path + '.codeeval-escape'), lambda path: os.chmod(path, 0o777),
                   lambda path: os.utime(path, (0, 0)), lambda path: os.link(path, '/tmp/codeeval-escape')):
        try: action(target)
        except OSError: continue
        raise AssertionError(f'changed {target}')
""",
    "memory-of-the-runner": """
import os
for name in ('mem', 'environ', 'maps', 'smaps', 'stack', 'auxv', 'io', 'pagemap', 'syscall', 'timerslack_ns'):
    try: data = open(f'/proc/1/{name}', 'rb').read(64)
    except OSError: continue
    assert not data, name
""",
    "descriptors-of-the-runner": """
import os
for call in (lambda: os.listdir('/proc/1/fd'), lambda: os.readlink('/proc/1/cwd'), lambda: os.readlink('/proc/1/exe'),
             lambda: os.listdir('/proc/1/map_files'), lambda: os.listdir('/proc/1/fdinfo'), lambda: os.listdir('/proc/1/root/')):
    try: call()
    except OSError: continue
    raise AssertionError('readable')
for number in range(64):
    try: os.open(f'/proc/1/fd/{number}', os.O_RDWR)
    except OSError: continue
    raise AssertionError(number)
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
pidfd = os.pidfd_open(1)
for number in range(64):
    assert libc.syscall(438, pidfd, number, 0) == -1, 'pidfd_getfd'
""",
    "ptrace": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for request in (16, 0x4206):
    assert libc.ptrace(request, 1, 0, 0) == -1
buffer = ctypes.create_string_buffer(64)
class Iovec(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]
mine = Iovec(ctypes.addressof(buffer), 64)
theirs = Iovec(id(object), 64)
assert libc.process_vm_readv(1, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) == -1
assert libc.process_vm_writev(1, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) == -1
""",
    "limits-of-the-runner": """
import os, resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE):
    try: resource.prlimit(1, kind, (1, 1))
    except OSError: continue
    raise AssertionError(f'changed limit {kind}')
for call in (lambda: os.sched_setaffinity(1, {0}), lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
             lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))):
    try: call()
    except OSError: continue
    raise AssertionError('changed scheduling')
""",
    "raise-own-limits": """
import resource
for kind in (resource.RLIMIT_CORE, resource.RLIMIT_MSGQUEUE, resource.RLIMIT_NPROC, resource.RLIMIT_AS):
    soft, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY: continue
    try: resource.setrlimit(kind, (hard + 1, hard + 1))
    except (OSError, ValueError): continue
    raise AssertionError(kind)
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
""",
    "become-another-user": """
import os
for call in (os.setuid, os.setgid, os.seteuid, os.setegid):
    if 0 in (os.getuid(), os.getgid()): raise AssertionError('root')
    try: call(0)
    except OSError: continue
    raise AssertionError(call)
for call in (lambda: os.setgroups([0]), lambda: os.chroot('/'), lambda: os.chown('/sandbox/program', 0, 0),
             lambda: os.sethostname('x') if hasattr(os, 'sethostname') else os.chroot('/')):
    try: call()
    except OSError: continue
    raise AssertionError('allowed')
with open('/proc/self/status') as status:
    fields = dict(line.rstrip().split(':', 1) for line in status)
assert fields['NoNewPrivs'].strip() == '1'
for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'):
    assert int(fields[kind], 16) == 0, (kind, fields[kind])
""",
    "mount": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.mount(b'tmpfs', b'/sandbox', b'tmpfs', 0, None) == -1
assert libc.mount(b'/', b'/tmp', None, 4096, None) == -1
assert libc.mount(None, b'/', None, 32 | 4096, None) == -1
assert libc.umount2(b'/sandbox', 2) == -1
assert libc.pivot_root(b'/', b'/sandbox') == -1 if hasattr(libc, 'pivot_root') else True
assert libc.unshare(0x00020000) == -1 and libc.unshare(0x20000000) == -1 and libc.unshare(0x40000000) == -1
""",
    "new-user-namespace": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.unshare(0x10000000) == -1, 'a user namespace of its own'
""",
    "kernel-settings": """
import os
tried = 0
for folder, _, names in os.walk('/proc/sys'):
    for name in names:
        tried += 1
        try: os.close(os.open(f'{folder}/{name}', os.O_WRONLY))
        except OSError: continue
        raise AssertionError(f'{folder}/{name} can be written to')
assert tried > 100, tried
""",
    "memory-that-nobody-counts": """
import ctypes, errno, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == 'x86_64'
calls = {'memfd_create': (319 if x86 else 279, b'x', 0), 'memfd_secret': (447, 0), 'userfaultfd': (323 if x86 else 282, 1),
         'io_uring_setup': (425, 8, ctypes.create_string_buffer(256)), 'vmsplice': (278 if x86 else 75, 1, 0, 0, 0),
         'add_key': (248 if x86 else 217, b'user', b'x', b'y', 1, -3), 'request_key': (249 if x86 else 218, b'user', b'x', 0, -3),
         'keyctl': (250 if x86 else 219, 0, -3, 1)}
for name, (number, *arguments) in calls.items():
    assert libc.syscall(number, *arguments) == -1, name
    assert ctypes.get_errno() in (errno.ENOSYS, errno.EPERM), (name, ctypes.get_errno())
""",
    "families-of-sockets": """
import errno, socket
for family in (socket.AF_VSOCK, socket.AF_ALG, socket.AF_PACKET, socket.AF_CAN, 21, 44):
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try: socket.socket(family, kind)
        except OSError as error: assert error.errno in (errno.EAFNOSUPPORT, errno.EPERM), (family, error)
        else: raise AssertionError(family)
for family in (socket.AF_UNIX, socket.AF_INET): socket.socket(family, socket.SOCK_STREAM).close()
for one in socket.socketpair(): one.close()
""",
    "devices": """
import os, stat
for kind in (stat.S_IFCHR, stat.S_IFBLK):
    try: os.mknod('/tmp/codeeval-escape', kind | 0o666, os.makedev(1, 1))
    except OSError: continue
    raise AssertionError('made a device')
for name in ('/dev/mem', '/dev/kmem', '/dev/sda', '/dev/vda', '/dev/kmsg', '/dev/fuse', '/dev/kvm', '/dev/net/tun', '/proc/kcore', '/proc/kmsg'):
    try: data = os.read(os.open(name, os.O_RDONLY), 1)
    except OSError: continue
    assert not data, name
""",
    "network": """
import errno, socket
def refused(call):
    try: call()
    except OSError: return True
    return False
for address in ('127.0.0.1', '172.17.0.1', '10.0.0.1', '1.1.1.1', '169.254.169.254'):
    for port in (22, 53, 80, 443, 2375):
        with socket.socket() as s:
            s.settimeout(0.2)
            assert refused(lambda: s.connect((address, port))), (address, port)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    assert refused(lambda: s.sendto(b'x', ('1.1.1.1', 53)))
with socket.socket(socket.AF_INET6) as s:
    assert refused(lambda: s.connect(('2606:4700:4700::1111', 53)))
assert refused(lambda: socket.getaddrinfo('example.com', 80))
for kind in (socket.SOCK_RAW,):
    assert refused(lambda: socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP))
assert refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
for path in ('/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '\\0containerd', '/tmp/.X11-unix/X0', '/run/dbus/system_bus_socket'):
    with socket.socket(socket.AF_UNIX) as s:
        assert refused(lambda: s.connect(path)), path
interfaces = {line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:]}
assert interfaces <= {'lo', 'tunl0', 'sit0', 'ip6tnl0', 'gre0', 'gretap0', 'erspan0', 'ip_vti0', 'ip6_vti0', 'ip6gre0'}, interfaces
""",
    "see-the-host": """
import os, socket
assert socket.gethostname() == 'sandbox'
assert sorted(int(name) for name in os.listdir('/proc') if name.isdigit()) == [1, os.getpid()]
assert set(os.environ) <= {'PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS',
    'PYTHONHASHSEED', 'PERL_HASH_SEED', 'PERL_PERTURB_KEYS', 'LC_COLLATE', 'PYTHONDONTWRITEBYTECODE', 'MPLBACKEND', 'LC_CTYPE', 'PWD'}, dict(os.environ)
assert os.environ['HOME'] == '/sandbox/program'
for place in ('/home', '/root', '/mnt', '/media'):
    try: assert not [n for n in os.listdir(place) if not n.startswith('.')], place
    except OSError: pass
""",
    "core-dump": """
import os, signal
if (pid := os.fork()) == 0:
    os.kill(os.getpid(), signal.SIGSEGV)
_, status = os.waitpid(pid, 0)
assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status)
assert not os.listdir('.')
""",
    "message-queue": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
mq_open = getattr(libc, 'mq_open', None) or ctypes.CDLL('librt.so.1').mq_open
assert mq_open(b'/codeeval-escape', 0o102, 0o666, None) == -1
""",
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_attempt(box: Box, name: str) -> None:
    verdict = box.judge(program(ATTEMPTS[name]))
    assert verdict.outcome is Outcome.PASSED, (verdict.detail, verdict.stderr)


ASSAULTS = {
    "kill-the-runner": (
        """
import os, signal
for number in range(1, 65):
    try: os.kill(1, number)
    except OSError: pass
""",
        PASSED,
    ),
    "kill-everything": (
        "import os\nfor number in (15, 19, 9):\n    try: os.kill(-1, number)\n    except OSError: pass",
        PASSED,
    ),
    "kill-own-group": ("import os\nos.kill(0, 9)", {Outcome.RUNTIME_ERROR}),
    "terminate-own-group": ("import os\nos.killpg(0, 15)", {Outcome.RUNTIME_ERROR}),
    "kill-while-spinning": (
        "import os\nwhile True:\n    for n in range(1, 65):\n        try: os.kill(1, n)\n        except OSError: pass",
        {Outcome.TIMEOUT},
    ),
    "pidfd-signals": (
        """
import os, signal
pidfd = os.pidfd_open(1)
for number in (9, 15, 19, 2, 11):
    try: signal.pidfd_send_signal(pidfd, number)
    except OSError: pass
""",
        PASSED,
    ),
    "close-all-descriptors": (
        "import os\nos.closerange(0, 65536)",
        {Outcome.INCOMPLETE, Outcome.RUNTIME_ERROR},
    ),
    "close-output": ("import os, sys\nos.close(1)\nos.close(2)\nprint('x')", PASSED),
    "close-streams": ("import sys\nsys.stdout.close(); sys.stderr.close(); sys.stdin.close()", PASSED),
    "garbage-on-every-descriptor": (
        "import os\nfor n in range(1024):\n    try: os.write(n, b'\\x00\\x00\\x00\\x02{}' * 99)\n    except OSError: pass",
        {Outcome.INCOMPLETE, Outcome.RUNTIME_ERROR},
    ),
    "read-every-descriptor": (
        "import os\nfor n in range(1024):\n    try:\n        os.set_blocking(n, False)\n        os.read(n, 99)\n    except OSError: pass",
        PASSED,
    ),
    "nonblocking-pipes": (
        (
            "import fcntl, os\nfor n in (1, 2, 3):\n    os.set_blocking(n, False)\n    fcntl.fcntl(n, 1031, 1 << 20)\n"
            "try: os.write(1, b'x' * (1 << 21))\nexcept OSError: pass"
        ),
        PASSED | {Outcome.OUTPUT_LIMIT},
    ),
    "forged-frames": (
        """
import json, os, struct
body = json.dumps({'steps': [{'name': 'run', 'status': 'exited', 'completed': True}], 'error': '', 'retire': False}).encode()
for n in (0, 1, 2, 3):
    try: os.write(n, struct.pack('>I', len(body)) + body)
    except OSError: pass
os._exit(0)
""",
        {Outcome.INCOMPLETE, Outcome.RUNTIME_ERROR},
    ),
    "many-stopped-children": (
        "import os, signal, time\nfor _ in range(40):\n    if os.fork() == 0:\n        os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(60)",
        {Outcome.TIMEOUT},
    ),
    "vfork-execs": (
        "import os\nwhile True:\n    os.posix_spawn('/bin/true', ['true'], {})\n",
        {Outcome.TIMEOUT, Outcome.RUNTIME_ERROR},
    ),
    "take-output-back": (
        """
import os, time
readers = [os.open(f'/proc/self/fd/{n}', os.O_RDONLY | os.O_NONBLOCK) for n in (1, 2, 3)]
if os.fork() == 0:
    while True:
        for n, reader in zip((1, 2, 3), readers):
            os.write(n, b'x')
            try: os.read(reader, 65536)
            except BlockingIOError: pass
time.sleep(0.5)
""",
        PASSED | {Outcome.INCOMPLETE, Outcome.RUNTIME_ERROR, Outcome.TIMEOUT, Outcome.OUTPUT_LIMIT},
    ),
    "keep-output-open-in-sockets": (
        """
import socket
a, b = socket.socketpair()
for one, other in ((a, b), (b, a)): socket.send_fds(one, [b'x'], [one.fileno(), other.fileno(), 1, 2, 3])
""",
        PASSED,
    ),
    "many-sockets-that-hold-each-other": (
        """
import resource, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
try:
    while True:
        pairs = [socket.socketpair() for _ in range(100)]
        for (a, b), (c, d) in zip(pairs, pairs[1:] + pairs[:1]):
            socket.send_fds(a, [b'x'], [c.fileno(), d.fileno(), b.fileno(), a.fileno(), 1, 2, 3])
            socket.send_fds(b, [b'x'], [c.fileno(), d.fileno(), b.fileno(), a.fileno(), 1, 2, 3])
except OSError: pass
""",
        PASSED | {Outcome.TIMEOUT, Outcome.MEMORY_LIMIT, Outcome.RUNTIME_ERROR},
    ),
    "traced-by-its-child": (
        """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.prctl(0x59616d61, ctypes.c_ulong(-1 & 0xffffffffffffffff), 0, 0, 0)
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    os.write(writer, b'%d' % libc.ptrace(0x4206, os.getppid(), 0, 0))
    for n in range(4): os.close(n)
    time.sleep(600)
os.read(reader, 9)
""",
        PASSED,
    ),
    "crash": ("import ctypes\nctypes.string_at(0)", {Outcome.RUNTIME_ERROR}),
    "abort": ("import os\nos.abort()", {Outcome.RUNTIME_ERROR}),
    "stack-overflow": (
        "import ctypes\nexec('(' * 90 + ')' * 90)\nctypes.memset(0, 0, 1)",
        {Outcome.RUNTIME_ERROR},
    ),
    "stop-the-world": ("import os, signal\nos.killpg(os.getpgrp(), signal.SIGSTOP)", {Outcome.TIMEOUT}),
    "reports-garbage": ("import os\nos.write(3, b'\\xff' * 6000)\nos._exit(1)", {Outcome.RUNTIME_ERROR}),
    "reports-a-memory-error": (
        "import os\nos.write(3, b'raised\\nMemoryError\\n')\nos._exit(1)",
        {Outcome.MEMORY_LIMIT},
    ),
}


@pytest.mark.parametrize("name", ASSAULTS)
def test_assault(box: Box, name: str) -> None:
    source, outcomes = ASSAULTS[name]
    verdict = box.judge(program(source))
    assert verdict.outcome in outcomes, (verdict.detail, verdict.stderr)


def test_commands_reach_no_further_than_programs(box: Box) -> None:
    script = """
touch /codeeval-escape /etc/codeeval-escape /opt/codeeval/codeeval-escape /dev/codeeval-escape 2>/dev/null && exit 9
kill -9 1 2>/dev/null
cat /proc/1/environ 2>/dev/null && exit 8
(sleep 600 &)
chmod 000 /tmp /sandbox /sandbox/program 2>/dev/null
echo still here
"""
    verdict = box.judge(commands(("sh", "-c", script), expected="still here"))
    assert verdict.outcome is Outcome.PASSED, verdict


def test_a_command_has_nothing_of_the_runner(box: Box) -> None:
    """It is started otherwise than a Python program: with the runner's memory, until it is executed."""
    source = """
import os
assert os.listdir('/proc/self/fd') == ['0', '1', '2', '3', '4'], os.listdir('/proc/self/fd')
assert os.getsid(0) == os.getpgid(0) == os.getpid()
user, group = os.getuid(), os.getgid()
assert os.getresuid() == (user,) * 3 and os.getresgid() == (group,) * 3
with open('/proc/self/status') as status:
    fields = dict(line.rstrip().split(':', 1) for line in status)
assert {int(fields[kind], 16) for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb')} == {0}, fields
assert set(fields['Uid'].split()) == {str(user)} and set(fields['Gid'].split()) == {str(group)}
open('/proc/self/environ').close()
for name in ('environ', 'mem', 'fd/0'):
    try: open(f'/proc/1/{name}', 'rb').close()
    except OSError: continue
    raise AssertionError(name)
print('nothing', user > 0, group > 0)
"""
    verdict = box.judge(commands(("python3", "-c", source), expected="nothing True True"))
    assert verdict.outcome is Outcome.PASSED, verdict.stderr
