/*
  What the format of declarations and settings has, and nspawnd refuses as "not supported yet": option → is this value
  refused? The daemon's own schema decides; test/nix/pure.test.ts fails when this list says otherwise. Builtins only.
*/
let
  inherit (builtins)
    attrNames
    filter
    isString
    match
    ;
in
{
  container = {
    store = value: value != "host";
    nixDaemon = value: value != "none";
    credentials = value: value != { };
    journal = value: value != "volatile";
    userNamespace = value: value == "managed";
  };

  settings = {
    journalMaxUse = value: value != null;
  };

  # Those of `list`, one of the sets above, whose values in `options` are refused.
  refused = list: options: filter (name: list.${name} options.${name}) (attrNames list);

  sentence =
    option: value:
    let
      what = if isString value && match "[ -~]{1,60}" value != null then "\"${value}\" is" else "is";
    in
    "${option}: ${what} not supported yet by nspawnd. Remove the setting.";
}
