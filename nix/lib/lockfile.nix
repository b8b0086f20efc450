# Makes npm's lock file (version 2 or 3) fit for a build in Nix, which needs an address for each archive and should
# fetch no more of them than it uses. Only builtins, so that it can be tested without nixpkgs.
let
  inherit (builtins)
    attrNames
    elem
    filter
    genericClosure
    head
    intersectAttrs
    isString
    listToAttrs
    mapAttrs
    match
    stringLength
    substring
    ;

  # node_modules/a/node_modules/@s/b → @s/b; null for what does not come from a registry by its place.
  installedName =
    path:
    let
      parts = match "(.*/)?node_modules/(.+)" path;
    in
    if parts == null then null else builtins.elemAt parts 1;

  isFetched =
    path: entry:
    installedName path != null
    && !(entry.link or false)
    && !(entry.inBundle or false)
    && !(entry.bundled or false);

  # An archive's file name leaves the scope out.
  archive =
    registry: path: entry:
    let
      name = entry.name or (installedName path);
      version = entry.version or (throw "package-lock.json: ${path} has no version");
      unscoped = match "@[^/]+/(.+)" name;
      base = if unscoped == null then name else head unscoped;
    in
    "${withoutSlash registry}/${name}/-/${base}-${version}.tgz";

  withoutSlash =
    text:
    let
      last = stringLength text - 1;
    in
    if last >= 0 && substring last 1 text == "/" then substring 0 last text else text;

  # The package itself, what it is installed in, and so on up to the root: where Node looks for its dependencies.
  surroundings =
    path:
    let
      outer = match "(.*)/node_modules/.+" path;
    in
    if path == "" then
      [ "" ]
    else
      [ path ] ++ surroundings (if outer == null then "" else head outer);

  pick = names: set: intersectAttrs (listToAttrs (map (name: { inherit name; value = null; }) names)) set;

  # npm's lists for os, cpu and libc: none is any, "!x" is any but x.
  allows =
    list: value:
    let
      wanted = filter (one: substring 0 1 one != "!") list;
    in
    !(elem "!${value}" list) && (wanted == [ ] || elem value wanted);

  toList = value: if isString value then [ value ] else value;
in
{
  # Lock file and registry → the lock file with the address of each archive. Aliases are fetched by their real name;
  # the root, links and bundled packages have none, and an address that is there stays.
  complete =
    lock: registry:
    lock
    // {
      packages = mapAttrs (
        path: entry:
        if entry ? resolved || !isFetched path entry then
          entry
        else
          entry // { resolved = archive registry path entry; }
      ) lock.packages;
    };

  # The part of package.json and lock file that a build needs: `dependencies`, those of `devDependencies` that are
  # named, and what they need in turn on one platform, { os, cpu, libc } in npm's words.
  narrow =
    {
      package,
      lock,
      devDependencies,
      platform,
    }:
    let
      inherit (lock) packages;

      find =
        path: name:
        let
          places = map (at: (if at == "" then "" else "${at}/") + "node_modules/${name}") (surroundings path);
          present = filter (place: packages ? ${place}) places;
        in
        if present == [ ] then null else head present;

      fits =
        entry:
        allows (toList (entry.os or [ ])) platform.os
        && allows (toList (entry.cpu or [ ])) platform.cpu
        && allows (toList (entry.libc or [ ])) platform.libc;

      required =
        path: entry:
        attrNames (entry.dependencies or { })
        ++ filter (name: !(entry.peerDependenciesMeta.${name}.optional or false)) (
          attrNames (entry.peerDependencies or { })
        )
        ++ (if path == "" then devDependencies else [ ]);

      optional =
        path: entry:
        filter (
          name:
          let
            place = find path name;
          in
          place != null && fits packages.${place}
        ) (attrNames (entry.optionalDependencies or { }));

      needs =
        path:
        let
          entry = packages.${path};
          demand =
            name:
            let
              place = find path name;
            in
            if place == null then
              throw "package-lock.json: ${if path == "" then "the package" else path} needs ${name}, which is not in it"
            else
              place;
          link = if entry.link or false && packages ? ${entry.resolved} then [ entry.resolved ] else [ ];
        in
        link ++ map demand (required path entry ++ optional path entry);

      kept = map ({ key }: key) (genericClosure {
        startSet = [ { key = ""; } ];
        operator = { key }: map (path: { key = path; }) (needs key);
      });

      cut =
        path: entry:
        entry
        // (
          if entry ? optionalDependencies then
            { optionalDependencies = pick (optional path entry) entry.optionalDependencies; }
          else
            { }
        )
        // cutDev (if path == "" then entry else { });

      cutDev =
        set:
        if set ? devDependencies then
          { devDependencies = pick devDependencies set.devDependencies; }
        else
          { };
    in
    {
      package = package // cutDev package;
      lock = lock // {
        packages = mapAttrs cut (pick kept packages);
      };
    };
}
