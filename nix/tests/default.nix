# NixOS tests in virtual machines. A test is a file of this directory and a line here; its one node is `host`, and
# prelude.py comes before its script. To play with one: nix build .#checks.x86_64-linux.simple.driverInteractive
{
  pkgs,
  module,
  package,
}:
let
  # A system for a container that is given by `path`.
  guestSystem =
    configuration:
    (pkgs.nixos [
      module
      ./guest.nix
      { virtualisation.nspawn.isContainer = true; }
      configuration
    ]).toplevel;

  nixosTest =
    name:
    pkgs.testers.runNixOSTest {
      imports = [ (./. + "/${name}.nix") ];
      inherit name;
      defaults = import ./host.nix { inherit module package; };
      _module.args = {
        inherit guestSystem;
        prelude = builtins.readFile ./prelude.py;
      };
    };

  named =
    make: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = make name;
      }) names
    );

  # Written in final form, for features that nspawnd refuses today as "not supported yet": test → field of the
  # declaration → value that is refused. npm test tells when that is no longer so: the name then goes to the list below.
  awaiting = {
    credentials.credentials.token.path = "/run/secrets/token";
  };
in
{
  checks =
    named nixosTest [
      "bind-mounts"
      "daemon-restart"
      "dynamic"
      "nginx-reverse-proxy"
      "path-profile-flip"
      "refused-at-switch"
      "reload"
      "restart-if-changed"
      "rollback"
      "scripted-network"
      "simple"
      "static-networking"
      "zone"
    ]
    // {
      refused-at-build = import ./refused-at-build.nix { inherit pkgs package; };
    };

  awaiting = builtins.mapAttrs (name: refused: {
    inherit refused;
    test = nixosTest name;
  }) awaiting;
}
