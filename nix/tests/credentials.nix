# Secrets reach the guest's services, and nobody else.
{ prelude, ... }:
{
  nodes.host = {
    users.users.nosy.isNormalUser = true;
    systemd.tmpfiles.settings.test = {
      "/run/secrets".d.mode = "0700";
      "/run/secrets/token".f = {
        mode = "0600";
        argument = "hunter2";
      };
    };
    virtualisation.nspawn.containers.web = {
      # The encrypted one is made by the script.
      autoStart = false;
      credentials = {
        token.path = "/run/secrets/token";
        "web.key" = {
          path = "/var/lib/web.key";
          encrypted = true;
        };
        greeting.text = "hello";
      };
      config.systemd.services.reader = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          DynamicUser = true;
          LoadCredential = [
            "token"
            "web.key"
            "greeting"
          ];
        };
        script = ''
          cd "$CREDENTIALS_DIRECTORY"
          echo "$(cat token) $(cat web.key) $(cat greeting)"
        '';
      };
    };
  };

  testScript =
    prelude
    + ''
      host.succeed(
          "echo -n sesame | systemd-creds encrypt --with-key=host --name=web.key - /var/lib/web.key"
      )
      host.succeed("nspawnctl start web")
      settled("web")

      with subtest("a service without privileges of its own has them"):
          host.succeed("journalctl --machine web --unit reader --output cat | grep -Fx 'hunter2 sesame hello'")

      with subtest("no other user of the host has"):
          for secret in ["hunter2", "sesame"]:
              places = "/etc/nspawnd /run/systemd /run/nspawnd /var/lib/nspawnd"
              host.fail(f"su nosy -c 'grep -rsF {secret} {places}'")
              host.fail(f"grep -rsF {secret} /etc/nspawnd/containers/ /run/systemd/nspawn")

      with subtest("one that changed is there after the next start"):
          host.succeed("echo -n changed >/run/secrets/token")
          host.succeed("nspawnctl restart web")
          settled("web")
          host.succeed("journalctl --machine web --unit reader --output cat | grep -F 'changed sesame hello'")
    '';
}
