import json
import shlex


def settled(*names: str) -> None:
    """Waits until no update is queued or under way; fails unless all of it went well."""
    host.succeed(f"nspawnctl wait --timeout 5min {' '.join(names)}")


def unit(name: str) -> str:
    return f"systemd-nspawn@{name}.service"


def invocation(name: str) -> str:
    """Which start of its unit a machine runs in."""
    value = host.succeed(f"systemctl show -P InvocationID {unit(name)}").strip()
    assert value != "", f"{name} does not run"
    return value


def status(name: str, key: str) -> str:
    """A property of a container, as on the bus."""
    return str(json.loads(host.succeed(f"nspawnctl status --json {name}"))[0][key])


def in_guest(name: str, command: str) -> str:
    """The command line for the host that runs one in a guest; its output and exit code come through."""
    run = "systemd-run --quiet --wait --collect --pipe --setenv=PATH=/run/current-system/sw/bin"
    return f"{run} --machine={name} /bin/sh -c {shlex.quote(command)}"


def equal(found: object, expected: object) -> None:
    assert found == expected, f"{found!r} is not {expected!r}"


def nothing_to_do() -> None:
    equal(json.loads(host.succeed("nspawnctl plan --json")), [])


host.start()
host.wait_for_unit("multi-user.target")
