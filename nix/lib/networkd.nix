# networkd attributes as in `systemd.network.networks.<name>` of NixOS ⇄ sections of systemd.network(5) as in a
# declaration. Builtins only.
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    intersectAttrs
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    match
    removeAttrs
    ;

  # Attribute → the section that it is.
  ofSection = {
    bridgeConfig = "Bridge";
    cakeConfig = "CAKE";
    canConfig = "CAN";
    controlledDelayConfig = "ControlledDelay";
    deficitRoundRobinSchedulerClassConfig = "DeficitRoundRobinSchedulerClass";
    deficitRoundRobinSchedulerConfig = "DeficitRoundRobinScheduler";
    dhcpPrefixDelegationConfig = "DHCPPrefixDelegation";
    dhcpServerConfig = "DHCPServer";
    dhcpV4Config = "DHCPv4";
    dhcpV6Config = "DHCPv6";
    enhancedTransmissionSelectionConfig = "EnhancedTransmissionSelection";
    fairQueueingConfig = "FairQueueing";
    fairQueueingControlledDelayConfig = "FairQueueingControlledDelay";
    ipoIBConfig = "IPoIB";
    ipv6AcceptRAConfig = "IPv6AcceptRA";
    ipv6SendRAConfig = "IPv6SendRA";
    linkConfig = "Link";
    lldpConfig = "LLDP";
    networkConfig = "Network";
    networkEmulatorConfig = "NetworkEmulator";
    qdiscConfig = "QDisc";
    tokenBucketFilterConfig = "TokenBucketFilter";
  };

  # Attribute → the section that each of its elements is, and the key that older nixpkgs wrap an element in.
  ofSections = {
    addresses = [ "Address" "addressConfig" ];
    bridgeFDBs = [ "BridgeFDB" "bridgeFDBConfig" ];
    bridgeMDBs = [ "BridgeMDB" "bridgeMDBConfig" ];
    bridgeVLANs = [ "BridgeVLAN" "bridgeVLANConfig" ];
    dhcpServerStaticLeases = [ "DHCPServerStaticLease" "dhcpServerStaticLeaseConfig" ];
    ipv6PREF64Prefixes = [ "IPv6PREF64Prefix" "ipv6PREF64PrefixConfig" ];
    ipv6Prefixes = [ "IPv6Prefix" "ipv6PrefixConfig" ];
    ipv6RoutePrefixes = [ "IPv6RoutePrefix" "ipv6RoutePrefixConfig" ];
    neighbors = [ "Neighbor" "neighborConfig" ];
    nextHops = [ "NextHop" "nextHopConfig" ];
    routes = [ "Route" "routeConfig" ];
    routingPolicyRules = [ "RoutingPolicyRule" "routingPolicyRuleConfig" ];
  };

  # Attribute → the setting of [Network] that it is.
  ofSetting = {
    DHCP = "DHCP";
    address = "Address";
    bond = "Bond";
    bridge = "Bridge";
    dns = "DNS";
    domains = "Domains";
    gateway = "Gateway";
    ipvlan = "IPVLAN";
    macvlan = "MACVLAN";
    macvtap = "MACVTAP";
    ntp = "NTP";
    tunnel = "Tunnel";
    vlan = "VLAN";
    vrf = "VRF";
    vxlan = "VXLAN";
    xfrm = "Xfrm";
  };

  # Attribute → what to do instead.
  refused = {
    dhcpConfig = "is called dhcpV4Config";
    dhcpV6PrefixDelegationConfig = "is called dhcpPrefixDelegationConfig";
    enable = "cannot switch the host's end off; use network.veth.enable of the container";
    extraConfig = "is text that nspawnd cannot merge; write sections, such as `Network.Address = [ … ];`";
    ipv6PrefixDelegationConfig = "is called ipv6SendRAConfig";
    matchConfig = "is nspawnd's own: it knows which link is the container's";
    name = "is nspawnd's own: it knows which link is the container's";
  };

  # Values of `refused` that say nothing, as an evaluated network has them.
  isNothing = attribute: value: elem value [ null "" { } [ ] ] || (attribute == "enable" && value == true);

  toList = value: if isList value then value else [ value ];

  ok = sections: {
    inherit sections;
    problems = [ ];
  };
  wrong = attribute: message: {
    sections = { };
    problems = [ "${attribute} ${message}" ];
  };

  # → { sections; problems; } of one attribute.
  convert =
    attribute: value:
    if refused ? ${attribute} then
      if isNothing attribute value then ok { } else wrong attribute refused.${attribute}
    else if ofSetting ? ${attribute} then
      setting attribute value
    else if ofSection ? ${attribute} then
      if value == null || value == { } then ok { } else section attribute ofSection.${attribute} value
    else if ofSections ? ${attribute} then
      if value == null || value == [ ] then
        ok { }
      else
        repeated attribute (elemAt ofSections.${attribute} 0) (map (unwrap (elemAt ofSections.${attribute} 1)) (toList value))
    else if match "[A-Z][A-Za-z0-9]*" attribute != null then
      raw attribute value
    else
      wrong attribute "is neither an attribute of systemd.network.networks.<name> nor a section of systemd.network(5)";

  setting =
    attribute: value:
    let
      values = toList value;
      name = ofSetting.${attribute};
    in
    if value == null || value == [ ] then
      ok { }
    else if attribute == "domains" then
      ok { Network.${name} = concatStringsSep " " values; }
    else
      section attribute "Network" { ${name} = if isList value then values else value; };

  raw =
    name: value:
    if value == null then
      ok { ${name} = null; }
    else if isList value then
      repeated name name value
    else
      section name name value;

  section =
    attribute: name: value:
    if !isAttrs value then
      wrong attribute "must be a set of settings"
    else
      {
        sections.${name} = mapAttrs (_: plain) value;
        problems = concatLists (map (key: problemsOf "${attribute}.${key}" value.${key}) (attrNames value));
      };

  repeated =
    attribute: name: values:
    let
      each = genList (
        at: section "${attribute}[${toString at}]" name (elemAt values at)
      ) (length values);
    in
    {
      sections.${name} = map (one: one.sections.${name} or { }) each;
      problems = concatLists (map (one: one.problems) each);
    };

  # `{ routeConfig = { Gateway = …; }; }`, as before nixpkgs 24.11.
  unwrap =
    key: value: if isAttrs value && value ? ${key} then removeAttrs value [ key ] // value.${key} else value;

  isScalar =
    value:
    isString value || isInt value || isFloat value || isBool value || isPath value || (isAttrs value && value ? outPath);

  plain =
    value:
    if isList value then
      map plain value
    else if isPath value || isAttrs value then
      if isAttrs value && !(value ? outPath) then value else toString value
    else
      value;

  problemsOf =
    attribute: value:
    if value == null || isScalar value || (isList value && filter (one: !isScalar one) value == [ ]) then
      [ ]
    else
      [ "${attribute} must be a string, a number, a boolean, or a list of these" ];

  # Of two sources for one setting or section both count, as if written one below the other.
  mergeSections =
    a: b:
    a
    // b
    // mapAttrs (
      name: ours:
      let
        theirs = b.${name};
      in
      if ours == null then
        theirs
      else if theirs == null then
        ours
      else if isAttrs ours && isAttrs theirs then
        mergeSettings ours theirs
      else
        toList ours ++ toList theirs
    ) (intersectAttrs b a);

  mergeSettings =
    a: b:
    a
    // b
    // mapAttrs (
      key: ours:
      if ours == null then
        b.${key}
      else if b.${key} == null then
        ours
      else
        toList ours ++ toList b.${key}
    ) (intersectAttrs b a);

  # Section → the attribute for it.
  attributeOf =
    listToAttrs (
      map (attribute: {
        name = ofSection.${attribute};
        value = attribute;
      }) (attrNames ofSection)
    )
    // listToAttrs (
      map (attribute: {
        name = elemAt ofSections.${attribute} 0;
        value = attribute;
      }) (attrNames ofSections)
    );

  isAttribute = name: refused ? ${name} || ofSetting ? ${name} || ofSection ? ${name} || ofSections ? ${name};
