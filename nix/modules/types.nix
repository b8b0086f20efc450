# Types of raw settings: as strict as the module system can be without knowing their names, which `nspawnctl check` does.
{ lib }:
let
  inherit (lib) types;
  scalar = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
  ];
in
rec {
  # The value of one setting: more than one means that the line is repeated.
  setting = (types.either scalar (types.listOf scalar)) // {
    description = "string, number or boolean, or list of these";
  };

  # Sections of a unit file; null leaves nspawnd's own line out.
  sections = types.attrsOf (types.attrsOf (types.nullOr setting));

  # Attributes of systemd.network.networks.<name>, or sections of systemd.network(5).
  network =
    let
      value = types.nullOr (types.oneOf [
        scalar
        (types.listOf value)
        (types.attrsOf value)
      ]) // {
        description = "networkd attribute";
      };
    in
    types.attrsOf value;
}
