let
  tag = "16.4";
in
{
  image = "postgres:${tag}-alpine"; # postgres:15
  pulled = pullImage {
    imageName = "postgres";
    finalImageTag = "16.4";
  };
}
