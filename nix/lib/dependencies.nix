# Dependencies between containers: an attribute set of lists of names. Builtins only.
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    foldl'
    genericClosure
    head
    ;

  # The shortest way from a name back to itself, or null: a list of names, the first one last again.
  cycleFrom =
    graph: start:
    let
      steps = genericClosure {
        startSet = map (name: {
          key = name;
          way = [ name ];
        }) (graph.${start} or [ ]);
        operator =
          { key, way }:
          if key == start then
            [ ]
          else
            map (name: {
              key = name;
              way = way ++ [ name ];
            }) (graph.${key} or [ ]);
      };
      back = filter (step: step.key == start) steps;
    in
    if back == [ ] then null else [ start ] ++ (head back).way;
in
{
  # Each cycle once, as a list of names that begins and ends with the same one.
  cycles =
    graph:
    (foldl'
      (
        { found, seen }:
        name:
        let
          cycle = cycleFrom graph name;
        in
        if elem name seen || cycle == null then
          { inherit found seen; }
        else
          {
            found = found ++ [ cycle ];
            seen = seen ++ cycle;
          }
      )
      {
        found = [ ];
        seen = [ ];
      }
      (attrNames graph)
    ).found;

  # Names that are depended on and do not exist: `{ name; missing; }`.
  unknown =
    graph:
    concatMap (
      name:
      map (missing: { inherit name missing; }) (filter (dependency: !(graph ? ${dependency})) graph.${name})
    ) (attrNames graph);
}
