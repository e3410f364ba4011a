#!/bin/sh
# Compiles rand, regex and md5 as cargo does for tests, and removes what that needed.
set -e
apt-get update
apt-get install -y --no-install-recommends cargo librust-rand-dev librust-regex-dev librust-md5-dev
mkdir -p /tmp/crates/src /opt/codeeval/crates
cd /tmp/crates
printf '[package]\nname = "crates"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nrand = "*"\nregex = "*"\nmd5 = "*"\n' >Cargo.toml
touch src/lib.rs
export CARGO_HOME=/tmp/cargo
mkdir -p "$CARGO_HOME"
printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n' >"$CARGO_HOME/config.toml"
CARGO_PROFILE_DEV_DEBUG=0 cargo build --offline
cp target/debug/deps/*.rlib target/debug/deps/*.so /opt/codeeval/crates/
rm /opt/codeeval/crates/libcrates-*.rlib
{
    echo -Ldependency=/opt/codeeval/crates
    for crate in rand regex md5; do
        printf -- '--extern=%s=%s\n' "$crate" /opt/codeeval/crates/lib"$crate"-*.rlib
    done
} >/opt/codeeval/crates/flags
apt-get purge -y cargo 'librust-*'
apt-get autoremove -y
rm -rf /tmp/* /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc /usr/share/man /usr/share/locale
