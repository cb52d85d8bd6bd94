# What `pin` asks Nix about one commit. It becomes `flake.nix` in an empty directory, beside the other files here and,
# where the hash of the tree is known, a lock: with that Nix takes the tree from its store or from a substituter, and
# only else from the network.
{
  inputs.asked = {
    url = "github:dagger/nix/@revision@";
    flake = false;
  };

  outputs = { asked, ... }: import ./packaged.nix asked;
}
