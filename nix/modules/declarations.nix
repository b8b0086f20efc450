# Declarations as files: one derivation, which fails when nspawnd would refuse one of them, so that `nixos-rebuild build`
# does.
{
  lib,
  nspawnd,
  runCommand,
  stdenv,
  writeText,
  # name → declaration
  declarations,
}:
let
  files = lib.mapAttrs (name: declaration: writeText "${name}.json" (builtins.toJSON declaration)) declarations;
  canRun = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
in
runCommand "nspawnd-containers"
  {
    preferLocalBuild = true;
    allowSubstitutes = false;
  }
  ''
    mkdir $out
    ${lib.concatStrings (
      lib.mapAttrsToList (name: file: ''
        cp ${file} $out/${name}.json
      '') files
    )}
    cd $out
    ${
      if canRun then
        "${nspawnd}/bin/nspawnctl check *.json"
      else
        "echo 'not checked: nspawnctl is built for another platform'"
    }
  ''
