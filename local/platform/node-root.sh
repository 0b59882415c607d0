#!/bin/bash
# Process 1 of a node. It runs in new mount, PID, network, UTS and IPC namespaces. It builds the node's root file
# system, changes into it, prints "ready" and then lives exactly as long as the daemon that holds its standard input
# open. When it ends, the Linux kernel ends every process of the node and removes its mounts and interfaces.
set -euo pipefail
rootfs=$1 home=$2 cache=$3 run=$4
root=$home/root

mount --make-rprivate /
rm -rf "$home/overlay"
mkdir -p "$root" "$home/overlay/upper" "$home/overlay/work" "$home/data/volumes" "$home/data/kubelet" "$home/logs"
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$home/overlay/upper,workdir=$home/overlay/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
bind() { mkdir -p "$root$2"; mount --bind "$1" "$root$2"; }
bind "$home/data" /var/lib/nexus
bind "$home/data/kubelet" /var/lib/kubelet
# The controller manager's host path provisioner makes volumes only in this folder.
bind "$home/data/volumes" /tmp/hostpath_pv
bind "$home/config" /etc/nexus
bind "$home/pki" /etc/nexus/pki
bind "$run" /run/nexus
bind "$home/logs" /var/log/nexus
bind "$cache" "$cache"
mount -o remount,bind,ro "$root$cache"
# BuildKit uses the machine's network and needs its name servers; the pods have a separate file.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
printf '127.0.0.1 localhost\n127.0.0.1 nexus-local\n' > "$root/etc/hosts"
hostname nexus-local
mkdir -p "$root/.host"
cd "$root"
pivot_root . .host
mount --make-rshared /
umount -l /.host
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true
exec /bin/bash --norc -c 'cd /; trap : TERM INT HUP; echo ready; while read -r _; do :; done'
