#!/bin/sh
# Gets what this host lacks: Compose and Buildx as Docker plugins, and a base image where no registry is in reach.
# Does nothing where nothing is missing. `./stack bootstrap` calls it; by hand: sh scripts/bootstrap.sh
#
#   scripts/bootstrap.sh [PYTHON_IMAGE [BUILD_CA_BUNDLE]]      the values in force; Compose is asked where they are not given
#
# stdout: one JSON object a line, findings and then the result. Commands and their output go to stderr. Exit code 0 or 1.
# The recipe works on Debian. It uses Debian 13's packages through an apt state of its own: the host's sources are only
# read. As root it installs mmdebstrap where that is missing.
set -eu

suite=trixie
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
system_bundle=/etc/ssl/certs/ca-certificates.crt
own_repository=mlflow-stack/python
own_base=$own_repository:3.13-trixie
# The first with `!override` in the form that docker-compose.local.yml uses, and the first that it builds with.
compose_needed=2.24.4
buildx_needed=0.8
compose_page=https://docs.docker.com/compose/install/linux/
engine_page=https://docs.docker.com/engine/install/
pull_timeout_s=600

script=$0
while [ -h "$script" ]; do
    target=$(readlink "$script")
    case $target in
        /*) script=$target ;;
        *) script=$(dirname -- "$script")/$target ;;
    esac
done
cd -- "$(dirname -- "$script")/.."
image=${1:-}
ok=
bundle_in_force=${2:-}

# apt-get asks nothing.
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND

# Only events go to stdout.
exec 3>&1 1>&2

scratch=$(mktemp -d "${TMPDIR:-/tmp}/mlflow-stack-XXXXXX")
trap ended EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

json() {
    printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr '\001-\037' ' ' | LC_ALL=C sed 's/[\\"]/\\&/g')"
}

json_list() {
    separator=
    printf '['
    for item in "$@"; do
        printf '%s' "$separator"
        json "$item"
        separator=', '
    done
    printf ']'
}

quoted() {
    case $1 in
        '' | *[!A-Za-z0-9_./:=@%+,-]*) printf "'%s'" "$(printf '%s' "$1" | LC_ALL=C sed "s/'/'\\\\''/g")" ;;
        *) printf '%s' "$1" ;;
    esac
}

# finding ID LEVEL TEXT WHERE FIX...
finding() {
    printf '{"event": "finding", "id": "%s", "level": "%s", "text": %s, "where": %s, ' "$1" "$2" "$(json "$3")" "$(json "$4")" >&3
    shift 4
    printf '"fix": %s}\n' "$(json_list "$@")" >&3
}

# result true|false WRITTEN...
result() {
    ok=$1
    shift
    printf '{"event": "result", "ok": %s, "written": %s}\n' "$ok" "$(json_list "$@")" >&3
}

# Whatever stops it, the wrapper gets a result; an interrupt is known to who sent it.
ended() {
    status=$?
    rm -rf "$scratch"
    case $ok$status in
        true* | false* | 129 | 130 | 143) exit "$status" ;;
    esac
    finding docker.bootstrap error "scripts/bootstrap.sh ended with exit code $status before it was done" '' './stack bootstrap'
    result false
    exit 1
}

# give_up TEXT WHERE FIX...
give_up() {
    text=$1
    shift
    finding docker.bootstrap error "$text" "$@"
    result false
    exit 1
}

say_command() {
    line='$'
    for argument in "$@"; do line="$line $(quoted "$argument")"; done
    printf '%s\n' "$line"
}

last_line() {
    grep -v '^[[:space:]]*$' "$1" | tail -n 1
}

# attempt COMMAND...: says it and runs it; its exit code is in `status`, what it printed in the file `said` as well.
attempt() {
    say_command "$@"
    echo 0 >"$scratch/status"
    { "$@" || echo "$?" >"$scratch/status"; } 2>&1 | tee "$scratch/said"
    status=$(cat "$scratch/status")
}

# run COMMAND...: gives up where it fails.
run() {
    attempt "$@"
    if [ "$status" -ne 0 ]; then
        give_up "$1 failed with exit code $status: $(last_line "$scratch/said")" "" "./stack bootstrap"
    fi
}

# at_least VERSION NEEDED: of what a program says about itself; false where that holds no version.
at_least() {
    printf '%s\n' "$1" | LC_ALL=C awk -v needed="$2" '
        match($0, /[0-9]+\.[0-9]+(\.[0-9]+)?/) {
            split(substr($0, RSTART, RLENGTH), has, ".")
            split(needed, wants, ".")
            for (part = 1; part <= 3; part++)
                if (has[part] + 0 != wants[part] + 0) exit !(has[part] + 0 > wants[part] + 0)
            exit 0
        }
        { exit 1 }'
}

# The address of Debian's main archive in `apt-cache policy`; not that of security, updates and other vendors. Nothing on
# another system.
mirror() {
    if ! [ -f "$keyring" ] || ! command -v apt-cache >/dev/null 2>&1; then return; fi
    LC_ALL=C apt-cache policy 2>/dev/null | LC_ALL=C awk '
        $NF == "Packages" {
            address = $3 ~ /\/main$/ && $3 !~ /-(security|updates|backports)/ ? $2 : ""
            next
        }
        address != "" && /o=Debian,/ && /l=Debian(,|$)/ { print address; exit }'
}

compose_missing() { ! at_least "$(docker compose version --short 2>/dev/null)" "$compose_needed"; }
buildx_missing() { ! at_least "$(docker buildx version 2>/dev/null)" "$buildx_needed"; }

plugins_by_hand() {
    text="This host cannot install the Docker plugins $1 by itself: that works on Debian only"
    if [ "$(uname -s)" = Darwin ]; then
        give_up "$text" "" 'brew upgrade --cask docker'
    elif command -v apt-get >/dev/null 2>&1; then
        give_up "$text" "" 'sudo apt-get install docker-compose-plugin docker-buildx-plugin' "$compose_page"
    elif command -v dnf >/dev/null 2>&1; then
        give_up "$text" "" 'sudo dnf install docker-compose-plugin docker-buildx-plugin' "$compose_page"
    elif command -v zypper >/dev/null 2>&1; then
        give_up "$text" "" 'sudo zypper install docker-compose docker-buildx' "$compose_page"
    elif command -v pacman >/dev/null 2>&1; then
        give_up "$text" "" 'sudo pacman -S docker-compose docker-buildx' "$compose_page"
    elif command -v apk >/dev/null 2>&1; then
        give_up "$text" "" 'sudo apk add docker-cli-compose docker-cli-buildx' "$compose_page"
    fi
    give_up "$text" "" "$compose_page"
}

# apt_own COMMAND...: an apt with lists, cache and sources of its own; works without root.
apt_own() {
    run apt-get -o "Dir::State::Lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" \
        -o "Dir::Etc::SourceList=$scratch/sources.list" -o "Dir::Etc::SourceParts=$scratch/parts" \
        -o "Dir::Etc::PreferencesParts=$scratch/parts" -o APT::Sandbox::User= -o Acquire::Languages=none "$@"
}

plugin_folder() {
    home=${HOME:-$(getent passwd "$(id -u)" | cut -d : -f 6)}
    printf '%s' "${DOCKER_CONFIG:-$home/.docker}/cli-plugins"
}

# Debian's packages have the plugins' names.
ensure_plugins() {
    set --
    if compose_missing; then set -- "$@" docker-compose; fi
    if buildx_missing; then set -- "$@" docker-buildx; fi
    if [ "$#" -eq 0 ]; then
        finding bootstrap.plugins ok 'Compose and Buildx are there' ''
        return
    fi
    names=$1${2:+ and $2}
    archive=$(mirror)
    if [ -z "$archive" ]; then plugins_by_hand "$names"; fi
    folder=$(plugin_folder)
    printf 'Installing %s from Debian 13 into %s\n' "$names" "$folder"
    mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial" "$scratch/parts" "$scratch/debs" "$scratch/root"
    echo "deb [signed-by=$keyring] $archive $suite main" >"$scratch/sources.list"
    apt_own update
    # apt-get download writes into the current folder.
    back=$PWD
    cd -- "$scratch/debs"
    apt_own download "$@"
    cd -- "$back"
    for deb in "$scratch"/debs/*.deb; do run dpkg -x "$deb" "$scratch/root"; done
    run mkdir -p "$folder"
    for plugin in "$@"; do
        # Renamed into place: an interrupted copy would be a plugin that does not start.
        half=$folder/.$plugin.half
        run cp "$scratch/root/usr/libexec/docker/cli-plugins/$plugin" "$half"
        run chmod 755 "$half"
        run mv "$half" "$folder/$plugin"
    done
    if compose_missing || buildx_missing; then
        give_up "Docker does not use the plugins that were installed: $names" "$folder" 'docker info' "$compose_page"
    fi
    finding bootstrap.plugins ok "Installed $names from Debian 13" "$folder"
}

plain() { head -n 1 | sed -e 's/^"\(.*\)"$/\1/' -e "s/^'\(.*\)'\$/\1/"; }

# The values in force, from Compose's own resolved form: one key a line, indented by two.
ask_compose() {
    if ! docker compose -f docker-compose.yml config >"$scratch/config" 2>"$scratch/said"; then
        give_up "Compose refuses the settings: $(last_line "$scratch/said")" .env 'docker compose config'
    fi
    image=$(sed -n 's/^ *PYTHON_IMAGE: *//p' "$scratch/config" | plain)
    bundle_in_force=$(sed -n '/^secrets:/,/^[a-z]/p' "$scratch/config" | sed -n '/^  ca_bundle:/,/^  [a-z]/s/^    file: *//p' | plain)
    if [ -z "$image" ]; then
        give_up 'Compose names no base image: PYTHON_IMAGE is not among the build arguments' docker-compose.yml 'docker compose config'
    fi
}

