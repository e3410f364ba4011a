#!/bin/sh
# Makes the lock files anew from the .in files beside this script. Needs uv (pip install uv).
set -eu
cd "$(dirname "$0")"
lock() {
    uv pip compile --quiet --generate-hashes --no-annotate --no-header --upgrade \
        --python-platform x86_64-manylinux_2_28 --only-binary :all: "$@"
}
# Packages that never had a wheel.
sources="--no-binary flask-mail --no-binary wikipedia --no-binary wordninja"
for version in 3.10 3.13; do
    lock --python-version $version $sources "requirements-$version.in" -o "requirements-$version.txt"
    # What the libraries bring already is left out, at their versions.
    known=$(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' "requirements-$version.txt")
    lock --python-version $version $known "giants-$version.in" -c "requirements-$version.txt" -o "giants-$version.txt"
done
lock --python-version 3.13 --no-deps nltk_data.in -o nltk_data.txt
