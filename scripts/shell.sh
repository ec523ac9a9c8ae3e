# Sourced by the other scripts: messages, settings and requirements.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-target}

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# setting NAME DEFAULT: reads a setting like the service: the environment, then .env.
setting() {
  local value=${!1-}
  if [ -z "$value" ] && [ "${ENVIRONMENT-}" != production ] && [ -f .env ]; then
    value=$(sed -n "s/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1=//p" .env | tail -n 1 |
      sed -e 's/[[:space:]]*$//' -e 's/^"\(.*\)"$/\1/' -e "s/^'\(.*\)'\$/\1/")
  fi
  printf '%s' "${value:-$2}"
}

data_dir() { setting LATCHKEY_DATA_DIR .data; }

# The oldest Node.js that can install the client's packages. On Linux x86-64, the packages include a
# newer one for everything else.
least_node=24
[ "$(uname -sm)" = "Linux x86_64" ] && least_node=20
node_is_new_enough() {
  has node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$least_node" ]
}

least_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
rust_is_new_enough() {
  local found
  found=$(rustc --version 2>/dev/null | cut -d' ' -f2) && [ -n "$found" ] &&
    [ "$(printf '%s\n' "$least_rust" "${found%%-*}" | sort -V | head -n 1)" = "$least_rust" ]
}

# Prints what is missing to build the service, one line each.
missing_for_service() {
  rust_is_new_enough || echo "Rust $least_rust or newer: https://rustup.rs (rustup update stable)"
  has cc || echo "a C compiler: apt install build-essential, dnf install gcc, xcode-select --install"
  has make || echo "make: apt install make, dnf install make"
  has perl || echo "perl, which OpenSSL's build needs: apt install perl, dnf install perl"
}

# Whether the system has an OpenSSL to build with. Otherwise it is vendored.
has_openssl() { has pkg-config && pkg-config --exists 'openssl >= 3'; }

# Prints what is missing to build libFuzzer, which `make fuzz` and `make lint` need.
missing_for_fuzzing() {
  has c++ || echo "a C++ compiler: apt install build-essential, dnf install gcc-c++"
}

# Prints what is missing to build the web client.
missing_for_client() {
  node_is_new_enough || echo "Node.js $least_node or newer: https://nodejs.org"
  has npm || echo "npm, which comes with Node.js"
}

# Prints where Chromium is.
find_chromium() {
  local browser
  for browser in "${CHROMIUM_PATH-}" chromium chromium-browser google-chrome; do
    command -v "$browser" && return
  done
  fail "This needs Chromium: apt install chromium, or set CHROMIUM_PATH."
}

# Says what is missing to generate a client in Python and to run it.
missing_for_python() {
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    echo "Python 3.11 or newer with venv: apt install python3-venv, dnf install python3"
}

# python_tools NAME: installs the packages pinned in scripts/NAME.txt if the list changed, and prints the
# folder. The commands are chained because `set -e` does not apply inside $(…).
python_tools() {
  local venv
  mkdir -p "$target" && venv=$(realpath "$target")/$1 || return
  cmp -s "scripts/$1.txt" "$venv/installed-from" || {
    python3 -m venv --clear "$venv" &&
      "$venv/bin/pip" install --quiet --disable-pip-version-check -r "scripts/$1.txt" &&
      cp "scripts/$1.txt" "$venv/installed-from"
  } >&2 || return
  echo "$venv"
}

# require LIST: fails if the list is not empty.
require() {
  [ -z "$1" ] && return
  say "This machine lacks:"
  say "$(sed 's/^/  - /' <<<"$1")"
  exit 1
}

# An unused port on loopback.
free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
      echo "$port"
      return
    }
  done
  fail "no free port was found"
}

# await_ready URL PID: waits until the service is ready or has ended.
await_ready() {
  for _ in $(seq 300); do
    curl -sf -o /dev/null "$1/health/ready" && return
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# start_service LATCHKEY NAME=value…: runs a service on a free port with an empty database until this
# script ends. Sets $scratch, $url and $service.
start_service() {
  scratch=$(mktemp -d)
  # As root, the database's user must be able to enter the folder.
  chmod 711 "$scratch"
  trap stop_service EXIT
  trap 'exit 130' INT TERM
  run_service "$@"
}

# restart_service LATCHKEY NAME=value…: does the same with the database of the previous one, which it
# stops.
restart_service() {
  kill "$service" && wait "$service" || true
  run_service "$@"
}

run_service() {
  local latchkey port
  latchkey=$(realpath "$1")
  shift
  port=$(free_port)
  url=http://127.0.0.1:$port
  # Only these settings, without .env or the caller's. In a separate process group, because a second
  # signal would end it without cleaning up.
  set -m
  env -i PATH="$PATH" HOME="${HOME-/}" ${LATCHKEY_POSTGRES_BIN:+LATCHKEY_POSTGRES_BIN="$LATCHKEY_POSTGRES_BIN"} \
    LATCHKEY_DATA_DIR="$scratch/data" BIND_ADDRESS="127.0.0.1:$port" "$@" \
    "$BASH" -c 'cd "$1" && exec "$2"' bash "$scratch" "$latchkey" >"$scratch/log" 2>&1 &
  service=$!
  set +m
  await_ready "$url" "$service" || {
    cat "$scratch/log" >&2
    fail "The service did not become ready."
  }
}

stop_service() {
  kill "$service" 2>/dev/null && wait "$service" 2>/dev/null
  rm -rf "$scratch"
}