in
{
  /*
    Attributes of a network → `{ sections; problems; }`: sections as in `network.veth.config.host` of a declaration,
    and a sentence about each attribute that cannot become one. A section of systemd.network(5) by its own name
    passes through; what is null, in it or as a whole, leaves nspawnd's default out.
  */
  toSections =
    attributes:
    let
      each = map (attribute: convert attribute attributes.${attribute}) (attrNames attributes);
    in
    {
      sections = foldl' mergeSections { } (map (one: one.sections) each);
      problems = concatLists (map (one: one.problems) each);
    };

  /*
    The same attributes → `{ definitions; problems; }`: definitions of `systemd.network.networks.<name>`, to be merged
    by the module system. Only sections by their own names change.
  */
  toDefinitions =
    attributes:
    let
      raws = filter (name: !isAttribute name && match "[A-Z].*" name != null) (attrNames attributes);
      known = filter (name: attributeOf ? ${name}) raws;
      definition =
        name:
        let
          attribute = attributeOf.${name};
          value = attributes.${name};
        in
        {
          ${attribute} = if ofSections ? ${attribute} then toList value else value;
        };
    in
    {
      definitions = [ (removeAttrs attributes raws) ] ++ map definition (filter (name: attributes.${name} != null) known);
      problems = map (name: "${name} is no section that systemd.network.networks.<name> has an attribute for") (
        filter (name: !(attributeOf ? ${name})) raws
      );
    };
}
