"""Programs that leave things behind for the next: files, processes, kernel objects, their own state."""

# ruff: noqa: E501 -- hostile programs read better unbroken

from __future__ import annotations

import pytest
from support.sandboxing import Box, program

from codeeval.types import Outcome

LEAVERS = {
    "files": """
import os
for folder in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm', '/var/tmp', '/dev', '/dev/mqueue', '/run'):
    try:
        with open(folder + '/secret', 'w') as file: file.write('secret')
        os.makedirs(folder + '/.hidden/deeper')
        open(folder + '/.hidden/deeper/.secret', 'w').close()
    except OSError: pass
""",
    "odd-names": """
import os
os.chdir('/tmp')
for name in (b'\\xff\\xfe', b'new\\nline', b'-rf', b'*', b' ', b'x' * 255, '\\u202e'.encode()):
    open(name, 'w').close()
    os.mkdir(b'd' + name[:200])
    open(b'd' + name[:200] + b'/' + name, 'w').close()
""",
    "closed-modes": """
import os
os.makedirs('/tmp/a/b/c/d')
os.makedirs('a/b/c/d')
for root in ('/tmp/', '', '/dev/shm/'):
    os.makedirs(root + 'a/b/c/d', exist_ok=True)
    open(root + 'a/b/c/file', 'w').close()
    for path in ('a/b/c/d', 'a/b/c', 'a/b', 'a'): os.chmod(root + path, 0)
os.chmod('.', 0)
""",
    "sticky-modes": """
import os
for root in ('/tmp/', './'):
    os.makedirs(root + 'a/b')
    open(root + 'a/b/file', 'w').close()
    os.chmod(root + 'a/b', 0o1777); os.chmod(root + 'a', 0o3777)
""",
    "modes-of-the-roots": """
import os
for root in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm'):
    for mode in MODES:
        try: os.chmod(root, mode)
        except OSError: pass
""",
    "roots-replaced": """
import os, shutil
for root in ('/sandbox/program', '/tmp', '/dev/shm', '/sandbox'):
    for action in (shutil.rmtree, lambda path: os.rename(path, path + '.old'), os.rmdir, lambda path: os.symlink('/opt', path)):
        try: action(root)
        except OSError: pass
""",
    "symbolic-links": """
import os
os.symlink('/opt/codeeval', 'runner'); os.symlink('/proc/1', '/tmp/one'); os.symlink('/', '/dev/shm/root')
os.symlink('loop', 'loop'); os.symlink('/tmp', '/tmp/self'); os.symlink('/sandbox/program', '/tmp/box')
os.makedirs('a/b'); os.symlink('../../..', 'a/b/up'); os.symlink('/usr', 'a/usr'); os.symlink('/nowhere', 'a/nowhere')
try:
    os.rmdir('/sandbox/program'); os.symlink('/opt/codeeval/runner', '/sandbox/program')
except OSError: pass
""",
    "hard-links": """
import os
open('one', 'w').write('x')
for n in range(200): os.link('one', f'link{n}')
for target in ('/etc/passwd', '/usr/bin/python3', '/opt/codeeval/runner/supervisor.py'):
    try: os.link(target, 'stolen')
    except OSError: continue
    raise AssertionError(target)
""",
    "special-files": """
import os, socket
os.mkfifo('fifo'); os.mkfifo('/tmp/fifo')
s = socket.socket(socket.AF_UNIX); s.bind('/tmp/socket'); s.listen()
os.mkdir('d'); os.mkfifo('d/fifo')
""",
    "sparse": """
import os
for n in range(50):
    with open(f'/tmp/{n}', 'wb') as file: file.truncate(1 << 40)
""",
    "deep-tree": """
import os, time
end = time.process_time() + 0.6
while time.process_time() < end:
    os.mkdir('d'); os.chdir('d')
""",
    "deep-tree-closed": """
import os
for n in range(1500):
    os.mkdir('d'); open('f', 'w').close(); os.chdir('d')
for n in range(1500):
    os.chdir('..'); os.chmod('d', 0)
""",
    "wide-tree": """
import os, time
end, n = time.process_time() + 0.6, 0
while time.process_time() < end:
    os.mkdir(str(n)); os.mkdir(f'{n}/x'); n += 1
""",
    "system-v": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.shmget(0x5ec, 4096, 0o1666), libc.semget(0x5ec, 1, 0o1666), libc.msgget(0x5ec, 0o1666)]
