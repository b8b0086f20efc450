final: _prev: {
  nspawnd = final.callPackage ./package.nix { };
}
