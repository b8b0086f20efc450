# The evaluated options of a container → its declaration, what becomes /etc/nspawnd/containers/NAME.json. Every key is
# written, so that what a container is does not hang on the defaults of the nspawnd that reads it. Builtins only.
let
  inherit (builtins) mapAttrs;
  networkd = import ./networkd.nix;

  # Exactly one of the three; the options have all of them.
  credential =
    {
      path ? null,
      text ? null,
      encrypted ? false,
      ...
    }:
    (if path == null then { } else { inherit path; })
    // (if text == null then { } else { inherit text; })
    // (if encrypted then { inherit encrypted; } else { });
  # Sections with each setting of `defaults` that they leave open. What is null, or a list of sections, leaves nothing.
  under =
    defaults: sections:
    defaults
    // mapAttrs (
      name: section:
      if builtins.isAttrs section && defaults ? ${name} then defaults.${name} // section else section
    ) sections;
in
container: {
  path = if container.path == null then null else "${container.path}";
  inherit (container) autoStart;
  activation = {
    inherit (container.activation)
      strategy
      timeout
      rollback
      allowDegraded
      settle
      ;
    probe =
      if container.activation.probe == null then
        null
      else
        { inherit (container.activation.probe) command timeout; };
  };
  binds = mapAttrs (_: bind: { inherit (bind) hostPath readOnly options; }) container.binds;
  network = {
    veth = {
      inherit (container.network.veth) enable zone;
      config = {
        host =
          let
            given = container.network.veth.config.host;
            sections = under container.network.veth.hostDefaults (
              if given == null then { } else (networkd.toSections given).sections
            );
          in
          if given == null && sections == { } then null else sections;
        # It is part of the guest's own configuration.
        container = null;
      };
    };
    forwardPorts = map (port: { inherit (port) protocol hostPort containerPort; }) container.network.forwardPorts;
    inherit (container.network)
      bridge
      macvlan
      ipvlan
      interfaces
      host
      ;
  };
  inherit (container)
    store
    nixDaemon
    journal
    dependsOn
    limits
    userNamespace
    settings
    ;
  credentials = mapAttrs (_: credential) container.credentials;
}
