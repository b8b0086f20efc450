#!@busybox@/bin/sh
# The activation of NixOS: /etc as links through /etc/static into the store; what it keeps itself are files.
export PATH=@busybox@/bin
status=0
echo "setting up /etc..."
ln -sfn @out@/etc /etc/.static.tmp && mv -T /etc/.static.tmp /etc/static
find /etc -type l | while read -r link; do
  target=$(readlink "$link")
  case $target in /etc/static/*) [ -L "$target" ] || [ -e "$target" ] || rm "$link" ;; esac
done
(cd /etc/static/ && find . -mindepth 1) | while read -r path; do
  path=${path#./}
  if [ -d "/etc/static/$path" ] && [ ! -L "/etc/static/$path" ]; then
    mkdir -p "/etc/$path"
  elif [ "$(readlink "/etc/$path")" != "/etc/static/$path" ]; then
    ln -sfn "/etc/static/$path" "/etc/$path"
  fi
done
for file in passwd group shadow; do
  [ -e /etc/$file ] || cp @userland@/etc/$file /etc/$file
done
@activation@
[ $? = 0 ] || status=2
ln -sfn @out@ /run/current-system
exit $status
