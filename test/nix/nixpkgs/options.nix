# All options of the modules, as data for the manual and for the comparison with the daemon's schema.
{ lib, options }:
let
  text = value: if value ? text then value.text else lib.generators.toPretty { } value;
  isOurs = option: option.visible && !option.internal;
  entry = option: {
    inherit (option) name type;
    description = lib.trim (option.description.text or option.description);
    default = if option ? default then text option.default else null;
    example = if option ? example then text option.example else null;
    readOnly = option.readOnly or false;
  };
in
map entry (
  lib.filter isOurs (
    lib.optionAttrSetToDocList {
      services.nspawnd = options.services.nspawnd;
      virtualisation.nspawn = options.virtualisation.nspawn;
    }
  )
)
