{ pkgs, ... }: { packages = [ dagger ]
