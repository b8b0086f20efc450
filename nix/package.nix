# nspawnd from its lock file: no hash is kept by hand, and only what the bundler needs is fetched.
{
  lib,
  stdenv,
  importNpmLock,
  nodejs_24,
  nodejs-slim_24 ? nodejs_24,
  pnpm,
  # Where npm packages are fetched from. nixpkgs has no name for the registry, so this asks a package that comes
  # from there.
  npmRegistry ? builtins.head (lib.splitString "/pnpm/" pnpm.src.url),
}:
let
  lockfile = import ./lib/lockfile.nix;

  # Linters, tests and their binaries for two dozen platforms stay out: 60 of 195 packages are left. The npm package
  # `node`, whose install script downloads one, is among what goes.
  npm = lockfile.narrow {
    package = lib.importJSON ../package.json;
    lock = lockfile.complete (lib.importJSON ../package-lock.json) npmRegistry;
    devDependencies = [ "esbuild" ];
    platform = {
      os = stdenv.buildPlatform.node.platform;
      cpu = stdenv.buildPlatform.node.arch;
      libc = if stdenv.buildPlatform.isMusl then "musl" else "glibc";
    };
  };

  # The programs need neither npm nor Node's headers.
  node = lib.getExe' nodejs-slim_24 "node";
in
stdenv.mkDerivation (finalAttrs: {
  pname = "nspawnd";
  inherit (npm.package) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../completions
      ../dbus
      ../man
      ../package.json
      ../package-lock.json
      ../scripts/build.ts
      ../scripts/install-host.ts
      ../src
      ../systemd
      ../tsconfig.json
    ];
  };

  strictDeps = true;
  nativeBuildInputs = [
    nodejs_24
    importNpmLock.npmConfigHook
  ];

  npmDeps = importNpmLock {
    npmRoot = ../.;
    inherit (npm) package;
    packageLock = npm.lock;
  };
  # esbuild's script only looks whether its binary is there.
  npmRebuildFlags = [ "--ignore-scripts" ];

  buildPhase = ''
    runHook preBuild
    node scripts/build.ts
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall

    DESTDIR=$out node scripts/install-host.ts
    mv $out/usr/* $out
    # On NixOS the place for declarations is the module's to make. Fails if there is more than that.
    rmdir $out/usr $out/etc/nspawnd/containers $out/etc/nspawnd $out/etc

    substituteInPlace $out/lib/nspawnd/*.js --replace-fail '#!/usr/bin/env node' '#!${node}'
    substituteInPlace $out/lib/systemd/system/nspawnd.service \
      --replace-fail '/usr/bin/env node' '${node}' \
      --replace-fail /usr/lib/nspawnd "$out/lib/nspawnd"

    runHook postInstall
  '';

  doInstallCheck = true;
  installCheckPhase = ''
    runHook preInstallCheck

    $out/bin/nspawnctl --version | grep -F ${finalAttrs.version}
    echo '{ "path": "/nix/var/nix/profiles/web" }' | $out/bin/nspawnctl check -
    if echo '{ "path": "web" }' | $out/bin/nspawnctl check -; then
      echo 'nspawnctl check accepts a declaration that is wrong' >&2
      exit 1
    fi
    if grep -rn '/usr/' $out/lib/systemd; then
      echo 'the unit still has paths that NixOS lacks' >&2
      exit 1
    fi

    runHook postInstallCheck
  '';

  meta = {
    description = "Declarative, ephemeral systemd-nspawn containers from Nix system profiles";
    longDescription = ''
      nspawnd keeps systemd-nspawn containers in step with their Nix system profiles: it watches profile links and
      declarations, renders unit files under /run, and starts, restarts and stops machines. When a profile moves, its
      machine is restarted into the new system at once, and no other is touched.
    '';
    license = lib.licenses.mit;
    mainProgram = "nspawnctl";
    platforms = lib.platforms.linux;
  };
})
