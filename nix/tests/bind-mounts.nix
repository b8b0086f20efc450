# What is to stay is a bind: state keeps its owners over restarts, and what is read-only can't be written.
{ prelude, ... }:
{
  nodes.host = {
    systemd.tmpfiles.settings.test = {
      "/srv/www".d = { };
      "/srv/www/index.html".f.argument = "from the host";
      # Root in a guest may make setuid files in its binds: no other user of the host gets that far.
      "/srv/guests".d.mode = "0700";
      "/srv/guests/counter".d = { };
    };
    virtualisation.nspawn.containers.web = {
      binds = {
        "/srv/www".readOnly = true;
        "/var/lib/counter".hostPath = "/srv/guests/counter";
      };
      config = {
        networking.firewall.allowedTCPPorts = [ 80 ];
        services.nginx = {
          enable = true;
          virtualHosts.web.root = "/srv/www";
        };
        users.users.counter = {
          isSystemUser = true;
          group = "counter";
          uid = 777;
        };
        users.groups.counter.gid = 777;
        systemd.tmpfiles.settings.counter."/var/lib/counter".z = {
          user = "counter";
          group = "counter";
        };
        systemd.services.counter = {
          wantedBy = [ "multi-user.target" ];
          after = [ "systemd-tmpfiles-setup.service" ];
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            User = "counter";
          };
          script = "echo start >>/var/lib/counter/starts";
        };
      };
    };
  };

  testScript =
    prelude
    + ''
      starts = "/srv/guests/counter/starts"

      settled("web")
      host.wait_until_succeeds("curl --fail --silent http://web | grep -F 'from the host'")

      with subtest("a change on the host shows at once"):
          host.succeed("echo changed >/srv/www/index.html")
          host.succeed("curl --fail --silent http://web | grep -F changed")

      with subtest("read-only is read-only, also for root"):
          host.fail(in_guest("web", "touch /srv/www/new"))
          host.fail("test -e /srv/www/new")

      with subtest("state outlives the machine, and its owner is the same on disk"):
          equal(host.succeed(f"cat {starts}"), "start\n")
          host.succeed("nspawnctl restart web")
          settled("web")
          equal(host.succeed(f"cat {starts}"), "start\nstart\n")
          equal(host.succeed(f"stat -c %u:%g {starts}").strip(), "777:777")

      with subtest("all else is gone"):
          host.succeed(in_guest("web", "touch /var/lib/forgotten"))
          host.succeed("nspawnctl restart web")
          settled("web")
          host.fail(in_guest("web", "test -e /var/lib/forgotten"))
    '';
}