is_there() { docker image inspect "$1" >/dev/null 2>&1; }

# pulled IMAGE: false where the engine reaches no registry. Asks the engine, not this host's network: the two may differ.
pulled() {
    case $1 in "$own_repository":*) return 1 ;; esac
    printf 'Getting the base image %s\n' "$1"
    # --foreground: Ctrl-C reaches it. macOS has no timeout.
    if timeout --foreground 1 true 2>/dev/null; then
        attempt timeout --foreground "$pull_timeout_s" docker pull "$1"
    else
        attempt docker pull "$1"
    fi
    if [ "$status" -eq 0 ]; then return 0; fi
    if [ "$status" -eq 124 ] || grep -Eiq "$unreachable" "$scratch/said"; then
        echo "This engine reaches no registry: a base image is made from Debian's packages"
        return 1
    fi
    if grep -Eiq 'manifest unknown|not found|does not exist|invalid reference' "$scratch/said"; then
        give_up "No registry has the image $1, which PYTHON_IMAGE names" PYTHON_IMAGE "docker pull $(quoted "$1")"
    fi
    give_up "The base image $1 could not be pulled: $(last_line "$scratch/said")" PYTHON_IMAGE "docker pull $(quoted "$1")"
}
unreachable='no such host|dial tcp|i/o timeout|TLS handshake timeout|connection refused|connection reset|Client\.Timeout'
unreachable="$unreachable|deadline exceeded|network is unreachable|no route to host|proxyconnect|x509|server misbehaving"
unreachable="$unreachable|name resolution|unexpected EOF|: EOF"

