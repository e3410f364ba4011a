#!/bin/sh
# Fills GOCACHE with the standard library and with vet's facts about it, writes down where each package's lie, and builds gotest.
set -e
export HOME=/root CGO_ENABLED=0
cd /opt/codeeval/fast
go build -o gotest gotest.go
mkdir /tmp/everything
cd /tmp/everything
{
    echo 'package everything_test'
    echo 'import "testing"'
    go list std | grep -v -e internal -e vendor | grep -v '^testing$' | sed 's/.*/import _ "&"/'
    echo 'func TestNothing(t *testing.T) {}'
} >everything_test.go
go test everything_test.go
echo '// now with all of the standard library from GOCACHE' >>everything_test.go
go test -work everything_test.go 2>work
vet=$(grep -l '"command-line-arguments_test"' "$(sed -n 's/^WORK=//p' work)"/*/vet.cfg)
cp "$vet" /opt/codeeval/fast/packages.json
if grep /tmp/ /opt/codeeval/fast/packages.json | grep -v -e everything_test.go -e '"Dir"' -e vet.out; then
    echo 'a package lies where it will not be found again' >&2
    exit 1
fi
go list -deps -export -f '{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}' std testing/internal/testdeps \
    | sort -u >/opt/codeeval/fast/importcfg
rm -rf /tmp/* /root/.cache /root/.config
