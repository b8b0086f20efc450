# What all guests of the tests have.
{ config, ... }:
{
  documentation.enable = false;
  system.stateVersion = config.system.nixos.release;
}
