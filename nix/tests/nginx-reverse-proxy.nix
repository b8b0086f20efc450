# A web server of the host hands requests to one in a container, by the container's name.
{ prelude, ... }:
{
  nodes.host = {
    services.nginx = {
      enable = true;
      recommendedProxySettings = true;
      virtualHosts.default.locations."/".proxyPass = "http://backend";
    };
    virtualisation.nspawn.containers.backend.config = {
      networking.firewall.allowedTCPPorts = [ 80 ];
      services.nginx = {
        enable = true;
        virtualHosts.backend.locations."/".return = "200 'from the container'";
      };
    };
  };

  testScript =
    prelude
    + ''
      settled("backend")
      host.wait_until_succeeds("curl --fail --silent http://backend | grep -F 'from the container'")

      # nginx looks a name up when it starts, and its unit tries again every ten seconds until there is one.
      with subtest("requests to the host are answered by the container"):
          host.wait_until_succeeds("curl --fail --silent http://localhost | grep -F 'from the container'")

      with subtest("also after it was restarted, for its address stays the same"):
          address = host.succeed("getent ahostsv4 backend").split()[0]
          host.succeed("nspawnctl restart backend")
          settled("backend")
          host.wait_until_succeeds("curl --fail --silent http://localhost | grep -F 'from the container'")
          equal(host.succeed("getent ahostsv4 backend").split()[0], address)
    '';
}
