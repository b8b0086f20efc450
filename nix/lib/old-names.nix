/*
  Options that NixOS' `containers.<name>` and modules in the manner of RFC 108 have, and that containers of nspawnd have
  under another name or not at all: old name → what to do, or a function of the value to that. docs/migration.md says
  the same at more length. Builtins only.
*/
let
  inherit (builtins)
    attrNames
    filter
    isFunction
    map
    ;
  addressOf =
    end:
    "Set network.veth.config.${end}.networkConfig.Address, with a prefix length. Or remove it: the guest gets addresses by DHCP.";
in
{
  container = {
    additionalCapabilities = "Set settings.Exec.Capability.";
    allowedDevices = "Set limits.DeviceAllow = [ \"/dev/NAME rw\" ], and bind the device by `binds`.";
    bindMounts = "Set `binds`, by the path in the guest; `isReadOnly` is `readOnly` there, and false by default.";
    bridge = "Set network.bridge.";
    copyResolvConf = "Remove it: the guest runs systemd-resolved.";
    enableTun = "Set limits.DeviceAllow = [ \"/dev/net/tun rwm\" ] and settings.Exec.Capability = [ \"CAP_NET_ADMIN\" ], and bind /dev/net/tun by `binds`.";
    ephemeral =
      value:
      if value == true then
        "Remove it: the root of each container is empty at each start."
      else
        "Remove it: the root of each container is empty at each start. Bind what must persist by `binds`.";
    extraFlags = "Set the option that does the same, or `settings`, see systemd.nspawn(5).";
    extraVeths = "Set settings.Network.VirtualEthernetExtra = [ \"HOST:GUEST\" ], and systemd.network.networks on both sides.";
    flake = "Build that system into a profile, and set `path` to the profile.";
    forwardPorts = "Set network.forwardPorts, whose entries have the same fields.";
    hostAddress = addressOf "host";
    hostAddress6 = addressOf "host";
    hostBridge = "Set network.bridge.";
    interfaces = "Set network.interfaces.";
    localAddress = addressOf "container";
    localAddress6 = addressOf "container";
    localMacAddress = "Remove it: systemd-nspawn derives the address from the container's name, so that it stays the same.";
    macvlans = "Set network.macvlan.";
    mountDaemonSocket = "Remove it: Nix in the guest is `nixDaemon`, which is not supported yet.";
    networkNamespace = "Set network.host = true and settings.Network.NamespacePath.";
    pkgs = "Set config.nixpkgs.pkgs; or `nixpkgs`, for other modules as well.";
    privateNetwork =
      value:
      if value == true then
        "Remove it: each container has a network of its own unless network.host is true."
      else
        "Set network.host = true.";
    privateUsers =
      value:
      if value == "pick" || value == "no" then
        "Set userNamespace = \"${value}\"."
      else
        "Set userNamespace to \"pick\", \"no\", or \"UID:RANGE\" such as \"655360:65536\".";
    sharedNix = "Set `store`: \"host\" for true, \"closure\" for false.";
    system-config = "Set `config`.";
    systemCallFilter = "Set settings.Exec.SystemCallFilter.";
    timeoutStartSec = "Set activation.timeout, by which the guest must be ready and healthy.";
    tmpfs = "Set settings.Files.TemporaryFileSystem.";
    userNamespacing = "Set userNamespace: \"pick\" for true, \"no\" for false.";
    zone = "Set network.veth.zone.";
  };

  activation = {
    autoStart = "Set autoStart of the container.";
    reloadScript = "Remove it: a reload is `switch-to-configuration test` in the guest.";
  };

  bind = {
    isReadOnly = "Set readOnly, which is false by default.";
    mountPoint = "The name of the bind is its path in the guest: binds.\"/path/in/the/guest\".";
  };

  network = {
    v4 = "Set network.veth.config.host and network.veth.config.container.";
    v6 = "Set network.veth.config.host and network.veth.config.container.";
    zone = "Set network.veth.zone.";
  };

  # Those of `old`, one of the sets above, that `options` sets: a list of { name; hint; }.
  used =
    old: options:
    map (name: {
      inherit name;
      hint = if isFunction old.${name} then old.${name} options.${name} else old.${name};
    }) (filter (name: options.${name} or null != null) (attrNames old));
}
