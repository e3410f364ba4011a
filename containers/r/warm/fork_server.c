/* The warm tool `Rscript`: containers/runner/warm_tools.py says what it is asked and what it answers.
 *
 * R loads this from a script whose only line calls it. A forked program puts main.R under the descriptor that R
 * reads its script from, and returns: R, having come to the end of that line, reads on, and so runs main.R as its
 * own script, with errors, printing and exit statuses as they always are. */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_FIELDS = 16, LINE_BYTES = 8192, REPORT = 3, MOST_DESCRIPTORS = 64 };

static const char SCRIPT[] = "main.R";

static void give_up(const char *what)
{
    dprintf(2, "cannot start: %s\n", what);
    _exit(127);
}

static void to_place(const char *path, int descriptor)
{
    int flags = descriptor >= 1 && descriptor <= REPORT ? O_WRONLY : O_RDONLY;
    int file = open(path, flags);
    if (file < 0)
        give_up(path);
    if (file != descriptor) {
        if (dup2(file, descriptor) < 0)
            give_up(path);
        close(file);
    }
}

static int script_descriptor(void)
{
    char link[64], path[256];
    for (int descriptor = REPORT + 1; descriptor < MOST_DESCRIPTORS; descriptor++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t size = readlink(link, path, sizeof path - 1);
        if (size < (ssize_t)sizeof SCRIPT)
            continue;
        path[size] = 0;
        if (strcmp(path + size - strlen(SCRIPT) - 1, "/main.R") == 0)
            return descriptor;
    }
    return -1;
}

static void become(const char *folder, unsigned uid, int script)
{
    char path[64];
    setsid();
    for (int descriptor = 0; descriptor <= REPORT; descriptor++) {
        snprintf(path, sizeof path, "/proc/1/fd/%d", descriptor);
        to_place(path, descriptor);
    }
    if (chdir(folder) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
        give_up(folder);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    to_place(SCRIPT, script);
}

static int next_line(FILE *requests, char *line, char **fields)
{
    if (!fgets(line, LINE_BYTES, requests))
        return -1;
    line[strcspn(line, "\n")] = 0;
    int count = 0;
    for (char *field = strtok(line, "\x1f"); field && count < MOST_FIELDS; field = strtok(NULL, "\x1f"))
        fields[count++] = field;
    return count;
}

/* Fork a child of this process's parent, which is process 1: a second fork would copy R's page tables again. */
static pid_t fork_for_parent(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

/* Called by R's .C(); returns in each program's process. */
void serve(void)
{
    static char line[LINE_BYTES];
    char *fields[MOST_FIELDS];
    int input = fcntl(0, F_DUPFD_CLOEXEC, REPORT + 1), answers = fcntl(1, F_DUPFD_CLOEXEC, REPORT + 1);
    int probe = open("/proc/1/fd/1", O_WRONLY);
    int script = script_descriptor();
    if (input < 0 || answers < 0 || probe < 0 || script < 0)
        _exit(1);
    close(probe);
    to_place("/dev/null", 0);
    to_place("/dev/null", 1);
    FILE *requests = fdopen(input, "r");
    dprintf(answers, "ready\n");
    for (;;) {
        int count = next_line(requests, line, fields);
        if (count < 0)
            _exit(0);
        pid_t program = count == 4 && strcmp(fields[3], SCRIPT) == 0 ? fork_for_parent() : -1;
        if (program) {
            dprintf(answers, "%d\n", program < 0 ? 0 : program);
            continue;
        }
        close(input);
        close(answers);
        become(fields[0], (unsigned)strtoul(fields[1], NULL, 10), script);
        return;
    }
}
