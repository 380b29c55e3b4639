#!/bin/busybox sh
# First process of the guest, in the initramfs: loads the drivers, puts a root together out of the host's folders
# (read-only, over 9p) and empty memory, and hands over to run.sh. When it fails the kernel panics, which ends the guest.
set -eu
/bin/busybox --install -s /bin
export PATH=/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
# Before anything else: the probe waits for this line only.
echo 'saiban-guest: init reached'

for module in /modules/*; do insmod "$module"; done
ip link set lo up

mkdir /host /root.new
# loose: nobody changes what lies there, so that what was read once need not be asked for again.
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=524288 host /host
mount -t tmpfs -o mode=755 root /root.new
cd /root.new
mkdir proc sys dev tmp run root home
mount -t tmpfs -o mode=1777,nosuid,nodev tmp tmp

# Each line: bind or link, what, and where in the new root, separated by tabs.
tab=$(printf '\t')
while IFS=$tab read -r kind what where; do
  mkdir -p "$(dirname "/root.new$where")"
  if [ "$kind" = link ]; then
    ln -s "$what" "/root.new$where"
  elif [ -d "/host$what" ]; then
    mkdir -p "/root.new$where"
    mount --bind "/host$what" "/root.new$where"
  else
    : >"/root.new$where"
    mount --bind "/host$what" "/root.new$where"
  fi
done </shares
# Only what was named stays to be seen.
umount -l /host
cp /run.sh /plan.json /root.new/saiban/

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs dev dev
mkdir dev/pts dev/shm
mount -t devpts -o ptmxmode=666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev shm dev/shm
for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
  ln -s "${link#*:}" "dev/${link%%:*}"
done
# As systemd mounts it.
mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate,memory_recursiveprot cgroup2 sys/fs/cgroup
exec switch_root /root.new /bin/sh /saiban/run.sh
