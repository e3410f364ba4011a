package ForkServer;

# The warm tool `perl`: containers/runner/warm_tools.py says what it is asked and what it answers.
#
# It is loaded by the first line of an empty main.pl (perl -MForkServer main.pl). A forked program puts the real
# main.pl under the descriptor that perl is about to read its script from, and returns: so perl compiles and
# runs that file as its own script, with $0, __FILE__, DATA, END blocks and exit statuses as they always are.

use strict;
use warnings;
use Config ();
use POSIX  ();
use Test2::API ();

my $SCRIPT          = 'main.pl';
my $F_SETFD         = 2;
my $FD_CLOEXEC      = 1;
my $PR_SET_DUMPABLE = 4;
my $PRCTL           = $Config::Config{archname} =~ /^aarch64/ ? 167 : 157;

sub import {
    open my $requests, '<&', 0 or die $!;
    open my $answers,  '>&', 1 or die $!;
    to_place( '/dev/null', $_ ) for 0, 1;
    open my $own, '>', '/proc/1/fd/1' or die "cannot open a program's streams: $!";
    close $own;
    my $script = script_descriptor();
    Test2::API::test2_start_preload();    # for the ids of processes that it notes down
    require Test::Deep;
    Test::Deep::eq_deeply( [ 1, '', { a => undef } ], [ 1, '', { a => undef } ] );    # loads what it needs
    syswrite $answers, "ready\n";
    serve( $requests, $answers, $script );
}

# Returns in each program's process; the server's own ends when the runner does.
sub serve {
    my ( $requests, $answers, $script ) = @_;
    my $buffer = '';
    while ( sysread $requests, $buffer, 65536, length $buffer ) {
        next if $buffer !~ s/\A(.*)\n//;
        my ( $folder, $uid, $tool, $file, @arguments ) = split /\x1f/, $1;
        my $child = $file eq $SCRIPT ? fork : undef;
        if ( !defined $child ) {
            syswrite $answers, "0\n";
            next;
        }
        if ($child) {
            waitpid $child, 0;
            syswrite $answers, "\n";
            next;
        }
        my $program = fork;
        if ( !defined $program || $program ) {
            syswrite $answers, $program || 0;
            POSIX::_exit(0);
        }
        close $requests;
        close $answers;
        become( $folder, $uid, $script );
        @ARGV = @arguments;
        return;
    }
    POSIX::_exit(0);
}

sub become {
    my ( $folder, $uid, $script ) = @_;
    POSIX::setsid();
    to_place( "/proc/1/fd/$_", $_ ) for 0 .. 3;
    chdir $folder or give_up();
    POSIX::setgid($uid) && POSIX::setuid($uid) or give_up();
    syscall $PRCTL, $PR_SET_DUMPABLE, 1, 0, 0, 0;
    to_place( $SCRIPT, $script );
    Test2::API::test2_stop_preload();
    Test2::API::test2_stack()->clear;            # a hub made meanwhile has nowhere to write to
    delete $Test::Builder::Test->{Orig_Handles};
    delete $ENV{T2_IN_PRELOAD};
    delete @INC{ grep { !m{/} && $INC{$_} =~ m{^/opt/codeeval/} } keys %INC };
    @INC = grep { $_ ne '/opt/codeeval/warm' } @INC;
    $^T  = time;
    $@   = '';
    $?   = $! = 0;
}

# Open a file as a certain descriptor: 1 to 3 are written to, the others read.
sub to_place {
    my ( $path, $descriptor ) = @_;
    sysopen my $file, $path, $descriptor > 0 && $descriptor < 4 ? POSIX::O_WRONLY() : POSIX::O_RDONLY()
        or give_up();
    POSIX::dup2( fileno $file, $descriptor ) or give_up();
    if ( $descriptor > 3 ) {
        open my $placed, '<&=', $descriptor or give_up();
    }
}

sub give_up {
    syswrite STDERR, "cannot start: $!\n";
    POSIX::_exit(127);
}

sub script_descriptor {
    for my $descriptor ( 4 .. 63 ) {
        my $path = readlink "/proc/self/fd/$descriptor" or next;
        return $descriptor if $path =~ m{/\Q$SCRIPT\E\z};
    }
    die 'no script is open';
}

1;
