# Containers of a zone are on one bridge, and reach each other by name.
{ prelude, ... }:
{
  nodes.host.virtualisation.nspawn.containers = {
    db = {
      network.veth.zone = "internal";
      config =
        { pkgs, ... }:
        {
          networking.firewall.allowedTCPPorts = [ 5432 ];
          services.postgresql = {
            enable = true;
            enableTCPIP = true;
            authentication = "host all all samenet trust";
            initialScript = pkgs.writeText "init.sql" "create role reader login;";
          };
        };
    };
    web = {
      network.veth.zone = "internal";
      config =
        { pkgs, ... }:
        {
          environment.systemPackages = [ pkgs.postgresql ];
        };
    };
    outside.config = { };
  };

  testScript =
    prelude
    + ''
      settled()

      with subtest("both are ports of the bridge, and the third is not"):
          ports = host.succeed("ls /sys/class/net/vz-internal/brif").split()
          equal(sorted(ports), ["vb-db", "vb-web"])
          host.succeed("test -e /sys/class/net/ve-outside")

      with subtest("they reach each other by name"):
          host.wait_until_succeeds(in_guest("web", "ping -c 1 db"))
          host.wait_until_succeeds(in_guest("db", "ping -c 1 web"))

      with subtest("a service of one is there for the other"):
          query = "psql --host db --username reader --dbname postgres --tuples-only --command 'select 6 * 7'"
          host.wait_until_succeeds(in_guest("web", query))
          equal(host.succeed(in_guest("web", query)).strip(), "42")

      with subtest("one can go and come back, and the other stays"):
          before = invocation("db")
          host.succeed("nspawnctl restart web")
          settled("web")
          host.wait_until_succeeds(in_guest("web", "ping -c 1 db"))
          equal(invocation("db"), before)
    '';
}
