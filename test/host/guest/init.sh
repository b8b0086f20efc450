#!@busybox@/bin/sh
# Stage 2 of the guest's boot: makes the root out of the system and hands over to systemd.
export PATH=@busybox@/bin
mkdir -p /etc /var /tmp /root /run
rmdir /usr 2>/dev/null
ln -sfn @userland@/usr /usr
for directory in bin sbin lib lib64; do ln -sfn usr/$directory /$directory; done
cp -a @userland@/etc/. @out@/etc/. /etc/
ln -sfn @out@ /run/booted-system
ln -sfn @out@ /run/current-system
@activation@
exec /usr/lib/systemd/systemd "$@"
