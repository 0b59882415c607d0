#!/bin/sh
# Checks the environment, fills in nginx.conf and becomes nginx. Everything it writes is below RUN_DIR, because the root
# file system is read-only.
set -eu

HTTP_PORT=${HTTP_PORT:-8080}
LOG_LEVEL=${LOG_LEVEL:-info}
# Empty if the platform has no accounts or no AI: their paths then answer 404. The kernel may serve the AI.
BACKEND_URL=${BACKEND_URL:-}
NEXUS_OS_URL=${NEXUS_OS_URL:-}
# Number of reverse proxies in front whose address for the client is trusted.
TRUSTED_PROXIES=${TRUSTED_PROXIES:-0}
APP_ROOT=${APP_ROOT:-/usr/share/nginx/html}
RUN_DIR=${RUN_DIR:-/tmp}
NGINX_BIN=${NGINX_BIN:-nginx}
HERE=$(cd "$(dirname "$0")" && pwd)
# Log lines end in Z.
TZ=UTC0
export TZ

case $LOG_LEVEL in debug) order=0 ;; warn) order=2 ;; error) order=3 ;; *) order=1 ;; esac

log() { # level message
  case $1 in info) [ $order -le 1 ] || return 0 ;; esac
  printf '{"timestamp":"%s","level":"%s","service":"graphstudio-frontend","message":"%s","workspaceId":null,"userId":null}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$(printf %s "$2" | tr -d '[:cntrl:]' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

problems=""
problem() { problems="$problems$1; "; }

check_url() { # name value
  [ -n "$2" ] || { problem "$1 is not set; give http://host:port, the host with its full name"; return 0; }
  printf %s "$2" | grep -Eq '^http://[A-Za-z0-9._-]+(:[0-9]{1,5})?$' ||
    problem "$1: '$2' is not http://host:port without a path"
}
check_url KERNEL_URL "${KERNEL_URL:-}"
check_url KERNEL_WS_URL "${KERNEL_WS_URL:-}"
[ -z "$BACKEND_URL" ] || check_url BACKEND_URL "$BACKEND_URL"
[ -z "$NEXUS_OS_URL" ] || check_url NEXUS_OS_URL "$NEXUS_OS_URL"
case $LOG_LEVEL in debug | info | warn | error) ;; *) problem "LOG_LEVEL: '$LOG_LEVEL' is not debug, info, warn or error" ;; esac
if ! printf %s "$HTTP_PORT" | grep -Eq '^[0-9]{1,5}$' || [ "$HTTP_PORT" -lt 1024 ] || [ "$HTTP_PORT" -gt 65535 ]; then
  problem "HTTP_PORT: '$HTTP_PORT' is not a port from 1024 to 65535"
fi
case $TRUSTED_PROXIES in
  0) REAL_ADDRESS= ;;
  1) REAL_ADDRESS='set_real_ip_from 0.0.0.0/0; set_real_ip_from ::/0; real_ip_header X-Forwarded-For;' ;;
  *) problem "TRUSTED_PROXIES: '$TRUSTED_PROXIES' is not 0 or 1" ;;
esac
if [ -n "$problems" ]; then
  log error "the environment is not valid: ${problems%; }"
  exit 78
fi

# nginx does not read resolv.conf. IPv6 addresses are asked for only where the name server itself has one.
NAMESERVERS=$(sed -n 's/^nameserver[[:space:]]\{1,\}\([0-9A-Fa-f.:]*\).*/\1/p' /etc/resolv.conf | sed 's/.*:.*/[&]/' | tr '\n' ' ')
NAMESERVERS=${NAMESERVERS:-127.0.0.1 }
case $NAMESERVERS in *:*) ;; *) NAMESERVERS="${NAMESERVERS}ipv6=off" ;; esac

# As many open files as nginx needs at most, or as many as this container may have.
ulimit -n 32768 2>/dev/null || ulimit -n "$(ulimit -Hn)"

log info "starting"
# An emptyDir survives a restart of the container, so the files of the last one are removed.
rm -f "$RUN_DIR/nginx.pid" "$RUN_DIR/error.pipe"
mkdir -p "$RUN_DIR"
# The values were checked above or are paths of the image, so none contains the delimiter.
for file in nginx.conf access-log.conf; do
  sed -e "s|\${HTTP_PORT}|$HTTP_PORT|; s|\${LOG_LEVEL}|$LOG_LEVEL|; s|\${APP_ROOT}|$APP_ROOT|; s|\${NAMESERVERS}|$NAMESERVERS|" \
    -e "s|\${KERNEL_URL}|$KERNEL_URL|; s|\${KERNEL_WS_URL}|$KERNEL_WS_URL|; s|\${BACKEND_URL}|$BACKEND_URL|g" \
    -e "s|\${NEXUS_OS_URL}|$NEXUS_OS_URL|g; s|\${REAL_ADDRESS}|$REAL_ADDRESS|" "$HERE/$file" >"$RUN_DIR/$file"
done

mkfifo "$RUN_DIR/error.pipe"
sed -uEf "$HERE/error-log.sed" <"$RUN_DIR/error.pipe" &

# nginx writes its pid after it has opened its port.
(
  tries=0
  while [ ! -s "$RUN_DIR/nginx.pid" ] && [ $tries -lt 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  [ ! -s "$RUN_DIR/nginx.pid" ] || log info "listening on port $HTTP_PORT"
) &

exec "$NGINX_BIN" -p "$RUN_DIR" -e "$RUN_DIR/error.pipe" -c "$RUN_DIR/nginx.conf" -g 'daemon off;'