# Debian 13 with Python 3.13 and venv.
make_base() {
    archive=$(mirror)
    if [ -z "$archive" ]; then
        give_up 'This host cannot make a base image by itself, and its engine reaches no registry: making one works on Debian only' "$image" \
            "docker pull $(quoted "$image") && docker save --output python.tar $(quoted "$image")  # on a host with a registry" \
            'docker load --input python.tar  # here'
    fi
    if ! command -v mmdebstrap >/dev/null 2>&1; then
        if [ "$(id -u)" -ne 0 ]; then
            give_up 'mmdebstrap is missing; it makes the base image where no registry is in reach' '' 'sudo apt-get install mmdebstrap'
        fi
        run apt-get update
        run apt-get install --yes --no-install-recommends mmdebstrap
    fi
    run mmdebstrap --variant=minbase --include=python3,python3-venv,ca-certificates "--keyring=$keyring" \
        '--dpkgopt=path-exclude=/usr/share/man/*' '--dpkgopt=path-exclude=/usr/share/locale/*' \
        '--dpkgopt=path-exclude=/usr/share/info/*' '--dpkgopt=path-exclude=/usr/share/doc/*' \
        '--dpkgopt=path-include=/usr/share/doc/*/copyright' '--aptopt=Acquire::Languages "none"' \
        "$suite" "$scratch/base.tar" "$archive"
    run docker import --change 'CMD ["python3"]' "$scratch/base.tar" "$own_base"
}

