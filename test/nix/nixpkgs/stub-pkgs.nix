# Packages to evaluate NixOS with where only nixpkgs' `lib` and `nixos` are at hand: every word of the modules is also
# the name of a package, a derivation of nothing, and what builds files or scripts keeps what they are made of. Nothing of
# this is ever built: that a toplevel can be instantiated shows that its expressions are right, not its packages.
{ nixpkgs, lib }:
let
  inherit (builtins) isList readFile split;

  system = "x86_64-linux";
  platform = lib.systems.elaborate system;

  sources = lib.filter (path: lib.hasSuffix ".nix" (toString path)) (
    lib.filesystem.listFilesRecursive (nixpkgs + "/nixos/modules")
  );
  words = text: lib.concatLists (lib.filter isList (split "([a-zA-Z][a-zA-Z0-9_'-]*)" text));
  # What modules take from a package: outputs and files of it, all the same derivation here.
  parts = lib.attrNames (
    lib.genAttrs (lib.concatMap (
      path:
      map (found: lib.elemAt found 1) (
        lib.filter isList (split "(pkgs\\.[A-Za-z0-9_-]+|[a-z]*[pP]ackage)\\.([A-Za-z][A-Za-z0-9_-]*)" (readFile path))
      )
    ) sources) (_: null)
  );
  names = lib.attrNames (lib.genAttrs (lib.concatMap (path: words (readFile path)) sources) (_: null));

  # A derivation that is made of `inputs`, with everything that modules ask of one.
  make =
    name: inputs:
    let
      self =
        lib.genAttrs parts (_: self)
        // derivation (
          {
            name = lib.strings.sanitizeDerivationName name;
            inherit system;
            builder = "/bin/sh";
          }
          // inputs
        )
        // {
          inherit name;
          pname = name;
          version = "99";
          src = self;
          meta = {
            mainProgram = name;
            priority = 5;
          };
          psqlSchema = "16";
          shellPath = "/bin/sh";
          passthru.shellPath = "/bin/sh";
          # A builder that is not among those below: whatever it is given, it makes this.
          __functor = _: _: self;
          override = _: self;
          overrideAttrs = _: self;
          overrideDerivation = _: self;
          overridePythonAttrs = _: self;
          withPackages = _: self;
          extend = _: self;
          features = _: true;
          kernelAtLeast = _: true;
          kernelOlder = _: false;
          isModular = true;
          config = {
            isEnabled = _: true;
            isYes = _: true;
            isModule = _: true;
          };
        }
        // lib.genAttrs [ "p11kit" "bin" "dev" "doc" "lib" "man" "info" "out" "terminfo" "libc" "glibc" "cc" "bintools" "kernel" "interpreter" "withSystemd" "data" "su" "login" "mount" "swap" "server" "client" "debug" "tools" "agent" "dnsutils" "host" "wrapped" "unwrapped" "x86_64-linux" "hook" ] (_: self)
        // { modules = [ ]; };
    in
    self;

  isFunctionName = name: builtins.match "(make|build|fetch|wrap|gen|compress|remove|concat|copy|link|write|symlink)[A-Z].*" name != null;

  format = _: {
    type = lib.types.anything;
    lib = { };
    generate = name: value: make name { text = builtins.toJSON value; };
  };

  write = name: text: make name { inherit text; };
  writeWith = name: _: text: make name { text = toString text; };

  # Words that would make of the set something else than packages, and functions that `with pkgs;` must not hide.
  reserved = [ "drvPath" "outPath" "type" ] ++ lib.attrNames lib ++ lib.attrNames builtins;

  special = final: {
    _type = "pkgs";
    inherit lib;
    path = nixpkgs;
    config = { };
    overlays = [ ];
    stdenv = make "stdenv" { } // {
      hostPlatform = platform;
      buildPlatform = platform;
      targetPlatform = platform;
      isLinux = true;
      is64bit = true;
      isx86_64 = true;
      isAarch64 = false;
      isAarch32 = false;
      isi686 = false;
      isDarwin = false;
      shell = "/bin/sh";
      mkDerivation = args: make (args.name or args.pname or "derivation") { };
    };
    stdenvNoCC = final.stdenv;
    buildPackages = final;
    pkgsBuildBuild = final;
    pkgsBuildHost = final;
    pkgsHostTarget = final;
    pkgsStatic = final;
    pkgsi686Linux = final;
    pkgsCross = { };
    unixtools = final;
    __splicedPackages = final;
    appendOverlays = overlays: final.extend (lib.composeManyExtensions overlays);
    callPackage =
      f: args:
      let
        function = if lib.isFunction f then f else import f;
      in
      lib.makeOverridable function (builtins.intersectAttrs (lib.functionArgs function) final // args);
    runtimeShell = "/bin/sh";
    formats = lib.genAttrs [ "json" "yaml" "toml" "ini" "iniWithGlobalSection" "keyValue" "elixirConf" "javaProperties" "libconfig" "hocon" "php" "pythonVars" "gitIni" "xml" "cdn" "systemd" "lua" "nixConf" ] (_: format);
    linuxPackages = make "linuxPackages" { } // final.linuxKernelPackages;
    linuxKernelPackages = {
      kernel = make "linux" { } // { modDirVersion = "6.12.0"; version = "6.12.0"; target = "bzImage"; };
      extend = _: final.linuxPackages;
    };
    linuxPackagesFor = _: final.linuxPackages;
    inherit write;
    writeText = write;
    writeTextDir = write;
    writeTextFile = args: make args.name { inherit (args) text; };
    writeScript = write;
    writeScriptBin = write;
    writeShellScript = write;
    writeShellScriptBin = write;
    writeShellApplication = args: make args.name { inherit (args) text; };
    writers = lib.genAttrs [ "writeBash" "writeBashBin" "writePython3" "writePerl" "writeDash" "writeNginxConfig" ] (_: name: args: make name { });
    runCommand = writeWith;
    runCommandLocal = writeWith;
    runCommandCC = writeWith;
    buildEnv = args: make args.name { paths = map toString (lib.flatten args.paths); };
    symlinkJoin = args: make args.name { paths = map toString args.paths; };
    linkFarm = name: entries: make name { };
    substitute = _: make "substituted" { };
    substituteAll = args: make (args.name or "substituted") (lib.mapAttrs (_: value: if lib.isBool value then value else toString value) (removeAttrs args [ "src" "name" "isExecutable" "dir" "postInstall" ]));
    replaceVars = file: args: make "replaced" { };
    closureInfo = _: make "closure-info" { };
    makeModulesClosure = _: make "modules-closure" { };
    makeInitrd = _: make "initrd" { };
    makeDesktopItem = _: make "desktop-item" { };
    ensureNewerSourcesForZipFilesHook = make "hook" { };
    fetchurl = _: make "source" { };
    fetchFromGitHub = _: make "source" { };
    nixosOptionsDoc = _: { optionsJSON = make "options" { }; };
    nspawnd = make "nspawnd" { };
    python3Packages = final;
    perlPackages = final;
    xorg = final;
    gnome = final;
    systemd = make "systemd" { } // {
      withTpm2Tss = false;
      withUkify = false;
      withPortabled = true;
      withMachined = true;
      withImportd = true;
      withHomed = true;
      withLocaled = true;
      withTimedated = true;
      withTimesyncd = true;
      withNetworkd = true;
      withResolved = true;
      withHostnamed = true;
      withLogind = true;
      withCryptsetup = true;
      withRepart = true;
      withSysupdate = true;
      withEfi = true;
      withOomd = true;
      withBootloader = true;
      kbd = make "kbd" { };
      util-linux = make "util-linux" { };
      interfaceVersion = 2;
    };
  };
in
lib.makeExtensible (
  final:
  removeAttrs (lib.genAttrs names (
    name: make name { } // lib.optionalAttrs (isFunctionName name) { __functor = self: _: self; }
  )) reserved
  // special final
)
