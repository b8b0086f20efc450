#!@busybox@/bin/sh
# Stage 2 of NixOS: a shell script that is PID 1 until the system is activated, and then hands over to systemd.
systemConfig=@out@
export HOME=/root PATH=@busybox@/bin
echo
echo "<<< NixOS Stage 2 >>>"
echo
mkdir -p /etc /var /tmp /root /run /bin /nix/var
chmod 1777 /tmp
rmdir /usr 2>/dev/null
ln -sfn @userland@/usr /usr
rmdir /bin 2>/dev/null
for directory in bin sbin lib lib64; do ln -sfn usr/$directory /$directory; done
echo "running activation script..."
$systemConfig/activate
ln -sfn $systemConfig /run/booted-system
echo "starting systemd..."
exec $systemConfig/systemd/lib/systemd/systemd "$@"