# The certificates that pip on this host was told to trust; nothing where it uses its own.
ca_bundle() {
    pip_python=.stack/venv/bin/python
    if ! [ -x "$pip_python" ]; then pip_python=python3; fi
    configured=$("$pip_python" -I -m pip config get global.cert 2>/dev/null) || configured=
    for file in "${PIP_CERT:-}" "$configured" "${REQUESTS_CA_BUNDLE:-}" "${SSL_CERT_FILE:-}"; do
        if [ -f "$file" ]; then
            printf '%s' "$file"
            return
        fi
    done
}

# write_env KEY=VALUE...: a line that sets one is replaced, the others follow at the end; everything else stays.
write_env() {
    env=.env
    while [ -h "$env" ]; do
        target=$(readlink "$env")
        case $target in
            /*) env=$target ;;
            *) env=$(dirname -- "$env")/$target ;;
        esac
    done
    keys=
    for assignment in "$@"; do keys="$keys${keys:+|}${assignment%%=*}"; done
    half=$env.half
    # cp -p: with the mode and the owner that it has.
    if [ -e "$env" ]; then cp -p "$env" "$half"; else : >"$half"; fi
    {
        if [ -e "$env" ]; then LC_ALL=C awk -v set="^[ \t]*(export[ \t]+)?($keys)[ \t]*=" '$0 !~ set' "$env"; fi
        for assignment in "$@"; do
            value=${assignment#*=}
            # Compose reads what stands between single quotes as it is.
            case $value in *[!A-Za-z0-9_./:@%+,-]*) value="'$value'" ;; esac
            printf '%s=%s\n' "${assignment%%=*}" "$value"
        done
    } >"$half"
    mv -f "$half" "$env"
    printf 'Wrote to .env: %s\n' "$*"
}

ensure_base() {
    set --
    text='The base image is there'
    if ! is_there "$image" && ! pulled "$image"; then
        if ! is_there "$own_base"; then
            make_base
            text='The base image was made from Debian packages'
        fi
        if [ "$image" != "$own_base" ]; then set -- "PYTHON_IMAGE=$own_base"; fi
        image=$own_base
    fi
    case $bundle_in_force in
        '' | /dev/null)
            bundle=$(ca_bundle)
            case $image in
                "$own_repository":*) if [ -z "$bundle" ] && [ -f "$system_bundle" ]; then bundle=$system_bundle; fi ;;
            esac
            if [ -n "$bundle" ]; then set -- "$@" "BUILD_CA_BUNDLE=$bundle"; fi
            ;;
    esac
    if [ "$#" -gt 0 ]; then write_env "$@"; fi
    finding bootstrap.base ok "$text" "$image"
    result true "$@"
}

if ! command -v docker >/dev/null 2>&1; then
    give_up 'The docker command is missing' '' "$engine_page"
fi
ensure_plugins
if ! docker version --format '{{.Server.Version}}' >/dev/null 2>"$scratch/said"; then
    give_up "The Docker engine does not answer: $(last_line "$scratch/said")" '' 'docker info'
fi
if [ -z "$image" ]; then ask_compose; fi
ensure_base
