<?php
# @BYTES@
$dagger = ["dagger_version" => "@VERSION@"];
