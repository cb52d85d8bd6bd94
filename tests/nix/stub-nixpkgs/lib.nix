# The few functions of nixpkgs' `lib` that our flake uses, with the same meaning.
rec {
  genAttrs =
    names: value:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = value name;
      }) names
    );
  optionals = condition: list: if condition then list else [ ];
  importTOML = path: builtins.fromTOML (builtins.readFile path);
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;

  licenses.mit.spdxId = "MIT";
  platforms = {
    linux = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    darwin = [
      "x86_64-darwin"
      "aarch64-darwin"
    ];
  };

  # A file set is a list of paths here; a path that does not exist is refused, like there.
  fileset = {
    unions = map (
      path: if builtins.pathExists path then path else throw "lib.fileset.unions: ${toString path} does not exist"
    );
    toSource =
      { root, fileset }:
      {
        outPath = builtins.path {
          path = root;
          name = "source";
          filter =
            path: _:
            builtins.any (
              wanted:
              path == toString wanted || hasPrefix "${toString wanted}/" path || hasPrefix "${path}/" (toString wanted)
            ) fileset;
        };
      };
  };

  callPackageWith =
    packages: file: arguments:
    let
      function = import file;
      wanted = builtins.functionArgs function;
    in
    function (builtins.intersectAttrs wanted packages // arguments);
}