assert -1 not in made, made
""",
    "system-v-large": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
one = libc.shmget(0x5ec, 16 << 20, 0o1666)
ctypes.memset(libc.shmat(one, None, 0), 1, 16 << 20)
""",
    "daemon": """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir('/')
        while True:
            try:
                with open('/tmp/secret', 'a') as file: file.write('still here')
            except OSError: pass
            time.sleep(0.001)
    os._exit(0)
time.sleep(0.05)
""",
    "daemon-ignoring-signals": """
import os, signal, time
for _ in range(5):
    if os.fork() == 0:
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.setsid()
        if os.fork(): os._exit(0)
        time.sleep(600)
time.sleep(0.05)
""",
    "daemon-that-breeds": """
import os
if os.fork() == 0:
    os.setsid()
    while True:
        try:
            if os.fork(): os._exit(0)
        except OSError: pass
""",
    "stopped-child": """
import os, signal, time
for _ in range(5):
    if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(0.05)
""",
    "clone-with-parent": """
import ctypes, os, time
CLONE_PARENT = 0x8000
if ctypes.CDLL(None).syscall(56, CLONE_PARENT, 0, 0, 0, 0) == 0:
    time.sleep(600)
""",
    "subreaper": """
import ctypes, os, time
if os.fork() == 0:
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    for _ in range(4):
        if os.fork() == 0:
            if os.fork(): os._exit(0)
            time.sleep(600)
    time.sleep(600)
time.sleep(0.05)
""",
    "traced-child": """
import ctypes, os, time
libc = ctypes.CDLL(None)
if (pid := os.fork()) == 0:
    libc.ptrace(0, 0, 0, 0)
    os.kill(os.getpid(), 19)
    time.sleep(600)
time.sleep(0.05)
""",
    "environment": "import os\nos.environ['SECRET'] = 'x'\nos.environ['PATH'] = '/tmp'\nos.umask(0o777)\nos.nice(19)",
    "terminal": "import os\nfor _ in range(4): os.openpty()",
    "locks-and-leases": "import fcntl, os\nf = open('/opt/codeeval/runner/supervisor.py')\nfcntl.flock(f, fcntl.LOCK_EX)\nif os.fork() == 0:\n    os.system('sleep 600')",
    "access-lists": """
import os, struct
def entry(tag, rights, who=0xffffffff): return struct.pack('<HHI', tag, rights, who)
def acl(rights): return struct.pack('<I', 2) + b''.join([entry(1, 7), entry(2, rights, 12345), entry(4, rights), entry(16, rights), entry(32, rights)])
for folder in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm'):
    for kind, rights in (('default', 0), ('default', 7), ('access', 0)):
        try: os.setxattr(folder, 'system.posix_acl_' + kind, acl(rights))
        except OSError: pass
""",
    "attributes": """
import os
for folder in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm'):
    for name in ('user.secret', 'trusted.secret', 'security.secret'):
        try: os.setxattr(folder, name, b'a solution')
        except OSError: pass
""",
    "times": """
import os
for folder in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm'):
    try: os.utime(folder, (1234567890, 1234567890))
    except OSError: pass
""",
    "flags": """
import fcntl, os, struct
for folder in ('/sandbox', '/sandbox/program', '/tmp', '/dev/shm'):
    descriptor = os.open(folder, os.O_RDONLY)
    for request in (0x40086602, 0x401c5820):
        for flags in (0x10, 0x20, 0x40, 0x80, 0x40000000):
            try: fcntl.ioctl(descriptor, request, struct.pack('=l20x', flags))
            except OSError: continue
            raise AssertionError((folder, flags))
""",
    "connections": """
import socket
with socket.create_server(('127.0.0.1', 8765)) as server:
    client = socket.create_connection(('127.0.0.1', 8765))
    accepted, _ = server.accept()
    accepted.close(); client.close()
""",
    "sockets-that-hold-each-other": """
import socket
for _ in range(20):
    a, b = socket.socketpair()
    for one, other in ((a, b), (b, a)): socket.send_fds(one, [b'x'], [one.fileno(), other.fileno(), 1, 2, 3])
""",
    "abstract-sockets": """
import os, socket, time
s = socket.socket(socket.AF_UNIX); s.bind('\\0codeeval'); s.listen()
if os.fork() == 0: time.sleep(600)
""",
    "working-folder-gone": "import os\nos.chdir('/tmp')\ntry: os.rmdir('/sandbox/program')\nexcept OSError: pass",
}
LEAVERS["modes-of-the-roots-000"] = LEAVERS["modes-of-the-roots"].replace("MODES", "[0o000]")
LEAVERS["modes-of-the-roots-500"] = LEAVERS["modes-of-the-roots"].replace("MODES", "[0o500]")
LEAVERS["modes-of-the-roots-300"] = LEAVERS.pop("modes-of-the-roots").replace("MODES", "[0o300]")


@pytest.mark.parametrize("name", LEAVERS)
def test_leaves_nothing(box: Box, name: str) -> None:
    """``box`` then looks for what is left: processes, files, System V objects; and all must be writable."""
    verdict = box.judge(program(LEAVERS[name]))
    assert verdict.outcome is Outcome.PASSED, (verdict.detail, verdict.stderr)


def test_a_port_is_free_again(box: Box) -> None:
    """A connection that was closed keeps its port for a minute, wherever the next program is in this sandbox."""
    bind = "import socket\nwith socket.socket() as s: s.bind(('127.0.0.1', 8765))\n"
    assert box.outcome(LEAVERS["connections"]) is Outcome.PASSED
    assert box.outcome(bind) is Outcome.PASSED


def test_a_default_access_list_changes_no_verdict(box: Box) -> None:
    look = "import os\nopen('/tmp/x', 'w').close()\nassert os.stat('/tmp/x').st_mode & 0o777 == 0o644, os.stat('/tmp/x')\n"
    assert box.outcome(LEAVERS["access-lists"]) is Outcome.PASSED
    assert box.outcome(look) is Outcome.PASSED


def test_a_secret_in_memory_is_not_inherited(box: Box) -> None:
    """What one program does to its interpreter, the next does not see: each is a fork of the same state."""
    leave = "import builtins, sys, os\nbuiltins.secret = 1\nsys.secret = 1\nsys.modules['secret'] = sys\nos.getpid = None\n"
    look = (
        "import builtins, sys, os\nassert not hasattr(builtins, 'secret') and not hasattr(sys, 'secret')\n"
        "assert 'secret' not in sys.modules and os.getpid()\n"
    )
    assert box.outcome(leave) is Outcome.PASSED
    assert box.outcome(look) is Outcome.PASSED
