# What nspawnd would refuse does not even build: no virtual machine, only the derivation of the declarations.
{ pkgs, package }:
let
  declarations =
    containers:
    pkgs.callPackage ../modules/declarations.nix {
      nspawnd = package;
      declarations = containers;
    };
  good.path = "/nix/var/nix/profiles/good";
  bad = good // {
    limits.MemoryMax = "much";
  };
  refused = pkgs.testers.testBuildFailure (declarations { inherit bad good; });
in
pkgs.runCommand "nspawnd-refused-at-build" { } ''
  grep -F 'bad.json: limits.MemoryMax: ' ${refused}/testBuildFailure.log
  ! grep -F 'good.json' ${refused}/testBuildFailure.log
  test -e ${declarations { inherit good; }}/good.json
  touch $out
''
