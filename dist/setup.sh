# Brings what is missing to build, run and test Songline. Sourced by run.sh and test.sh; it installs nothing that is there.

say() { printf 'songline: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else
        say "not root, and no sudo. Run this as root, then start again:"
        say "  $*"
        exit 1
    fi
}

# Installs the Debian packages of the list that are not installed.
setup_debian() {
    missing=
    for package in $1; do
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        case $status in *"install ok installed"*) ;; *) missing="$missing $package" ;; esac
    done
    [ -n "$missing" ] || return 0
    say "installing$missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

setup_fedora() {
    missing=
    for package in $1; do rpm -q "$package" >/dev/null 2>&1 || missing="$missing $package"; done
    [ -n "$missing" ] || return 0
    say "installing$missing"
    # shellcheck disable=SC2086
    as_root dnf install -y -q $missing
}

setup_arch() {
    missing=
    for package in $1; do pacman -Qi "$package" >/dev/null 2>&1 || missing="$missing $package"; done
    [ -n "$missing" ] || return 0
    say "installing$missing"
    # shellcheck disable=SC2086
    as_root pacman -S --needed --noconfirm --quiet $missing
}

setup_macos() {
    xcode-select -p >/dev/null 2>&1 || { say "the command line tools are missing: run 'xcode-select --install', then start again"; exit 1; }
    for tool in $1; do
        command -v "$tool" >/dev/null 2>&1 && continue
        command -v brew >/dev/null 2>&1 || { say "$tool is missing: install it (https://brew.sh, 'brew install $tool'), then start again"; exit 1; }
        say "installing $tool"
        brew install --quiet "$tool"
    done
}

# setup run | setup test
setup() {
    if command -v apt-get >/dev/null 2>&1; then
        packages="gcc g++ libc6-dev make cmake pkg-config libasound2-dev libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2 mesa-vulkan-drivers"
        [ "$1" = test ] && packages="$packages ffmpeg"
        setup_debian "$packages"
    elif command -v dnf >/dev/null 2>&1; then
        packages="gcc gcc-c++ make cmake pkgconf-pkg-config alsa-lib-devel libxkbcommon-x11 libXcursor libXi libXrandr mesa-vulkan-drivers"
        [ "$1" = test ] && packages="$packages ffmpeg-free"
        setup_fedora "$packages"
    elif command -v pacman >/dev/null 2>&1; then
        packages="gcc make cmake pkgconf alsa-lib libxkbcommon-x11 libxcursor libxi libxrandr vulkan-swrast"
        [ "$1" = test ] && packages="$packages ffmpeg"
        setup_arch "$packages"
    elif [ "$(uname -s)" = Darwin ]; then
        packages="cmake"
        [ "$1" = test ] && packages="$packages ffmpeg"
        setup_macos "$packages"
    else
        say "this system has no package manager known here: a C compiler, cmake, pkg-config and ALSA's headers are needed"
    fi
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    if ! command -v cargo >/dev/null 2>&1; then
        say "Rust 1.95 or newer is missing: install it from https://rustup.rs, then start again"
        exit 1
    fi
    # Outside the checkout, so that a fresh clone starts where the last one stopped.
    CARGO_TARGET_DIR=${SONGLINE_TARGET:-${XDG_CACHE_HOME:-$HOME/.cache}/songline/target}
    export CARGO_TARGET_DIR
}
