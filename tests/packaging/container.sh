# shellcheck shell=bash
# A Debian root with a real systemd in it, for tests/packaging/run. Sourced; expects $work (a folder
# of this run) and $cache (a folder that outlives it), and sets $rootfs and $leader.

: "${work:?}" "${cache:?}"
rootfs=
leader=
container=

# Prints the mirror that this machine's apt uses for Debian itself; nothing leaves debootstrap its
# own default.
debian_mirror() {
	# apt fills in what looks like variables of the shell.
	# shellcheck disable=SC2016
	apt-get indextargets 'Created-By: Packages' 'Component: main' \
		--format '$(CODENAME) $(REPO_URI)' 2>/dev/null |
		sed -n 's/^bookworm \(https\{0,1\}:[^ ]*\)$/\1/p' | head -n 1
}

# The names of the packages that the .deb depends on, without versions and alternatives.
depends_of() {
	dpkg-deb -f "$1" Depends | tr ',' '\n' | sed 's/|.*//; s/([^)]*)//; s/ //g; /^$/d' | sort -u
}

# Makes $cache/root-*.tar unless it is there: a minimal Debian with systemd and what the package
# depends on, as a store PC has it just before the package is installed.
container_tar() {
	local names key mirror proxy tar
	names=$(echo systemd && depends_of "$1")
	key=$(printf '%s' "$names" | sha256sum | cut -c 1-12)
	tar=$cache/root-bookworm-$(dpkg --print-architecture)-$key.tar
	if [ ! -s "$tar" ]; then
		mirror=$(debian_mirror)
		eval "$(apt-config shell proxy Acquire::http::Proxy)"
		mkdir -p "$cache" && rm -rf "$work/bootstrap" || return 1
		env ${proxy:+http_proxy="$proxy"} timeout 900 debootstrap --variant=minbase \
			--include="$(echo "$names" | tr '\n' ',' | sed 's/,$//')" \
			bookworm "$work/bootstrap" ${mirror:+"$mirror"} >"$work/bootstrap.log" 2>&1 || {
			tail -n 5 "$work/bootstrap.log" >&2
			return 1
		}
		rm -f "$work"/bootstrap/var/cache/apt/archives/*.deb
		tar -C "$work/bootstrap" -cf "$tar.new" . && mv "$tar.new" "$tar" || return 1
		rm -rf "$work/bootstrap"
	fi
	echo "$tar"
}

container_unpack() {
	rootfs=$work/root
	mkdir -p "$rootfs" && tar -C "$rootfs" -xpf "$1" --numeric-owner
}

# Boots the root with its own network (only loopback) and waits until systemd has settled.
container_boot() {
	systemd-nspawn --quiet --register=no --keep-unit --private-network --console=pipe \
		--machine="backroom-test-$$" -D "$rootfs" -b </dev/null >"$work/boot.log" 2>&1 &
	container=$!
	within 30 container_is_up
}

container_is_up() {
	leader=$(pgrep -P "$container" -x systemd) || return 1
	[[ $(inside systemctl is-system-running 2>&1) =~ ^(running|degraded)$ ]]
}

# Asks the container's systemd to halt, and ends it by force when it does not.
container_halt() {
	[ -n "$container" ] || return 0
	[ -z "$leader" ] || kill -s RTMIN+4 "$leader" 2>/dev/null
	within 20 container_is_down || kill -KILL "$container" 2>/dev/null
	wait "$container" 2>/dev/null
	container=
	leader=
}

container_is_down() {
	! kill -0 "$container" 2>/dev/null
}

# Runs a command in the container.
inside() {
	timeout -k 5 120 nsenter -t "$leader" -m -u -i -n -p -- env -i \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# Runs a command of this machine on the container's loopback.
beside() {
	timeout -k 5 60 nsenter -t "$leader" -n -- "$@" </dev/null
}

# within SECONDS COMMAND...: repeats the command until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}
