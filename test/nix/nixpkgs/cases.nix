{
  lib,
  nixpkgs,
  base,
  evalSystem,
  pkgs,
}:
let
  names = import ../../../nix/lib/old-names.nix;
  containers = containers: { virtualisation.nspawn.containers = containers; };
  all = imports: { inherit imports; };
  web = more: containers { web = { path = "/nix/var/nix/profiles/web"; } // more; };
  zoned = address: {
    path = "/nix/var/nix/profiles/x";
    network.veth = {
      zone = "internal";
      config.host.address = [ address ];
    };
  };
  systemOf = evaluated: evaluated.config.virtualisation.nspawn.containers.web.config;
  host0 = guest: guest.systemd.network.networks."10-container-host0";

  everything = {
    path = "/nix/var/nix/profiles/web";
    autoStart = false;
    activation = {
      strategy = "dynamic";
      timeout = "5min";
      rollback = true;
      probe.command = [ "/bin/true" ];
      allowDegraded = true;
      settle = "0s";
    };
    binds."/var/lib/app" = {
      hostPath = "/srv/app";
      readOnly = true;
      options = [ "idmap" ];
    };
    network = {
      veth.config.host = {
        networkConfig.Address = [ "10.0.0.1/24" ];
        Route = [ { Destination = "10.1.0.0/16"; } ];
      };
      forwardPorts = [
        {
          hostPort = 8080;
          containerPort = 80;
        }
      ];
      macvlan = [ "eth0:lan" ];
      ipvlan = [ "eth1" ];
      interfaces = [ "eth2" ];
    };
    limits.MemoryMax = "1G";
    userNamespace = "655360:65536";
    settings.Exec.Capability = [ "CAP_SYS_NICE" ];
  };

  # nixos-nspawn's own six checks: configurations of the same meaning, with our module imported.
  checks = {
    simple-container = containers { test.config.networking.hostName = "test-container"; };
    bind-mounts = containers {
      database = {
        binds."/var/lib/postgresql" = {
          hostPath = "/srv/pgsql";
          options = [ "idmap" ];
        };
        config.services.postgresql.enable = true;
        network.veth.zone = "internal";
      };
      test = {
        binds."/srv/www".readOnly = true;
        binds."/var/lib/nextcloud" = {
          hostPath = "/srv/nextcloud";
          options = [ "idmap" ];
        };
        config = {
          networking.firewall.allowedTCPPorts = [ 80 ];
          services.nginx = {
            enable = true;
            virtualHosts.test.root = "/srv/www";
          };
        };
        network.veth.zone = "internal";
      };
    };
    custom-path-eval = containers {
      test.path =
        (evalSystem [
          ../../../nix/modules
          base
          {
            virtualisation.nspawn.isContainer = true;
            networking.hostName = "test-container";
          }
        ]).config.system.build.toplevel;
    };
    nginx-reverse-proxy = {
      services.nginx = {
        enable = true;
        recommendedProxySettings = true;
        virtualHosts.default.locations."/".proxyPass = "http://backend";
      };
      virtualisation.nspawn.containers.backend.config = {
        networking.firewall.allowedTCPPorts = [ 80 ];
        services.nginx.enable = true;
        services.nginx.virtualHosts.backend.locations."/".return = ''200 "up"'';
      };
    };
    restart-if-changed = {
      virtualisation.nspawn.containers.backend.config.services.nginx = {
        enable = true;
        virtualHosts.backend.locations."/".return = lib.mkDefault ''200 "up"'';
      };
      specialisation.changed.configuration.virtualisation.nspawn.containers.backend.config =
        { services.nginx.virtualHosts.backend.locations."/".return = ''404 "gone"''; };
    };
    static-networking = containers {
      test = {
        config = { };
        network.veth.config = {
          host.networkConfig = {
            DHCPServer = false;
            Address = [
              "fc42::1/64"
              "192.168.42.1/24"
            ];
          };
          container.networkConfig = {
            DHCP = false;
            Address = [
              "fc42::2/64"
              "192.168.42.2/24"
            ];
            Gateway = [
              "fc42::1"
              "192.168.42.1"
            ];
          };
        };
      };
    };
  };
in
{
  systems = checks // {
    minimal = web { };
    everything = containers { web = everything; };
    equal-zone = containers {
      a = zoned "10.0.0.1/24";
      b = zoned "10.0.0.1/24";
    };
    next-start-only = web { restartIfChanged = false; };
    own-strategy = web {
      restartIfChanged = false;
      activation.strategy = "restart";
    };
    host-network = web { network.host = true; };
    none = { };
  };

  toplevels = {
    inherit (checks)
      simple-container
      nginx-reverse-proxy
      custom-path-eval
      static-networking
      ;
  };

  assertions = {
    both = containers {
      web = {
        path = "/nix/var/nix/profiles/web";
        config = { };
      };
    };
    neither = containers { web = { }; };
    name = containers { my_web.path = "/nix/store/x"; };
    long-name = containers { ${lib.concatStrings (lib.replicate 65 "x")}.path = "/nix/store/x"; };
    networkd = all [
      (web { })
      { systemd.network.enable = false; }
    ];
    disabled = all [
      (web { })
      { services.nspawnd.enable = false; }
    ];
    zone-conflict = containers {
      a = zoned "10.0.0.1/24";
      b = zoned "10.0.0.2/24";
    };
    zone-name = web { network.veth.zone = "more-than-twelve"; };
    zone-at-the-end-of-a-line = web { network.veth.zone = "z\\"; };
    bridge-name = web { network.bridge = "br 0"; };
    macvlan-name = web { network.macvlan = [ "eth0:lan:2" ]; };
    interface-name = web { network.interfaces = [ "eth1\\" ]; };
    zone-and-bridge = web {
      network.veth.zone = "z";
      network.bridge = "br0";
    };
    bridge-and-config = web {
      network.bridge = "br0";
      network.veth.config.host.DHCP = "no";
    };
    host-and-veth = web {
      network.host = true;
      network.veth.enable = true;
    };
    host-and-more = web {
      network.host = true;
      network.macvlan = [ "eth0" ];
      network.veth.zone = "z";
    };
    no-veth = web {
      network.veth.enable = false;
      network.forwardPorts = [ { hostPort = 80; } ];
    };
    unknown-attribute = web { network.veth.config.host.netwrkConfig = { }; };
    match-config = web { network.veth.config.host.matchConfig.Name = "x"; };
    guest-section = web { network.veth.config.container.Neighbour = { }; };
    unknown-dependency = web { dependsOn = [ "db" ]; };
    itself = web { dependsOn = [ "web" ]; };
    cycle = containers {
      a = {
        path = "/nix/store/a";
        dependsOn = [ "b" ];
      };
      b = {
        path = "/nix/store/b";
        dependsOn = [ "a" ];
      };
    };
    old-name = web { hostBridge = "br0"; };
    closure-store = web { store = "closure"; };
    daemon-of-the-host = web { nixDaemon = "host"; };
    private-daemon = web { nixDaemon = "private"; };
    credentials = web { credentials.db.path = "/run/secrets/db"; };
    persistent-journal = web { journal = "persistent"; };
    managed-users = web { userNamespace = "managed"; };
    journal-size.services.nspawnd = {
      enable = true;
      settings.journalMaxUse = "1G";
    };
    credential-without-content = web { credentials.db = { }; };
    credential-text-encrypted = web {
      credentials.db = {
        text = "x";
        encrypted = true;
      };
    };
  };

  # Old name → options of a container that use it.
  oldNames =
    let
      values = {
        additionalCapabilities = [ "CAP_NET_ADMIN" ];
        allowedDevices = [
          {
            node = "/dev/net/tun";
            modifier = "rwm";
          }
        ];
        bindMounts."/data" = {
          hostPath = "/srv/data";
          isReadOnly = false;
        };
        ephemeral = false;
        extraFlags = [ "-U" ];
        extraVeths.lan.hostBridge = "br0";
        forwardPorts = [
          {
            protocol = "tcp";
            hostPort = 8080;
            containerPort = 80;
          }
        ];
        hostAddress = "10.0.0.1";
        privateNetwork = true;
        privateUsers = 65536;
        system-config = { };
      };
    in
    lib.mapAttrs (name: _: { ${name} = values.${name} or true; }) names.container
    // lib.mapAttrs' (name: _: lib.nameValuePair "activation.${name}" { activation.${name} = true; }) names.activation
    // lib.mapAttrs' (name: _: lib.nameValuePair "network.${name}" { network.${name} = "x"; }) names.network
    // lib.mapAttrs' (
      name: _: lib.nameValuePair ''binds."/data".${name}'' { binds."/data".${name} = true; }
    ) names.bind;

  warnings = {
    dhcpcd-beside-networkd = all [
      (web { })
      { networking.useDHCP = true; }
    ];
    no-dhcpcd-beside-networkd = all [
      (web { network.veth.enable = false; })
      { networking.useDHCP = true; }
    ];
    dhcpcd-without-networkd = all [
      (web { })
      {
        networking.useDHCP = true;
        networking.useNetworkd = true;
      }
    ];
    network-of-every-ethernet = all [
      (web { })
      {
        systemd.network.networks = {
          "10-lan".matchConfig.Type = "ether";
          "10-eth".matchConfig.Name = "eth0 v*";
          "10-physical".matchConfig = {
            Type = "ether";
            Kind = "!*";
          };
          "10-eth0".matchConfig.Name = "eth0";
          "99-lan".matchConfig.Type = "ether";
        };
      }
    ];
    systemd-nspawn = all [
      (web { })
      { systemd.nspawn.web.execConfig.Boot = true; }
    ];
    other-systemd-nspawn = all [
      (web { })
      { systemd.nspawn.mail.execConfig.Boot = true; }
    ];
    container-config-of-path = web { network.veth.config.container.DHCP = "no"; };
    nixpkgs-of-path = web { specialArgs.x = 1; };
  };

  # Each a function of `evaluate`.
  facts = {
    firewall-iptables = host: lib.mapAttrs (_: i: { inherit (i) allowedUDPPorts allowedTCPPorts; }) (host (web { })).config.networking.firewall.interfaces;
    firewall-nftables =
      host:
      lib.attrNames
        (host {
          networking.nftables.enable = true;
          virtualisation.nspawn.containers = {
            web.path = "/nix/store/x";
            zoned = {
              path = "/nix/store/x";
              network.veth.zone = "z";
            };
          };
        }).config.networking.firewall.interfaces;
    firewall-without-veth = host: lib.attrNames (host (web { network.host = true; })).config.networking.firewall.interfaces;
    host = host: let inherit (host (web { })) config; in {
      nspawn = config.systemd.nspawn;
      inotify = config.boot.kernel.sysctl."fs.inotify.max_user_instances" >= 8192;
      polkit = config.security.polkit.enable;
      dbus = lib.elem config.services.nspawnd.package config.services.dbus.packages;
      packages = lib.elem config.services.nspawnd.package config.systemd.packages;
      path = lib.elem config.services.nspawnd.package config.environment.systemPackages;
      inherit (config.systemd.services.nspawnd) wantedBy;
      restartTriggers = lib.length config.systemd.services.nspawnd.restartTriggers;
      reloadTriggers = lib.length config.systemd.services.nspawnd.reloadTriggers;
      templateRestarts = config.systemd.services."systemd-nspawn@".restartIfChanged;
      etc = lib.filter (lib.hasPrefix "nspawnd/") (lib.attrNames config.environment.etc);
      link = baseNameOf (toString config.environment.etc."nspawnd/containers/web.json".source);
    };
    # How the host is networked stays as it is.
    host-network =
      host:
      let
        look =
          module:
          let
            inherit (host (all [ (web { }) module ])) config;
            container = config.virtualisation.nspawn.containers.web;
          in
          {
            networkd = config.systemd.network.enable;
            backend = config.networking.useNetworkd;
            waits = config.systemd.network.wait-online.enable;
            resolved = config.services.resolved.enable;
            foreign = config.systemd.network.config.networkConfig;
            forwards = config.boot.kernel.sysctl."net.ipv4.conf.all.forwarding";
            acceptsRouters = config.boot.kernel.sysctl."net.ipv6.conf.eth0.accept_ra" or null;
            nextHops = config.environment.etc ? "systemd/networkd.conf.d/50-nspawnd.conf";
            denied = lib.subtractLists config.networking.dhcpcd.denyInterfaces [
              "ve-*"
              "vb-*"
              "vz-*"
            ];
            link = container.declaration.network.veth.config.host;
            failed = map (one: one.message) (lib.filter (one: !one.assertion) config.assertions);
          };
        static = {
          networking = {
            useDHCP = false;
            interfaces.eth0.ipv4.addresses = [
              {
                address = "192.0.2.2";
                prefixLength = 24;
              }
            ];
            # networkd would want to know the interface.
            defaultGateway = "192.0.2.1";
            nameservers = [
              "192.0.2.53"
              "2001:db8::53#dns.example"
              "127.0.0.53"
            ];
          };
        };
      in
      {
        scripted = look { };
        static = look static;
        static-and-given = look {
          imports = [ static ];
          virtualisation.nspawn.containers.web.network.veth.config.host = {
            DHCPServer.DNS = "10.0.0.1";
            IPv6SendRA = null;
          };
        };
        networkd = look { networking.useNetworkd = true; };
        own-networkd = look { systemd.network.networks."10-eth0".matchConfig.Name = "eth0"; };
        forwarding =
          let
            forwards = modules: (look (all modules)).forwards;
            host = config: { virtualisation.nspawn.containers.web.network.veth.config.host = config; };
            member = name: config: containers {
              ${name} = {
                path = "/nix/store/x";
                network.veth = {
                  zone = "z";
                  config.host = config;
                };
              };
            };
            noVeth.virtualisation.nspawn.containers.web.network.veth.enable = false;
          in
          {
            none = forwards [ (host { Network.IPMasquerade = "no"; }) ];
            without = forwards [ (host { networkConfig.IPMasquerade = null; }) ];
            section-left-out = forwards [ (host { Network = null; }) ];
            only-v4 = forwards [ (host { Network.IPMasquerade = "ipv4"; }) ];
            only-v6 = forwards [ (host { Network.IPMasquerade = "ipv6"; }) ];
            bridge = forwards [ { virtualisation.nspawn.containers.web.network.bridge = "br0"; } ];
            zone = forwards [
              noVeth
              (member "a" null)
            ];
            zone-without = forwards [
              noVeth
              (member "a" { Network.IPMasquerade = "no"; })
              (member "b" null)
            ];
            own = forwards [ { boot.kernel.sysctl."net.ipv4.conf.all.forwarding" = false; } ];
            own-routers =
              (look {
                imports = [ static ];
                boot.kernel.sysctl."net.ipv6.conf.eth0.accept_ra" = 0;
              }).acceptsRouters;
          };
        own-resolved = (look { services.resolved.enable = true; }).resolved;
        networkmanager =
          (host (all [
            (web { })
            { networking.networkmanager.enable = true; }
          ])).config.services.udev.extraRules;
        zone =
          let
            link =
              more:
              lib.mapAttrs (_: container: container.declaration.network.veth.config.host)
                (host (all [
                  static
                  (containers {
                    a = {
                      path = "/nix/store/a";
                      network.veth = { zone = "z"; } // more;
                    };
                    b = {
                      path = "/nix/store/b";
                      network.veth.zone = "z";
                    };
                  })
                ])).config.virtualisation.nspawn.containers;
          in
          {
            silent = link { };
            given = link { config.host.address = [ "10.0.0.1/24" ]; };
          };
      };
    nothing-declared = host: let inherit (host { }) config; in {
      inherit (config.services.nspawnd) enable;
      unit = config.systemd.services ? nspawnd;
      networkd = config.networking.useNetworkd;
    };
    # The link changes with any of these, and with it what reloads the daemon.
    triggers = host: let
      of = module: lib.last (host module).config.systemd.services.nspawnd.reloadTriggers;
      same = web { };
    in {
      same = toString (of same) == toString (of (web { }));
      changed = toString (of same) != toString (of (web { limits.TasksMax = 7; }));
    };
    settings = host: let
      of = settings: (host { services.nspawnd = { enable = true; } // settings; }).config.services.nspawnd.settings;
    in {
      level = (of { logLevel = "debug"; }).logLevel;
      parallel = (of { settings.parallel = 8; }).parallel;
      written = lib.attrNames (lib.filterAttrs (name: _: lib.hasPrefix "nspawnd/" name) (host { services.nspawnd = { enable = true; logLevel = "debug"; }; }).config.environment.etc);
      unwritten = lib.attrNames (lib.filterAttrs (name: _: lib.hasPrefix "nspawnd/" name) (host { services.nspawnd.enable = true; }).config.environment.etc);
    };
    guest = host: let guest = systemOf (host (containers { web.config = { }; })); in {
      inherit (guest.networking) hostName useNetworkd useDHCP useHostResolvConf;
      inherit (guest.boot) isContainer;
      resolved = guest.services.resolved.enable;
      logrotate = guest.services.logrotate.enable;
      host0 = { inherit (guest.networking.firewall.interfaces.host0) allowedUDPPorts allowedTCPPorts; };
      inherit ((host0 guest)) networkConfig;
      failed = lib.filter (one: !one.assertion) guest.assertions;
    };
    out-of-reach = host: let
      guest = config: systemOf (host (containers { web = { inherit config; }; }));
      ping = guest: guest.boot.kernel.sysctl."net.ipv4.ping_group_range";
      shared = guest { security.apparmor.enable = true; nix.gc.automatic = true; };
    in {
      ping = ping (guest { });
      own-ping = ping (guest { boot.kernel.sysctl."net.ipv4.ping_group_range" = "0 100"; });
      sysctls = lib.attrNames (lib.filterAttrs (_: value: value != null) (guest { }).boot.kernel.sysctl);
      shutdown = (guest { }).systemd.shutdownRamfs.enable;
      own-shutdown = (guest { systemd.shutdownRamfs.enable = true; }).systemd.shutdownRamfs.enable;
      gc = shared.systemd.services.nix-gc.unitConfig.ConditionPathIsReadWrite;
      apparmor = shared.systemd.services.apparmor.unitConfig.ConditionVirtualization;
      no-apparmor = (guest { }).systemd.services ? apparmor;
      no-nix = (guest { nix.enable = false; }).systemd.services ? nix-gc;
      host = (ping (host { }).config);
    };
    guest-without-veth = host: let
      waits = config: (systemOf (host (containers { web = { inherit config; network = { veth.enable = false; macvlan = [ "eth0" ]; }; }; }))).systemd.network.wait-online.enable;
    in {
      unconfigured = waits { };
      configured = waits { systemd.network.networks.lan = { matchConfig.Name = "mv-eth0"; DHCP = "yes"; }; };
      with-veth = (systemOf (host (containers { web.config = { }; }))).systemd.network.wait-online.enable;
    };
    guest-of-host-network = host: let
      guest = systemOf (host (containers { web = { config = { }; network.host = true; }; }));
    in {
      inherit (guest.networking) useNetworkd;
      resolved = guest.services.resolved.enable;
      firewall = guest.networking.firewall.enable;
      failed = map (one: one.message) (lib.filter (one: !one.assertion) guest.assertions);
    };
    guest-merged = host: let
      guest = systemOf (host {
        imports = [
          { virtualisation.nspawn.containers.web.config.networking.hostName = "mine"; }
          { virtualisation.nspawn.containers.web.config = { answer, ... }: { environment.etc.answer.text = answer; }; }
          { virtualisation.nspawn.containers.web.specialArgs.answer = "42"; }
          { virtualisation.nspawn.imports = [ { environment.etc.all.text = "all"; } ]; }
          { virtualisation.nspawn.containers.web.network.veth.config.container.Network.DHCP = false; }
        ];
      });
    in {
      inherit (guest.networking) hostName;
      etc = [ guest.environment.etc.answer.text guest.environment.etc.all.text ];
      dhcp = (host0 guest).networkConfig.DHCP;
      lldp = (host0 guest).networkConfig.LLDP;
    };
    dotted-name = host: (host (containers { "a.b".config = { }; })).config.virtualisation.nspawn.containers."a.b".config.networking.hostName;
    # Whose packages: the host's, unless the guest wants another nixpkgs.
    packages =
      host:
      let
        whose =
          container:
          (systemOf (
            host (containers {
              web = container // {
                config =
                  { options, ... }:
                  {
                    imports = [ container.config ];
                    options.whose = lib.mkOption { };
                    config.whose = if options.nixpkgs.pkgs.isDefined then "host" else "own";
                    # Where only stubs are at hand, nothing else can be imported.
                    config._module.args.pkgs = lib.mkForce pkgs;
                  };
              };
            })
          )).whose;
      in
      {
        usually = whose { config = { }; };
        overlays = whose { config.nixpkgs.overlays = [ (_: _: { }) ]; };
        config = whose { config.nixpkgs.config.allowUnfree = true; };
        platform = whose { config.nixpkgs.hostPlatform = "aarch64-linux"; };
        nixpkgs = whose {
          config = { };
          inherit nixpkgs;
        };
      };
  };
}
